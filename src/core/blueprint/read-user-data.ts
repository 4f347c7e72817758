// `userData`: text with references, which stay open until the machine is asked for.

import type { OpenTemplatePart } from "./blueprint.ts";
import { type Cursor, readAsWritten } from "./cursor.ts";
import { placeWithin } from "./located.ts";
import { type Complaint, isEnough, mistakeAt, type Spot } from "./mistake.ts";
import { utf8Bytes } from "../secrecy/utf8.ts";
import { type Scope, unknownParameter } from "./open.ts";
import { type Reader, text } from "./reader.ts";
import { type Marked, readReference, scanTemplate, UNTERMINATED } from "./template.ts";

/** As it is written. What a cloud takes, filled in, is for the account to say (16 KiB to 128 KiB). */
const BYTES_MOST = 65_536;
const REFERENCES_MOST = 500;

const PLAIN = text(`must be text of at most ${BYTES_MOST} bytes`, /^/);

const USER_DATA: Reader<string> = {
  ...PLAIN,
  isHidden: true,
  read: (value) => {
    const bytes = typeof value === "string" ? utf8Bytes(value) : 0;
    return bytes <= BYTES_MOST ? PLAIN.read(value) : { wrong: "bad_value", hint: `It has ${bytes}.` };
  },
};

export function readUserData(cursor: Cursor | undefined, scope: Scope): readonly OpenTemplatePart[] {
  const template = readAsWritten(cursor, USER_DATA, scope.mistakes);
  if (cursor?.node.kind !== "scalar" || template === "") return [];
  const { node, path } = cursor;
  const pieces = scanTemplate(template);
  if (pieces.filter(({ kind }) => kind !== "text").length > REFERENCES_MOST) {
    const says = `has more than ${REFERENCES_MOST} references: put a value into a variable of the script and use that`;
    scope.mistakes.push(mistakeAt({ path, at: node.at }, { code: "too_many", says }));
    return [];
  }
  const parts: OpenTemplatePart[] = [];
  for (const piece of pieces) {
    if (isEnough(scope.mistakes)) break;
    if (piece.kind === "text") {
      parts.push(piece);
      continue;
    }
    const spot = { path, at: placeWithin(node, piece.offset) };
    const read = readPart(piece, spot, scope);
    if ("kind" in read) parts.push(read);
    else scope.mistakes.push(mistakeAt(spot, read.complaint));
  }
  return parts;
}

function readPart(piece: Marked, spot: Spot, scope: Scope): OpenTemplatePart | { readonly complaint: Complaint } {
  if (piece.kind === "unterminated") return { complaint: UNTERMINATED };
  const reference = readReference(piece.expression);
  if ("complaint" in reference) return reference;
  if (reference.kind === "group") return { ...reference, spot };
  if (reference.kind === "parameter" && !scope.parameters.has(reference.name)) {
    return { complaint: unknownParameter(reference.name, scope.parameters) };
  }
  return reference;
}
