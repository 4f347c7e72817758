// XML as Amazon's query services write it: one element per field, `item` for each element of a list.

/** What is null or undefined is left out. */
type Xml = string | number | boolean | null | undefined | readonly Xml[] | XmlFields;
export interface XmlFields {
  readonly [name: string]: Xml;
}

export function xmlDocument(root: string, content: XmlFields, namespace?: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${escaped(namespace)}"`;
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
  return `<${name}>${escaped(String(value))}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** What XML 1.0 has no way to write becomes U+FFFD. */
// oxlint-disable-next-line no-control-regex -- these are the characters that must not be written
const UNWRITABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(UNWRITABLE, "\uFFFD")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll("\r", "&#13;");
}
