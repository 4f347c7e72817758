// Blueprints as text: YAML 1.2 with its core schema, and thus JSON. Makes the positioned tree that the core reads.
//
// The text comes from outside, and while it is read the server does nothing else: so everything is bounded before it costs
// anything: bytes, words and signs, depth, values. Tags, merge keys and further documents have no meaning in a blueprint and are
// refused rather than ignored.

import { isScalar, Lexer, LineCounter, parseDocument, Parser } from "yaml";
import type { Located, Place } from "../../core/blueprint/located.ts";
import type { Mistake } from "../../core/blueprint/mistake.ts";
import { parseBlueprint, type Parsed } from "../../core/blueprint/parse.ts";
import { NO_ESCAPE, syntaxFault, Unreadable } from "./yaml-fault.ts";
import { locate } from "./yaml-tree.ts";

const BYTES_MOST = 256 * 1024;
/** The format itself is 6 deep. The bound also keeps the library's composer, which recurses, from exhausting the stack. */
const DEPTH_MOST = 64;

/**
 * The library takes up to 10 µs for each of them, right or wrong: what is allowed is read in about 0.2 s. 200 machines, each
 * with an entry of its own, take up to 21,000; a long text, such as user data, is one.
 */
const LEXEMES_MOST = 25_000;
/** Of escapes that are none: each costs the library an error, of which one is told. */
const BAD_ESCAPES_MOST = 100;
const BAD_ESCAPE = /\\(?:[^0abtnvfre "/\\N_LPxuU\t\r\n]|x(?![\da-f]{2})|u(?![\da-f]{4})|U(?![\da-f]{8}))/gi;

const BEGINNING: Place = { line: 1, column: 1 };

/** A blueprint from its text, or all that is wrong with it. */
export function readBlueprint(source: string | Uint8Array): Parsed {
  const read = readYaml(source);
  return "ok" in read ? parseBlueprint(read.ok) : { ...read, groups: [] };
}

/** The positioned tree of a text. A text that cannot be read as a whole yields one mistake: its first. */
export function readYaml(
  source: string | Uint8Array,
): { readonly ok: Located } | { readonly mistakes: readonly Mistake[] } {
  try {
    return { ok: treeOf(textOf(source)) };
  } catch (error) {
    if (error instanceof Unreadable) return { mistakes: [error.mistake] };
    throw error;
  }
}

function textOf(source: string | Uint8Array): string {
  const bytes = typeof source === "string" ? Buffer.byteLength(source) : source.byteLength;
  if (bytes > BYTES_MOST) {
    const remedy = "let machines fetch large files themselves";
    const text = `The blueprint has ${bytes} bytes, and at most ${BYTES_MOST} are read: ${remedy}.`;
    throw new Unreadable("too_large", text, BEGINNING);
  }
  const decoded = typeof source === "string" ? source : new TextDecoder("utf-8", { ignoreBOM: true }).decode(source);
  // The library does not know the line ends of old editors, which YAML takes as well.
  const text = decoded.replace(/^\uFEFF/, "").replaceAll(/\r(?!\n)/g, "\n");
  // Decoders put U+FFFD where bytes made no sense; UTF-16 shows as NUL characters.
  const bad = text.toWellFormed().search(/[\0\uFFFD]/);
  if (bad === -1) return text;
  throw new Unreadable("not_utf8", "This is not UTF-8 text: save the file as UTF-8.", placeAt(text, bad));
}

function treeOf(text: string): Located {
  refuseExcess(text);
  const lines = new LineCounter();
  const options = {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  } as const;
  const document = parseDocument(text, options);
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const fault = syntaxFault(document, text);
  if (fault !== null) throw new Unreadable(fault.code, fault.text, placeOf(fault.offset));
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    const remedy = 'begin with "slipway: 1", "name: NAME" and "instances:"';
    throw new Unreadable("empty_document", `The blueprint is empty: ${remedy}.`, BEGINNING);
  }
  return locate(contents, text, placeOf);
}

/** The library's parser keeps a stack of its own and does not recurse, so that depth can be seen before it hurts. */
function refuseExcess(text: string): void {
  const parser = new Parser();
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    const here = () => placeAt(text, Math.min(parser.offset, text.length));
    if (count > LEXEMES_MOST) {
      const remedy = "make it smaller, or let machines fetch large files themselves";
      const told = `The blueprint has more than ${LEXEMES_MOST} words and signs, long texts counted as one: ${remedy}.`;
      throw new Unreadable("too_large", told, here());
    }
    if (lexeme.startsWith('"') && (lexeme.match(BAD_ESCAPE)?.length ?? 0) > BAD_ESCAPES_MOST) {
      throw new Unreadable("syntax", NO_ESCAPE, placeAt(text, parser.offset + lexeme.search(BAD_ESCAPE)));
    }
    for (const token of parser.next(lexeme)) void token;
    if (parser.stack.length <= DEPTH_MOST) continue;
    const remedy = "a blueprint needs 6 levels at most";
    const told = `The blueprint is nested more than ${DEPTH_MOST} levels deep here: ${remedy}.`;
    throw new Unreadable("too_deep", told, here());
  }
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
