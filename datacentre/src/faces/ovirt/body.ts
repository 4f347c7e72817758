// What is sent to the engine, in JSON or XML, as one kind of tree: texts, and fields by name; elements of one name are a list.

import { type Reader, shape, ShapeError, text } from "../../shape.ts";

/** Throws a ShapeError for what is neither. An empty body is an empty object. */
export function readBody(body: string, contentType: string): unknown {
  if (body.trim() === "") return {};
  if (contentType.includes("json")) {
    try {
      return JSON.parse(body);
    } catch (cause) {
      throw new ShapeError("body", cause instanceof Error ? cause.message : "is not JSON");
    }
  }
  return readXml(body);
}

interface Source {
  readonly text: string;
  at: number;
}

type Tree = string | { readonly [name: string]: Tree | readonly Tree[] };

/** Of elements, attributes and text; no entities but those of XML itself, no document types. */
function readXml(written: string): Tree {
  const source = { text: written, at: 0 };
  skip(source);
  const { content } = element(source);
  skip(source);
  if (source.at < written.length) throw broken(source);
  return content;
}

/** White space, the declaration, and comments. */
function skip(source: Source): void {
  while (take(source, /\s+|<\?[^>]*\?>|<!--[^]*?-->/) !== null);
}

const NESTED_MOST = 20;

function element(source: Source, depth = 0): { readonly name: string; readonly content: Tree } {
  const start = take(source, /<([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/);
  if (start === null || depth > NESTED_MOST) throw broken(source);
  const [, name = "", attributes = "", end = ""] = start;
  const found: (readonly [string, Tree])[] = [...attributes.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
    .filter(([, attribute = ""]) => !attribute.startsWith("xmlns"))
    .map(([, attribute = "", double, single]) => [attribute, unescaped(double ?? single ?? "")] as const);
  let characters = "";
  while (end === "") {
    const cdata = take(source, /<!\[CDATA\[([^]*?)\]\]>/);
    if (cdata !== null) characters += cdata[1] ?? "";
    else if (take(source, /<!--[^]*?-->/) === null) {
      characters += unescaped(take(source, /[^<]+/)?.[0] ?? "");
      if (source.text.startsWith("</", source.at)) break;
      if (source.text.startsWith("<!", source.at)) continue;
      const child = element(source, depth + 1);
      found.push([child.name, child.content]);
    }
  }
  if (end === "" && take(source, new RegExp(`</${name}\\s*>`)) === null) throw broken(source);
  return { name, content: found.length === 0 ? characters : gathered(found) };
}

function gathered(found: readonly (readonly [string, Tree])[]): Tree {
  const byName = Map.groupBy(found, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, all]) => {
      const contents = all.map(([, content]) => content);
      const [first = ""] = contents;
      return [name, contents.length === 1 ? first : contents];
    }),
  );
}

function take(source: Source, pattern: RegExp): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, "y");
  sticky.lastIndex = source.at;
  const found = sticky.exec(source.text);
  if (found !== null) source.at = sticky.lastIndex;
  return found;
}

function broken({ text: written, at }: Source): ShapeError {
  return new ShapeError("body", `is no well-formed XML at ${written.slice(at, at + 30)}`);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescaped(written: string): string {
  return written.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (_, name: string) => {
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    const character =
      name.startsWith("#") && code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : ENTITIES.get(name);
    if (character === undefined) throw new ShapeError("body", `there is no entity ${name}`);
    return character;
  });
}

/** A text, a number or a truth: the engine takes them with and without quotes. */
export const word: Reader<string> = (value, place) => text(isScalar(value) ? String(value) : value, place);

function isScalar(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

export const wholeNumber: Reader<number> = (value, place) => {
  const written = word(value, place).trim();
  if (!/^\d{1,15}$/.test(written)) throw new ShapeError(place, "must be a whole number");
  return Number(written);
};

export const truth: Reader<boolean> = (value, place) => {
  const written = word(value, place).trim().toLowerCase();
  if (written !== "true" && written !== "false") throw new ShapeError(place, "must be true or false");
  return written === "true";
};

/** As `shape`; an element with nothing in it has no fields. */
export const structure: typeof shape = (required, optional) => {
  const read = shape(required, optional);
  return (value, place) => read(value === "" ? {} : value, place);
};

/** Another thing, by its id or its name. */
export const readReference = structure({}, { id: word, name: word, href: word });

/** Known, and of no consequence. */
export const anything: Reader<unknown> = (value) => value;
