// XML as Amazon's query services write it: one element per field, `item` for each element of a list.

import { escapedXml } from "../xml-text.ts";

/** What is null or undefined is left out. */
type Xml = string | number | boolean | null | undefined | readonly Xml[] | XmlFields;
export interface XmlFields {
  readonly [name: string]: Xml;
}

export function xmlDocument(root: string, content: XmlFields, namespace?: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${escapedXml(namespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${fields(content)}</${root}>`;
}

function fields(content: XmlFields): string {
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join("");
}

function element(name: string, value: Xml): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return `<${name}>${value.map((item) => element("item", item)).join("")}</${name}>`;
  if (typeof value === "object") return `<${name}>${fields(Object.fromEntries(Object.entries(value)))}</${name}>`;
  return `<${name}>${escapedXml(String(value))}</${name}>`;
}
