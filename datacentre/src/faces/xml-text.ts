// Text as it may stand in XML, between tags or in an attribute.

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

export function escapedXml(text: string): string {
  return text
    .toWellFormed()
    .replace(UNWRITABLE, "\uFFFD")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replaceAll("\r", "&#13;");
}
