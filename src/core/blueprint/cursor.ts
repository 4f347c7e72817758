// Walks a positioned document. Every function reports what is wrong and goes on with a stand-in, so that one reading
// finds all mistakes; the stand-ins are never seen, because a document with mistakes yields nothing else.

import type { Located, Place } from "./located.ts";
import { type Complaint, isEnough, type Mistake, mistakeAt, shown, shownNode, type Spot } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import { isBlank, listed, readValue, type Reader } from "./reader.ts";
import { hasReference } from "./template.ts";

/** A node with the way to it. */
export interface Cursor {
  readonly node: Located;
  readonly path: readonly string[];
  /** Where its key stands; for the root the beginning. */
  readonly keyAt: Place;
}

export interface Shape {
  /** Key → example of how to write it. */
  readonly required: Readonly<Record<string, string>>;
  readonly optional: readonly string[];
}

export const rootOf = (node: Located): Cursor => ({ node, path: [], keyAt: { line: 1, column: 1 } });
export const spotOf = ({ path, node }: Cursor): Spot => ({ path, at: node.at });
export const nameOf = ({ path }: Cursor): string => path.slice(-1).join("");

/** The entries of a map by key; nothing when it is no map. Keys that repeat are reported, and the first one counts. */
export function entriesOf(cursor: Cursor, must: string, mistakes: Mistake[]): ReadonlyMap<string, Cursor> {
  const entries = new Map<string, Cursor>();
  if (cursor.node.kind !== "map") {
    mistakes.push(mistakeAt(spotOf(cursor), wrongKind(cursor.node, must)));
    return entries;
  }
  for (const { key, keyAt, value } of cursor.node.entries) {
    const path = [...cursor.path, key];
    const first = entries.get(key);
    if (first === undefined) entries.set(key, { node: value, path, keyAt });
    else {
      const says = `stands here a second time, first on line ${first.keyAt.line}: rename or remove one of the two`;
      mistakes.push(mistakeAt({ path, at: keyAt }, { code: "duplicate", says }));
    }
  }
  return entries;
}

/** The entries of a map whose keys are known beforehand. */
export function fieldsOf(cursor: Cursor, shape: Shape, mistakes: Mistake[]): ReadonlyMap<string, Cursor> {
  const known = [...Object.keys(shape.required), ...shape.optional];
  const entries = entriesOf(cursor, `must be a map of ${listed(known, "and")}`, mistakes);
  const misspelt = new Set<string>();
  for (const [key, { path, keyAt }] of entries) {
    if (known.includes(key) || isEnough(mistakes)) continue;
    const meant = nearest(key, known);
    if (meant !== null) misspelt.add(meant);
    const remedy = meant === null ? `use ${listed(known, "or")}` : `did you mean "${meant}"?`;
    mistakes.push(
      mistakeAt({ path, at: keyAt }, { code: "unknown_key", says: `is no key that belongs here: ${remedy}` }),
    );
  }
  if (cursor.node.kind !== "map") return entries;
  for (const [key, example] of Object.entries(shape.required)) {
    if (entries.has(key) || misspelt.has(key)) continue;
    const spot = { path: [...cursor.path, key], at: cursor.keyAt };
    mistakes.push(mistakeAt(spot, { code: "missing_key", says: `is missing: write for example "${example}"` }));
  }
  return entries;
}

/** The items of a list; nothing when it is none. */
export function itemsOf(cursor: Cursor | undefined, must: string, mistakes: Mistake[]): readonly Cursor[] {
  if (cursor === undefined) return [];
  const { node, path } = cursor;
  if (node.kind === "list") {
    return node.items.map((item, place) => ({ node: item, path: [...path, String(place)], keyAt: item.at }));
  }
  mistakes.push(mistakeAt(spotOf(cursor), wrongKind(node, must)));
  return [];
}

/** A value that must be written out; the reader's fallback when the key is absent. */
export function readScalar<T>(cursor: Cursor | undefined, reader: Reader<T>, mistakes: Mistake[]): T {
  if (cursor?.node.kind === "scalar" && typeof cursor.node.value === "string" && hasReference(cursor.node.value)) {
    const says = `has a reference, and none is filled in here: it ${reader.must}`;
    mistakes.push(mistakeAt(spotOf(cursor), { code: "bad_reference", says }));
    return reader.fallback;
  }
  return readAsWritten(cursor, reader, mistakes);
}

/** The same for a value in which references are the caller's affair. */
export function readAsWritten<T>(cursor: Cursor | undefined, reader: Reader<T>, mistakes: Mistake[]): T {
  if (cursor === undefined) return reader.fallback;
  const { node } = cursor;
  if (node.kind !== "scalar") {
    mistakes.push(mistakeAt(spotOf(cursor), wrongKind(node, reader.must)));
    return reader.fallback;
  }
  const read = readValue(reader, node.value, `not ${shown(node.value)}`);
  if ("ok" in read) return read.ok;
  mistakes.push(mistakeAt(spotOf(cursor), read.complaint));
  return reader.fallback;
}

function wrongKind(node: Located, must: string): Complaint {
  const isEmpty = node.kind === "scalar" && isBlank(node.value);
  if (isEmpty) return { code: "blank", says: `is empty: it ${must}` };
  return { code: "wrong_type", says: `${must}, not ${shownNode(node)}` };
}
