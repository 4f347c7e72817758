// A blueprint's text with other counts of its groups, comments and all else as they are.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { dotted, type Mistake, pointerOf } from "../../core/blueprint/mistake.ts";
import { Refused } from "../problem.ts";
import { parseSource } from "./blueprint-source.ts";
import { refusedFor } from "./mistakes.ts";

type Counts = Readonly<Record<string, number>>;
type Node = ParsedNode | null | undefined;

/** Throws no_such_instance for a group that it does not have, and bad_blueprint for one whose count others share, and, where nobody has seen what that would replace, for one without a count. */
export function counted(source: string, counts: Counts, { isUnseen }: { readonly isUnseen: boolean }): string {
  const wanted = Object.entries(counts);
  if (wanted.length === 0) return source;
  // What is not right has no groups that could be counted: all that is wrong with it is told.
  parseSource(source);
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter });
  const sharing = { lineCounter, anchors: sharedAnchors(document) };
  const groups = ownMap(valueIn(document.contents, "instances"), ["instances"], sharing);
  const names = groups.items.map(({ key }) => nameOf(key));
  for (const [group, count] of wanted) {
    if (!names.includes(group)) {
      const detail = `The blueprint has no instance ${group} that could be counted: it has ${names.join(", ")}.`;
      throw new Refused("no_such_instance", detail);
    }
    const path = ["instances", group];
    const map = ownMap(valueIn(groups, group), path, sharing);
    const written = valueIn(map, "count");
    if (!written && isUnseen) throw uncounted(map, { path, sharing });
    // An alias there is a value of this group's own; an anchor is what others go by.
    if (written && !isAlias(written)) refuseShared(written, [...path, "count"], sharing);
    setCount(map, count);
  }
  return document.toString({ lineWidth: 0 });
}

const setCount = (group: YAMLMap, count: number): void => group.set("count", count);

/** As readers of blueprints take it: `true` is a name as well. */
const nameOf = (key: unknown): string =>
  isScalar(key) ? (typeof key.value === "string" ? key.value : (key.source ?? String(key.value))) : String(key);

function valueIn(node: Node, name: string): Node {
  return isMap(node) ? node.items.find(({ key }) => nameOf(key) === name)?.value : null;
}

interface Sharing {
  readonly lineCounter: LineCounter;
  /** Those that an alias goes by. */
  readonly anchors: ReadonlySet<string>;
}

function sharedAnchors(document: Document.Parsed): ReadonlySet<string> {
  const anchors = new Set<string>();
  visit(document, { Alias: (_, { source }) => void anchors.add(source) });
  return anchors;
}

/** Throws bad_blueprint where it is not a map that is written there for this place alone. */
function ownMap(node: Node, path: readonly string[], sharing: Sharing) {
  if (isMap(node)) {
    refuseShared(node, path, sharing);
    return node;
  }
  const what = isAlias(node) ? `is *${node.source}, which others share` : "is no map";
  throw cannotCount(node, { path, what, sharing });
}

function refuseShared(node: Exclude<Node, null | undefined>, path: readonly string[], sharing: Sharing): void {
  if (isAlias(node) || node.anchor === undefined || !sharing.anchors.has(node.anchor)) return;
  throw cannotCount(node, { path, what: `is &${node.anchor}, which others share`, sharing });
}

interface Spot {
  readonly path: readonly string[];
  readonly sharing: Sharing;
}

/** One that is alone would become a member of a group, which has another name: another machine, and with a database another one of those. */
function uncounted(node: Node, { path, sharing }: Spot): Refused {
  const name = path.at(-1) ?? "";
  const remedy = "have it planned first, which shows all that goes, and carry out that plan";
  const text = `${dotted(path)} has no count: as one of several ${name} would be ${name}-1, another machine; ${remedy}.`;
  return refusedAt(node, { code: "no_count", text, pointer: pointerOf([...path, "count"]), sharing });
}

function cannotCount(node: Node, { path, what, sharing }: Spot & { readonly what: string }): Refused {
  const remedy = "write it out there, with a count of its own, and update to that blueprint";
  const text = `${dotted(path)} ${what}, so that its count cannot be changed alone: ${remedy}.`;
  return refusedAt(node, { code: "alias", text, pointer: pointerOf(path), sharing });
}

function refusedAt(
  node: Node,
  { sharing, ...mistake }: Pick<Spot, "sharing"> & Pick<Mistake, "code" | "text" | "pointer">,
): Refused {
  const { line, col } = sharing.lineCounter.linePos(node?.range[0] ?? 0);
  return refusedFor("bad_blueprint", [{ ...mistake, line, column: col }]);
}
