// A document as the blueprint's parser sees it: plain values, each with its place in the text. Adapters make it (from
// YAML: http/blueprint/yaml.ts), so that the core needs no package and every mistake can name its line.

import type { Written } from "./number.ts";

/** Both count from 1; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type ScalarValue = string | Written | boolean | null;

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  readonly at: Place;
  /**
   * Where the first character of the value stands, when the value stands in the text as it is: line n of the value is
   * then `n` lines further down, from the same column on. Null when it was folded or unescaped.
   */
  readonly textAt: Place | null;
}

interface LocatedList {
  readonly kind: "list";
  readonly items: readonly Located[];
  readonly at: Place;
}

export interface LocatedEntry {
  readonly key: string;
  readonly keyAt: Place;
  readonly value: Located;
}

/** Keys may repeat: whoever reads the map complains. */
interface LocatedMap {
  readonly kind: "map";
  readonly entries: readonly LocatedEntry[];
  readonly at: Place;
}

export type Located = LocatedScalar | LocatedList | LocatedMap;

/** The place of the character at `offset` of a scalar's text; the scalar's own place when the text was folded or unescaped. */
export function placeWithin(scalar: LocatedScalar, offset: number): Place {
  if (scalar.textAt === null || typeof scalar.value !== "string") return scalar.at;
  const before = scalar.value.slice(0, offset);
  const lineBegins = before.lastIndexOf("\n") + 1;
  const breaks = before.split("\n").length - 1;
  return { line: scalar.textAt.line + breaks, column: scalar.textAt.column + before.length - lineBegins };
}
