// Text with references which stay open until its value is needed.

import type { OpenTemplatePart } from "./blueprint.ts";
import { type Cursor, readAsWritten } from "./cursor.ts";
import { placeWithin } from "./located.ts";
import { type Complaint, isEnough, mistakeAt, type Spot } from "./mistake.ts";
import { type Scope, unknownParameter } from "./open.ts";
import type { Reader } from "./reader.ts";
import { type Marked, readReference, type Reference, scanTemplate, UNTERMINATED } from "./template.ts";

export interface TemplateForm {
  readonly reader: Reader<string>;
  readonly referencesMost: number;
  /** For a text with more references than that. */
  readonly remedy: string;
  /** What is wrong with a reference in such a text; null: nothing. */
  readonly refuse: (reference: Reference) => Complaint | null;
}

/** Instances are not looked for: that is for whoever has read all of them. */
export function readTemplate(
  cursor: Cursor | undefined,
  form: TemplateForm,
  scope: Scope,
): readonly OpenTemplatePart[] {
  const template = readAsWritten(cursor, form.reader, scope.mistakes);
  if (cursor?.node.kind !== "scalar" || template === "") return [];
  const { node, path } = cursor;
  const pieces = scanTemplate(template);
  if (pieces.filter(({ kind }) => kind !== "text").length > form.referencesMost) {
    const says = `has more than ${form.referencesMost} references: ${form.remedy}`;
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
    const read = readPart(piece, spot, { form, scope });
    if ("kind" in read) parts.push(read);
    else scope.mistakes.push(mistakeAt(spot, read.complaint));
  }
  return parts;
}

function readPart(
  piece: Marked,
  spot: Spot,
  { form, scope }: { readonly form: TemplateForm; readonly scope: Scope },
): OpenTemplatePart | { readonly complaint: Complaint } {
  if (piece.kind === "unterminated") return { complaint: UNTERMINATED };
  const reference = readReference(piece.expression);
  if ("complaint" in reference) return reference;
  if (reference.kind === "parameter" && !scope.parameters.has(reference.name)) {
    return { complaint: unknownParameter(reference.name, scope.parameters) };
  }
  const complaint = form.refuse(reference);
  if (complaint !== null) return { complaint };
  return reference.kind === "group" ? { ...reference, spot } : reference;
}
