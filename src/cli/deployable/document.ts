// A deployable's XML as a tree. Entities of its own are left as they stand; the few that XML has itself are read here.

import { XMLParser, XMLValidator } from "fast-xml-parser";
import { badInput } from "../complaint.ts";

/** Children by their names, attributes as `@name`. */
export type Element = Readonly<Record<string, unknown>>;

const CDATA = "#cdata";
const TEXT = "#text";

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  alwaysCreateTextNode: true,
  cdataPropName: CDATA,
  isArray: (...[, , , isAttribute]) => !isAttribute,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** The document's root, which must have this name. Throws a Complaint with the place of what is no XML. */
export function rootIn(text: string, { name, file }: { readonly name: string; readonly file: string }): Element {
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    const { line, col, msg } = validity.err;
    throw badInput(`${file}: it is no XML`, `at ${line}:${col}  ${msg}`);
  }
  const tree = fieldsOf(parsed(text, file));
  const [root] = elementsOf(tree[name]);
  if (root !== undefined) return root;
  const [found = "nothing"] = Object.keys(tree).filter((key) => !key.startsWith("#"));
  throw badInput(`${file} is no deployable of Aeolus: its outermost element is ${found}, and it must be ${name}`);
}

function parsed(text: string, file: string): unknown {
  try {
    return PARSER.parse(text);
  } catch (error) {
    throw badInput(`${file}: it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const childrenOf = (element: Element, name: string): readonly Element[] => elementsOf(element[name]);

/** Those within one that is there once, such as `assembly` within `assemblies`. */
export const itemsOf = (element: Element, list: string, name: string): readonly Element[] =>
  childrenOf(element, list).flatMap((one) => childrenOf(one, name));

/** Null where it is left out or empty. */
export function attributeOf(element: Element, name: string): string | null {
  const value = element[`@${name}`];
  const text = typeof value === "string" ? unescaped(value).trim() : "";
  return text === "" ? null : text;
}

/** What stands in it; of a CDATA section all of it as it is, without the space around the section. */
export function textOf(element: Element): string {
  const [text, cdata] = [textsOf(element[TEXT]), textsOf(element[CDATA])];
  return cdata === "" ? unescaped(text) : cdata;
}

/** Names of children and attributes, to tell those that nobody reads. */
export const namesOf = (element: Element): readonly string[] =>
  Object.keys(element).filter((name) => !name.startsWith("#"));

function textsOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  return value.map((one: unknown) => (typeof one === "string" ? one : textsOf(fieldsOf(one)[TEXT]))).join("");
}

const elementsOf = (value: unknown): readonly Element[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

const fieldsOf = (value: unknown): Element =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, ...[decimal, hexadecimal, name]) => {
    if (typeof name === "string") return ENTITIES.get(name) ?? whole;
    const point = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
