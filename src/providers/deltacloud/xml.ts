// Deltacloud's documents as trees. The server writes texts as they are, so that a machine whose name holds `&` or `<` makes every list
// malformed that it is in: what can stand in a text is put right before it is read. Entities stay off; the few that XML has itself are read here.

import { XMLParser, XMLValidator } from "fast-xml-parser";
import { UnreadableAnswer } from "../../cloud-http/read.ts";

/** Children by their names, attributes as `@name`, text as `#text`. */
export type Element = Readonly<Record<string, unknown>>;

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  alwaysCreateTextNode: true,
  isArray: (...[, , , isAttribute]) => !isAttribute,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** The document's root by this name. Throws UnreadableAnswer. */
export function rootIn(body: Buffer, name: string): Element {
  const { [name]: found } = parsed(body);
  const root: unknown = Array.isArray(found) ? found[0] : undefined;
  if (typeof root !== "object" || root === null) throw new UnreadableAnswer("body", `is no document with ${name}`);
  return Object.fromEntries(Object.entries(root));
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  const text = mended(body.toString("utf8"));
  try {
    if (XMLValidator.validate(text) !== true) throw new UnreadableAnswer("body", MALFORMED);
    const tree: unknown = PARSER.parse(text);
    return typeof tree === "object" && tree !== null ? Object.fromEntries(Object.entries(tree)) : {};
  } catch (error) {
    // The parser throws bare errors, for names that no document of Deltacloud's has.
    throw error instanceof UnreadableAnswer ? error : new UnreadableAnswer("body", MALFORMED);
  }
}

const MALFORMED = "is no XML; a page in its place, or something there has a name that Deltacloud does not escape";

/** Elements that hold what people have written, and never others. */
const WRITTEN = /<(name|description|owner_id)>/g;
const LONE_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);)/gi;

/** In one pass, however many elements begin and never end. */
function mended(text: string): string {
  const parts: string[] = [];
  const endless = new Set<string>();
  let done = 0;
  for (const { 0: begin, 1: name = "", index } of text.matchAll(WRITTEN)) {
    if (index < done || endless.has(name)) continue;
    const from = index + begin.length;
    const to = text.indexOf(`</${name}>`, from);
    if (to < 0) {
      endless.add(name);
      continue;
    }
    const inner = text.slice(from, to);
    parts.push(
      text.slice(done, from),
      inner.trimStart().startsWith("<![CDATA[") ? inner : inner.replaceAll("<", "&lt;"),
    );
    done = to;
  }
  return [...parts, text.slice(done)].join("").replace(LONE_AMPERSAND, "&amp;");
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The text that is meant by one as it stands in a document. */
export function unescaped(text: string): string {
  return text.trim().replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, ...[decimal, hexadecimal, name]) => {
    if (typeof name === "string") return NAMED.get(name) ?? whole;
    const point = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
