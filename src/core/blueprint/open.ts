// Values of instances that may refer to parameters: `count: ${{ params.appCount }}`. Reading checks what the blueprint
// alone can tell; settling puts the parameters in and reads the outcome as if it had been written so.

import { invariant } from "../invariant.ts";
import type { Open, Parameter, TextOrParameter } from "./blueprint.ts";
import { type Cursor, readAsWritten, spotOf } from "./cursor.ts";
import { placeWithin } from "./located.ts";
import { type Complaint, isEnough, type Mistake, mistakeAt, namesHint, quoted, shown, type Spot } from "./mistake.ts";
import { didYouMean } from "./nearest.ts";
import { type Given, listed, readValue, type Reader, textOf } from "./reader.ts";
import { hasReference, type Marked, readReference, scanTemplate, UNTERMINATED } from "./template.ts";

/** What reading an instance needs besides the document. */
export interface Scope {
  readonly mistakes: Mistake[];
  /** Declared ones, by name; those with mistakes too. */
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** Stands for what was not written at all; nothing can be wrong with it. */
const NOWHERE: Spot = { path: [], at: { line: 1, column: 1 } };

/** The value of a key, or the reader's fallback when the key is absent. */
export function readOpen<T>(cursor: Cursor | undefined, reader: Reader<T>, scope: Scope): Open<T> {
  if (cursor === undefined) return { kind: "known", value: reader.fallback, spot: NOWHERE };
  const spot = spotOf(cursor);
  const { node, path } = cursor;
  if (node.kind !== "scalar" || typeof node.value !== "string" || !hasReference(node.value)) {
    return { kind: "known", value: readAsWritten(cursor, reader, scope.mistakes), spot };
  }
  const pieces = scanTemplate(node.value);
  const parts: TextOrParameter[] = [];
  for (const piece of pieces) {
    if (isEnough(scope.mistakes)) break;
    if (piece.kind === "text") {
      parts.push(piece);
      continue;
    }
    const read = readPart(piece, reader, { scope, isAlone: pieces.length === 1 });
    if ("kind" in read) parts.push(read);
    else scope.mistakes.push(mistakeAt({ path, at: placeWithin(node, piece.offset) }, read.complaint));
  }
  return { kind: "open", parts, spot };
}

/** The value once all parameters are known; the reader's fallback after a mistake was reported. */
export function settle<T>(
  open: Open<T>,
  reader: Reader<T>,
  given: { readonly values: ReadonlyMap<string, Given>; readonly mistakes: Mistake[] },
): T {
  if (open.kind === "known") return open.value;
  const values = open.parts.map((part) => {
    return part.kind === "text" ? part.text : valueOf(part.name, given.values);
  });
  const [alone] = values;
  // A parameter that stands alone keeps its type; between texts it becomes text.
  const keepsType = alone !== undefined && values.length === 1 && !reader.accepts.includes("string");
  const value = keepsType ? alone : values.map(textOf).join("");
  const read = readValue(reader, value, becauseOf(open.parts, shown(value)));
  if ("ok" in read) return read.ok;
  given.mistakes.push(blame(open, mistakeAt(open.spot, read.complaint)));
  return reader.fallback;
}

/** Of a parameter that is declared: by the time instances are settled all of these have values. */
function valueOf(name: string, values: ReadonlyMap<string, Given>): Given {
  const value = values.get(name);
  invariant(value !== undefined, `parameter ${name} has a value when instances are settled`);
  return value;
}

/** Points a mistake at the first parameter that the value came from, if it came from one. */
export function blame(open: Open<unknown>, mistake: Mistake): Mistake {
  const [name] = parametersIn(open);
  return name === undefined ? mistake : { ...mistake, pointer: `/parameters/${name}` };
}

/** Names of the parameters that a value comes from. */
export function parametersIn(open: Open<unknown>): readonly string[] {
  return open.kind === "open" ? parametersOf(open.parts) : [];
}

function becauseOf(parts: readonly TextOrParameter[], value: string): string {
  const names = parametersOf(parts).map((name) => `parameter ${quoted(name)}`);
  if (names.length === 0) return `not ${value}`;
  return `but ${listed(names, "and")} ${names.length === 1 ? "makes" : "make"} it ${value}`;
}

function parametersOf(parts: readonly TextOrParameter[]): readonly string[] {
  return [...new Set(parts.flatMap((part) => (part.kind === "parameter" ? [part.name] : [])))];
}

type Read = TextOrParameter | { readonly complaint: Complaint };

function readPart<T>(piece: Marked, reader: Reader<T>, where: { scope: Scope; isAlone: boolean }): Read {
  if (piece.kind === "unterminated") return { complaint: UNTERMINATED };
  const reference = readReference(piece.expression);
  if ("complaint" in reference) return reference;
  if (reference.kind !== "parameter") {
    const says = `refers to ${quoted(piece.expression)}, but only params.NAME can be used here`;
    const hint = "Instances are known only when machines are made: use such references in userData.";
    return { complaint: { code: "bad_reference", says, hint } };
  }
  const parameter = where.scope.parameters.get(reference.name);
  if (parameter === undefined) return { complaint: unknownParameter(reference.name, where.scope.parameters) };
  const complaint = misuseOf(parameter, reader, where.isAlone);
  return complaint === null ? reference : { complaint };
}

export function unknownParameter(name: string, known: ReadonlyMap<string, Parameter>): Complaint {
  const names = [...known.keys()];
  const remedy = didYouMean(name, names, "declare it below parameters");
  const says = `refers to the parameter ${quoted(name)}, which is not declared: ${remedy}`;
  const hint = names.length === 0 ? "The blueprint declares no parameters." : namesHint("Parameters", names);
  return { code: "unknown_parameter", says, hint };
}

function misuseOf<T>(parameter: Parameter, reader: Reader<T>, isAlone: boolean): Complaint | null {
  const name = quoted(parameter.name);
  if (parameter.secret) {
    const says = `uses the secret parameter ${name}, whose value would be shown: use secrets in userData only`;
    return { code: "secret_shown", says };
  }
  if (!isAlone && !reader.accepts.includes("string")) {
    return { code: "bad_reference", says: `${reader.must}: write one reference and no text beside it` };
  }
  if (isAlone && !reader.accepts.includes(parameter.type)) {
    const needed = listed(reader.accepts, "or");
    const says = `needs a parameter of type ${needed}, but ${name} is of type ${parameter.type}: change its type, or use another`;
    return { code: "wrong_type", says };
  }
  return null;
}
