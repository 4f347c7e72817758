// The body of a request before any schema sees it: schemas tell of what they get, and what JSON's reader or they themselves leave out
// without a word must be refused here.

import { textFrom } from "../contract/text-file.ts";
import { pointerOf } from "../core/blueprint/mistake.ts";
import { badField, Refused } from "./problem.ts";

/** Throws for a body that is not JSON, or not all of which would get through. */
export function checkJson(bytes: Uint8Array, contentType: string): void {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw new Refused("not_json", "The body must be JSON, sent with Content-Type: application/json.");
  }
  const read = textFrom(bytes);
  if ("wrong" in read) throw new Refused("bad_json", `The body ${read.wrong}; send it as UTF-8.`);
  refuseUnkept(parsed(read.text), []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badJson(text, error instanceof Error ? error.message : String(error));
  }
}

/** V8 names the place by offset, or by nothing but the end. */
function badJson(text: string, message: string): Refused {
  const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, offset).split("\n");
  const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
  const detail = `line ${line}, column ${column}: ${message.replace(/ in JSON at position.*$| \(line.*$/s, "")}`;
  return new Refused("bad_json", `The body is not JSON: ${detail}.`, {
    errors: [{ pointer: "", line, column, detail }],
  });
}

/** Objects of JavaScript keep this name for themselves, so schemas leave it out. */
const PROTO = "__proto__";
/** The deepest body that means something has 8 levels. What writes JSON again would exhaust the stack on a very deep one. */
const DEPTH_MOST = 64;

function refuseUnkept(value: unknown, path: readonly string[]): void {
  if (typeof value !== "object" || value === null) return;
  if (path.length >= DEPTH_MOST) {
    throw new Refused("bad_request", `The body is nested more than ${DEPTH_MOST} levels deep.`);
  }
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    if (key === PROTO) throw badField(pointerOf(at), `nothing can be called ${PROTO} here: choose another name`);
    refuseUnkept(inner, at);
  }
}
