// The body of a request before any schema sees it: schemas tell of what they get, and what JSON's reader or they themselves leave out
// without a word must be refused here.

import { textFrom } from "../contract/text-file.ts";
import { pointerOf, quoted } from "../core/blueprint/mistake.ts";
import { compareDecimals, decimalFrom } from "../core/blueprint/number.ts";
import { badField, Refused } from "./problem.ts";

/** Throws for a body that is not JSON, or not all of which would get through. */
export function checkJson(bytes: Uint8Array, contentType: string): void {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw new Refused("not_json", "The body must be JSON, sent with Content-Type: application/json.");
  }
  const read = textFrom(bytes);
  if ("wrong" in read) throw new Refused("bad_json", `The body ${read.wrong}; send it as UTF-8.`);
  walk(parsed(read.text), [], refuseUnkept);
  walk(withRounded(read.text), [], refuseRounded);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badJson(text, soundLength(text));
  }
}

function badJson(text: string, length: number): Refused {
  const before = text.slice(0, length).split("\n");
  const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
  const [stranger = ""] = text.slice(length);
  const wrong = stranger === "" ? "it ends before it is complete" : `${quoted(stranger)} cannot stand there`;
  const detail = `line ${line}, column ${column}: ${wrong}`;
  return new Refused("bad_json", `The body is not JSON: ${detail}.`, {
    errors: [{ pointer: "", line, column, detail }],
  });
}

/** How much of it can be the beginning of JSON. V8 does not always name the place where that ends. */
function soundLength(text: string): number {
  let [sound, wrong] = [0, text.length + 1];
  while (sound + 1 < wrong) {
    const middle = Math.floor((sound + wrong) / 2);
    if (isBeginning(text.slice(0, middle))) sound = middle;
    else wrong = middle;
  }
  return sound;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return position === undefined
      ? message.startsWith("Unexpected end")
      : Number(position) >= text.length || message.startsWith("Unterminated string");
  }
}

type Path = readonly string[];

/** Calls `look` for the value and all within it, from the outside to the inside. */
function walk(value: unknown, path: Path, look: (value: unknown, path: Path) => void): void {
  look(value, path);
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key], look);
}

/** Objects of JavaScript keep this name for themselves, so schemas leave it out. */
const PROTO = "__proto__";
/** The deepest body that means something has 8 levels. What writes JSON again would exhaust the stack on a very deep one. */
const DEPTH_MOST = 64;

function refuseUnkept(_: unknown, path: Path): void {
  if (path.length > DEPTH_MOST) {
    throw new Refused(
      "bad_request",
      `The body is nested more than ${DEPTH_MOST} levels deep: nothing that is asked for here is.`,
    );
  }
  if (path.at(-1) !== PROTO) return;
  throw badField(pointerOf(path), `nothing can be called ${PROTO} here: choose another name`);
}

/** Stands for a number that JavaScript does not have. */
class Rounded {
  readonly source: string;
  readonly value: number;
  constructor(source: string, value: number) {
    this.source = source;
    this.value = value;
  }
}

/** The body with its numbers as far as they are kept; it must be known not to be very deep. */
function withRounded(text: string): unknown {
  return JSON.parse(text, (_: string, value: unknown, { source = "" }: { readonly source?: string } = {}): unknown =>
    typeof value === "number" && isRounded(value, source) ? new Rounded(source, value) : value,
  );
}

function isRounded(value: number, source: string): boolean {
  const [written, read] = [decimalFrom({ text: source }), decimalFrom({ text: String(value) })];
  return written === null || read === null || compareDecimals(written, read) !== 0;
}

function refuseRounded(value: unknown, path: Path): void {
  if (!(value instanceof Rounded)) return;
  const remedy = path[0] === "parameters" ? `send it as text, ${quoted(value.source)}` : "write fewer digits";
  throw badField(pointerOf(path), `would be rounded to ${value.value}, as all numbers of JSON are: ${remedy}`);
}
