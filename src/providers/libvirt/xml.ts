// The documents that libvirt takes and gives. They are built and read as trees, so that no name can end an element that it stands in.

import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import { UnreadableAnswer } from "../../cloud-http/read.ts";

const BUILDER = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
});

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  alwaysCreateTextNode: true,
  isArray: (...[, , , isAttribute]) => !isAttribute,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** Children by their names, attributes as `@name`, text as itself. */
export type Tree = Readonly<Record<string, unknown>>;

export function documentOf(tree: Tree): string {
  return String(BUILDER.build(tree));
}

/** Of a document's root by this name. Throws UnreadableAnswer. */
export function rootIn(text: string, name: string): Element {
  if (XMLValidator.validate(text) !== true) throw new UnreadableAnswer(name, "is no XML");
  const parsed: unknown = PARSER.parse(text);
  const [root] = elementsAt(fieldsOf(parsed), name);
  if (root === undefined) throw new UnreadableAnswer(name, "is another document");
  return root;
}

export interface Element {
  /** All children by this path. */
  all(...path: readonly string[]): readonly Element[];
  /** The first of them. */
  first(...path: readonly string[]): Element | null;
  /** Empty where it has none. */
  readonly text: string;
  /** Null: it has no such attribute. */
  attribute(name: string): string | null;
}

function elementsAt(fields: Tree, name: string): readonly Element[] {
  const found = fields[name];
  return Array.isArray(found) ? found.map((one: unknown) => elementOf(fieldsOf(one))) : [];
}

function elementOf(fields: Tree): Element {
  const all = ([name, ...deeper]: readonly string[]): readonly Element[] => {
    const found = name === undefined ? [] : elementsAt(fields, name);
    return deeper.length === 0 ? found : found.flatMap((one) => one.all(...deeper));
  };
  const textAt = (name: string): string | null => {
    const value = fields[name];
    return typeof value === "string" ? value : null;
  };
  return {
    all: (...path) => all(path),
    first: (...path) => all(path)[0] ?? null,
    text: (textAt("#text") ?? "").trim(),
    attribute: (name) => textAt(`@${name}`),
  };
}

const fieldsOf = (value: unknown): Tree =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
