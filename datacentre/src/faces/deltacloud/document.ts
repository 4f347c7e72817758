// Documents as Deltacloud writes them. It escapes attributes, and not the texts of elements: a name with `&` or `<` in it makes
// its document, and every list that it is in, no XML any more.

import { escapedXml } from "../xml-text.ts";

export type Attributes = Readonly<Record<string, string | number | null | undefined>>;

/** Attributes that are null or undefined are left out, and so is an element that is null. */
export function element(name: string, attributes: Attributes, ...children: readonly (string | null)[]): string {
  const written = Object.entries(attributes).flatMap(([attribute, value]) =>
    value === null || value === undefined ? [] : [` ${attribute}='${escapedXml(String(value))}'`],
  );
  const content = children.filter((child) => child !== null).join("");
  return content === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${content}</${name}>`;
}

/** With what is in it as it is. */
export function textElement(name: string, text: string | number | null): string | null {
  return text === null ? null : `<${name}>${text}</${name}>`;
}

/** An end of it within the text is cut in two. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}

export function xmlDocument(root: string): string {
  return `<?xml version='1.0' encoding='utf-8' ?>${root}`;
}

/** A page for people. */
export function htmlPage(title: string): string {
  return `<!DOCTYPE html><html><head><title>Deltacloud API</title></head><body><h1>${title}</h1></body></html>`;
}
