// Where each instance stands in the graph. Groups of many are folded into one box, so that fifty instances stay readable.

import { Graph, layout } from "@dagrejs/dagre";
import type { Instance } from "../../../../src/contract/deployment.ts";
import { groupsOf, UNFOLDED_MOST } from "./groups.ts";

type Member = Pick<Instance, "name" | "group" | "dependsOn">;

interface Box {
  /** The instance's name, or the group's after "group:". */
  readonly id: string;
  readonly label: string;
  /** One instance; or a group with a mark, or a tile with name and clock, for each of its members. */
  readonly face: "instance" | "marks" | "tiles";
  /** Names of instances; one for a box that is no group. */
  readonly members: readonly string[];
}

export interface PlacedBox extends Box {
  /** Of its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Tiles side by side. */
  readonly columns: number;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

export interface Plan {
  readonly boxes: readonly PlacedBox[];
  readonly arrows: readonly Arrow[];
  readonly width: number;
  readonly height: number;
}

/** `across`: what waits stands to the right of what it waits for; `down`: below it, for narrow screens. */
export type Direction = "across" | "down";

const BOX = { across: { width: 204, height: 56 }, down: { width: 156, height: 56 } } as const;
/** A group's members as little marks, so many in a row. */
export const MARK = { size: 15, perRow: { across: 12, down: 9 }, above: 56, below: 8 } as const;
export const TILE = { width: 124, height: 26, above: 38, below: 8, aside: 16 } as const;
const TILE_COLUMNS = { across: [4, 12, 24], down: [3] } as const;
const COLUMNS_MOST = TILE_COLUMNS.across.length + 1;

export interface Wish {
  readonly direction: Direction;
  /** Whether members of a group are mere marks. */
  readonly isFolded: boolean;
  /** Tiles side by side at most, where there is room for no more. */
  readonly columnsMost?: number;
}

/** Depends on names and dependencies alone: states change no layout. */
export function planOf(instances: readonly Member[], { direction, isFolded, columnsMost = Infinity }: Wish): Plan {
  const boxes = boxesOf(instances, isFolded).map((box) => {
    const columns = Math.min(columnsMost, tileColumns(box.members.length, direction));
    return { ...box, columns, ...sizeOf(box, direction, columns) };
  });
  const home = new Map(boxes.flatMap(({ id, members }) => members.map((name) => [name, id] as const)));
  const arrows = withoutDetours(arrowsOf(instances, home));
  const graph = new Graph();
  graph.setGraph({
    rankdir: direction === "across" ? "LR" : "TB",
    nodesep: direction === "across" ? 14 : 10,
    ranksep: direction === "across" ? 56 : 40,
    marginx: 8,
    marginy: 14,
  });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of arrows) graph.setEdge(from, to, {});
  layout(graph);
  const centres = inOrder(instances, new Map(boxes.map(({ id }) => [id, placeOf(graph.node(id))])), direction);
  const placed = boxes.map((box) => {
    const { x, y } = centres.get(box.id) ?? NOWHERE;
    return { ...box, x: x - box.width / 2, y: y - box.height / 2 };
  });
  return {
    boxes: placed,
    arrows,
    width: Math.max(0, ...placed.map(({ x, width }) => x + width)) + 8,
    height: Math.max(0, ...placed.map(({ y, height }) => y + height)) + 14,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const NOWHERE: Point = { x: 0, y: 0 };

/** dagre writes the centre of a node onto the label that it was given. */
function placeOf(label: unknown): Point {
  if (typeof label !== "object" || label === null || !("x" in label) || !("y" in label)) return NOWHERE;
  return { x: Number(label.x), y: Number(label.y) };
}

/** The same places, but within a group and rank taken in the order of the instances: app-1 stands above app-2. */
function inOrder(
  instances: readonly Member[],
  centres: ReadonlyMap<string, Point>,
  direction: Direction,
): ReadonlyMap<string, Point> {
  const [rank, along] = direction === "across" ? (["x", "y"] as const) : (["y", "x"] as const);
  const alike = Map.groupBy(
    instances.filter(({ name }) => centres.has(name)),
    ({ name, group }) => `${group}@${centres.get(name)?.[rank]}`,
  );
  const ordered = new Map(centres);
  for (const members of alike.values()) {
    const places = members.map(({ name }) => centres.get(name) ?? NOWHERE).toSorted((a, b) => a[along] - b[along]);
    for (const [place, { name }] of members.entries()) ordered.set(name, places[place] ?? NOWHERE);
  }
  return ordered;
}

/** The plan with the widest groups that still can be read in a window of so many pixels. */
export function planWithin(instances: readonly Member[], wish: Wish, legiblePx: number): Plan {
  let plan = planOf(instances, wish);
  for (let columns = COLUMNS_MOST - 1; plan.width > legiblePx && columns > 0 && !wish.isFolded; columns -= 1) {
    plan = planOf(instances, { ...wish, columnsMost: columns });
  }
  return plan;
}

/** How many tiles stand side by side in a group of so many. */
function tileColumns(count: number, direction: Direction): number {
  return 1 + TILE_COLUMNS[direction].filter((most) => count > most).length;
}

function sizeOf({ face, members }: Box, direction: Direction, columns: number): { width: number; height: number } {
  if (face === "instance") return { ...BOX[direction] };
  if (face === "tiles") {
    const rows = Math.ceil(members.length / columns);
    return { width: columns * TILE.width + TILE.aside, height: TILE.above + rows * TILE.height + TILE.below };
  }
  const rows = Math.ceil(members.length / MARK.perRow[direction]);
  return { width: BOX[direction].width, height: MARK.above + rows * MARK.size + MARK.below };
}

function boxesOf(instances: readonly Member[], isFolded: boolean): Box[] {
  const single = ({ name }: Member): Box => ({ id: name, label: name, face: "instance", members: [name] });
  const face = isFolded ? "marks" : "tiles";
  if (!isFolded && instances.length <= UNFOLDED_MOST) return instances.map(single);
  return [...groupsOf(instances)].flatMap(([group, members]) =>
    members.length === 1
      ? members.map(single)
      : [{ id: `group:${group}`, label: group, face, members: members.map(({ name }) => name) }],
  );
}

function arrowsOf(instances: readonly Member[], home: ReadonlyMap<string, string>): Arrow[] {
  const seen = new Set<string>();
  const arrows: Arrow[] = [];
  for (const { name, dependsOn } of instances) {
    for (const parent of dependsOn) {
      const from = home.get(parent);
      const to = home.get(name);
      const key = `${from}>${to}`;
      if (from === undefined || to === undefined || from === to || seen.has(key)) continue;
      seen.add(key);
      arrows.push({ from, to });
    }
  }
  return arrows;
}

/** Without the arrows that say no more than a longer way does: db → web goes when there are db → app → web. */
function withoutDetours(arrows: readonly Arrow[]): Arrow[] {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (next.get(from) ?? []).some((arrow) => {
      if (arrow.to === to) return true;
      if (seen.has(arrow.to)) return false;
      seen.add(arrow.to);
      return reaches(arrow.to, to, seen);
    });
  return arrows.filter(
    ({ from, to }) => !(next.get(from) ?? []).some((arrow) => arrow.to !== to && reaches(arrow.to, to, new Set())),
  );
}
