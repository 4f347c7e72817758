// XML as clients send it, and as tests read it: elements, attributes and text; no entities but those of XML itself, no document types.

import { ShapeError } from "../shape.ts";
import { UNWRITABLE } from "./xml-text.ts";

export interface XmlElement {
  readonly name: string;
  /** Without those that declare name spaces. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly XmlElement[];
  /** All of it, wherever it stands between the children. */
  readonly text: string;
}

interface Source {
  readonly text: string;
  at: number;
}

/** The root. Throws a ShapeError for what is not well-formed. */
export function readXml(written: string): XmlElement {
  const source = { text: written, at: 0 };
  if (UNWRITABLE.test(written)) throw broken(source);
  skip(source);
  const root = readElement(source);
  skip(source);
  if (source.at < written.length) throw broken(source);
  return root;
}

/** White space, the declaration, and comments. */
function skip(source: Source): void {
  while (take(source, /\s+|<\?[^>]*\?>|<!--[^]*?-->/) !== null);
}

const NESTED_MOST = 20;

function readElement(source: Source, depth = 0): XmlElement {
  const start = take(source, /<([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/);
  if (start === null || depth > NESTED_MOST) throw broken(source);
  const [, name = "", written = "", end = ""] = start;
  const attributes = [...written.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
    .filter(([, attribute = ""]) => !attribute.startsWith("xmlns"))
    .map(([, attribute = "", double, single]) => [attribute, unescaped(double ?? single ?? "")] as const);
  const children: XmlElement[] = [];
  let text = "";
  // Each turn takes something, ends, or throws.
  while (end === "" && !source.text.startsWith("</", source.at)) {
    const piece = take(source, /([^<]+)|<!\[CDATA\[([^]*?)\]\]>|<!--[^]*?-->/);
    if (piece === null) children.push(readElement(source, depth + 1));
    else text += unescaped(piece[1] ?? "") + (piece[2] ?? "");
  }
  if (end === "" && take(source, new RegExp(`</${name}\\s*>`)) === null) throw broken(source);
  return { name, attributes, children, text };
}

function take(source: Source, pattern: RegExp): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, "y");
  sticky.lastIndex = source.at;
  const found = sticky.exec(source.text);
  if (found !== null) source.at = sticky.lastIndex;
  return found;
}

function broken({ text, at }: Source): ShapeError {
  return new ShapeError("body", `is no well-formed XML at ${text.slice(at, at + 30)}`);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescaped(written: string): string {
  return written.replace(/&(?:(#x[\da-f]+|#\d+|\w+);)?/gi, (_, name = "") => {
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    const character =
      name.startsWith("#") && code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : ENTITIES.get(name);
    if (character === undefined) throw new ShapeError("body", `is no well-formed XML: there is no entity &${name}`);
    return character;
  });
}

export type XmlTree = string | { readonly [name: string]: XmlTree | readonly XmlTree[] };

/** An element as fields by name: its attributes and its children, those of one name as a list; its text where it has neither. */
export function treeOf({ attributes, children, text }: XmlElement): XmlTree {
  const found = [...attributes, ...children.map((child) => [child.name, treeOf(child)] as const)];
  if (found.length === 0) return text;
  const byName = Map.groupBy(found, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, all]) => {
      const contents = all.map(([, content]) => content);
      const [first = ""] = contents;
      return [name, contents.length === 1 ? first : contents];
    }),
  );
}
