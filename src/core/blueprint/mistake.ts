// What is wrong with a blueprint, for its author: one sentence that names the place and says what to write instead.

import type { Located, Place, ScalarValue } from "./located.ts";

export type MistakeCode =
  | "not_utf8"
  | "too_large"
  | "syntax"
  | "too_deep"
  | "alias"
  | "no_count"
  | "several_documents"
  | "empty_document"
  | "unknown_version"
  | "unknown_key"
  | "missing_key"
  | "duplicate"
  | "wrong_type"
  | "blank"
  | "bad_value"
  | "bad_name"
  | "bad_quantity"
  | "out_of_range"
  | "bad_reference"
  | "secret_shown"
  | "unknown_instance"
  | "unknown_parameter"
  | "unknown_profile"
  | "missing_parameter"
  | "not_offered"
  | "self_dependency"
  | "cycle"
  | "too_many"
  | "more";

export interface Mistake {
  readonly code: MistakeCode;
  /** One sentence: where, what, and what to write instead. Never a secret's value. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** JSON pointer (RFC 6901) into the document; of a missing key, where it belongs. */
  readonly pointer: string;
  /** More help, such as the names that exist. */
  readonly hint?: string;
}

/** Where in the document to complain. */
export interface Spot {
  readonly path: readonly string[];
  readonly at: Place;
}

export interface Complaint {
  readonly code: MistakeCode;
  /** Follows the dotted path: "must be …", "is missing: …". A full stop is added where no question mark ends it. */
  readonly says: string;
  readonly hint?: string;
}

const MISTAKES_MOST = 100;
/** Where reading ends early: nobody reads more, and looking for what was meant takes its time. */
const MISTAKES_ENOUGH = 1000;
const NAMES_MOST = 20;
const SHOWN_MOST = 60;
const PLAIN_KEY = /^[A-Za-z0-9_-]{1,64}$/;

export function mistakeAt(spot: Spot, complaint: Complaint): Mistake {
  const { code, says, hint } = complaint;
  const subject = spot.path.length === 0 ? "The blueprint" : dotted(spot.path);
  const text = `${subject} ${says}${says.endsWith("?") ? "" : "."}`;
  const { line, column } = spot.at;
  const mistake = { code, text, line, column, pointer: pointerOf(spot.path) };
  return hint === undefined ? mistake : { ...mistake, hint };
}

/** There are so many mistakes that looking for more is of no use. */
export function isEnough(mistakes: readonly Mistake[]): boolean {
  return mistakes.length >= MISTAKES_ENOUGH;
}

/** In the document's order; when there are very many, the first ones and a last one that says so. */
export function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const sorted = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const next = sorted[MISTAKES_MOST];
  if (next === undefined) return sorted;
  const text = "The blueprint has more mistakes than these: mend them first, then check again.";
  return [...sorted.slice(0, MISTAKES_MOST), { ...next, code: "more", text, pointer: "" }];
}

/** A place in a sentence. */
export function dotted(path: readonly string[]): string {
  return path.map(plainKey).join(".");
}

function plainKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : quoted(key);
}

/** JSON pointer (RFC 6901). */
export function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A value in a sentence: on one line and short. */
export function shown(value: ScalarValue): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return quoted(value);
  return typeof value === "object" ? cut(value.text) : String(value);
}

export function shownNode(node: Located): string {
  if (node.kind === "scalar") return shown(node.value);
  return node.kind === "list" ? "a list" : "a map";
}

/** "Parameters: a, b." */
export function namesHint(kind: string, names: readonly string[]): string {
  const more = names.length > NAMES_MOST ? ", …" : "";
  return `${kind}: ${names.slice(0, NAMES_MOST).map(plainKey).join(", ")}${more}.`;
}

export function quoted(text: string): string {
  return JSON.stringify(cut(text));
}

function cut(text: string): string {
  return text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)}…` : text;
}
