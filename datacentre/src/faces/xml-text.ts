// Text as it may stand in XML, between tags or in an attribute.

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** What XML 1.0 has no way to write: all that is not its `Char`. */
export const UNWRITABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ALL_UNWRITABLE = new RegExp(UNWRITABLE, "gu");

/** With U+FFFD for what can't be written. */
export function escapedXml(text: string): string {
  return text
    .replace(ALL_UNWRITABLE, "\uFFFD")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll("\r", "&#13;");
}
