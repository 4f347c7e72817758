// From the library's document to the positioned tree of the core. Aliases share the tree of their anchor, so they cost no
// memory, but each counts as all that it stands for.

import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar } from "yaml";
import type { Located, LocatedEntry, Place, ScalarValue } from "../../core/blueprint/located.ts";
import { isStorable } from "../../core/blueprint/reader.ts";
import { Unreadable } from "./yaml-fault.ts";

const NODES_MOST = 20_000;
/** Twice what a text without aliases can have. */
const CHARACTERS_MOST = 512 * 1024;

interface Composition {
  readonly lines: readonly string[];
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
  /** Finished trees with what they count; null while the anchor's own tree is being made. */
  readonly anchors: Map<string, { readonly tree: Located; readonly nodes: number; readonly characters: number } | null>;
  nodes: number;
  characters: number;
}

/** Throws Unreadable at the first thing that has no place in a blueprint. */
export function locate(contents: ParsedNode, text: string, placeOf: (offset: number) => Place): Located {
  return locateNode(
    { lines: text.split(/\r?\n/), text, placeOf, anchors: new Map(), nodes: 0, characters: 0 },
    contents,
  );
}

function locateNode(made: Composition, node: ParsedNode): Located {
  const at = made.placeOf(node.range[0]);
  const { nodes, characters } = made;
  count(made, { nodes: 1, characters: isScalar(node) ? node.source.length : 0 }, at);
  if (isAlias(node)) return follow(made, node, at);
  const { anchor } = node;
  if (anchor !== undefined) made.anchors.set(anchor, null);
  const tree = locateContents(made, node, at);
  if (anchor !== undefined) {
    made.anchors.set(anchor, { tree, nodes: made.nodes - nodes, characters: made.characters - characters });
  }
  return tree;
}

function locateContents(made: Composition, node: Exclude<ParsedNode, Alias.Parsed>, at: Place): Located {
  if (isMap(node)) return { kind: "map", entries: node.items.map((pair) => locateEntry(made, pair, at)), at };
  if (isSeq(node)) return { kind: "list", items: node.items.map((item) => locateNode(made, item)), at };
  return { kind: "scalar", value: valueOf(node, at), at, textAt: textPlace(made, node, at) };
}

function locateEntry(
  made: Composition,
  { key, value }: Pair<ParsedNode, ParsedNode | null>,
  mapAt: Place,
): LocatedEntry {
  const keyAt = key.range === undefined ? mapAt : made.placeOf(key.range[0]);
  if (!isScalar(key)) {
    const remedy = 'write plain text before the ":", and put text that begins with { or [ in quotes';
    throw new Unreadable("syntax", `A key must be text: ${remedy}.`, keyAt);
  }
  const name = typeof key.value === "string" ? key.value : key.source;
  refuseUnstorable(name, keyAt);
  if (name === "<<" && key.type === "PLAIN") {
    const remedy = "use an alias for a whole value, or repeat the keys";
    throw new Unreadable("syntax", `Merge keys (<<) are not part of YAML 1.2: ${remedy}.`, keyAt);
  }
  count(made, { nodes: 1, characters: name.length }, keyAt);
  // `{ a, b }` has keys without values.
  const nothing: Located = { kind: "scalar", value: null, at: keyAt, textAt: null };
  return { key: name, keyAt, value: value === null ? nothing : locateNode(made, value) };
}

function follow(made: Composition, { source }: Alias.Parsed, at: Place): Located {
  const anchored = made.anchors.get(source);
  if (anchored === undefined) {
    throw new Unreadable("alias", `The alias *${source} has no anchor &${source} before it: mend the name.`, at);
  }
  if (anchored === null) {
    throw new Unreadable(
      "alias",
      `The alias *${source} stands within its own anchor: a value cannot hold itself: name another.`,
      at,
    );
  }
  count(made, anchored, at);
  return anchored.tree;
}

function count(made: Composition, more: { readonly nodes: number; readonly characters: number }, at: Place): void {
  made.nodes += more.nodes;
  made.characters += more.characters;
  if (made.nodes <= NODES_MOST && made.characters <= CHARACTERS_MOST) return;
  const most = made.nodes > NODES_MOST ? `${NODES_MOST} values` : `${CHARACTERS_MOST} characters`;
  const text = `The blueprint has more than ${most}, aliases counted as what they stand for: make it smaller.`;
  throw new Unreadable("too_large", text, at);
}

function valueOf(node: Scalar.Parsed, at: Place): ScalarValue {
  const { value } = node;
  if (typeof value === "string") refuseUnstorable(value, at);
  if (typeof value === "number") return { text: node.source };
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  throw new Unreadable("syntax", 'Tags have no meaning in a blueprint: remove the word that begins with "!".', at);
}

function refuseUnstorable(text: string, at: Place): void {
  if (isStorable(text)) return;
  throw new Unreadable(
    "syntax",
    "The escapes in this text make a NUL character or half of a character: leave them out.",
    at,
  );
}

/** See LocatedScalar.textAt. */
function textPlace(made: Composition, node: Scalar.Parsed, at: Place): Place | null {
  const { value, type, range } = node;
  if (typeof value !== "string") return null;
  if (type === "BLOCK_LITERAL") return blockPlace(made, value, at.line + 1);
  const written = made.text.slice(range[0], range[1]);
  if (written === value) return at;
  return written.slice(1, -1) === value ? { line: at.line, column: at.column + 1 } : null;
}

/** The first line of a literal block; its column is what the indentation took away from any line that is not blank. */
function blockPlace({ lines }: Composition, value: string, line: number): Place {
  const valueLines = value.split("\n");
  const full = valueLines.findIndex((one) => one !== "");
  const written = lines[line - 1 + full] ?? "";
  return { line, column: written.length - (valueLines[full] ?? "").length + 1 };
}
