import { expect, test } from "vitest";
import { planOf, planWithin } from "./graph-layout.ts";
import { sampleInstance } from "./deployment.samples.ts";

const many = (group: string, count: number, dependsOn: readonly string[] = []) =>
  Array.from({ length: count }, (_, place) =>
    sampleInstance(count === 1 ? group : `${group}-${place + 1}`, { group, dependsOn: [...dependsOn] }),
  );
const SHOP = [...many("db", 1), ...many("app", 2, ["db"]), ...many("web", 2, ["db", "app-1", "app-2"])];
const BIG = [...many("db", 1), ...many("app", 48, ["db"]), ...many("lb", 1, ["app-1", "app-48"])];

const overlap = ({ boxes }: ReturnType<typeof planOf>) =>
  boxes.filter((a, i) =>
    boxes.some(
      (b, j) => j > i && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
    ),
  );

test("what waits stands to the right of what it waits for, or below it on narrow screens; nothing overlaps", () => {
  for (const [direction, axis] of [["across", "x"] as const, ["down", "y"] as const]) {
    const plan = planOf(SHOP, { direction, isFolded: false });
    const place = new Map(plan.boxes.map((box) => [box.id, box[axis]]));
    for (const { from, to } of plan.arrows) expect(place.get(to)).toBeGreaterThan(place.get(from) ?? Infinity);
    expect(overlap(plan)).toEqual([]);
  }
});

test("an arrow that says no more than a longer way is left out", () => {
  const { arrows } = planOf(SHOP, { direction: "across", isFolded: false });
  expect(arrows.map(({ from, to }) => `${from}>${to}`).toSorted()).toEqual([
    "app-1>web-1",
    "app-1>web-2",
    "app-2>web-1",
    "app-2>web-2",
    "db>app-1",
    "db>app-2",
  ]);
});

test("members of a group stand in their order", () => {
  const { boxes } = planOf(SHOP, { direction: "across", isFolded: false });
  const y = (id: string) => boxes.find((box) => box.id === id)?.y ?? Number.NaN;
  expect([y("app-1") < y("app-2"), y("web-1") < y("web-2")]).toEqual([true, true]);
});

test("folded, a group is one box with a mark for each member; singles stay themselves", () => {
  const { boxes, arrows } = planOf(BIG, { direction: "across", isFolded: true });
  expect(boxes.map(({ id, face, members }) => [id, face, members.length])).toEqual([
    ["db", "instance", 1],
    ["group:app", "marks", 48],
    ["lb", "instance", 1],
  ]);
  expect(arrows).toEqual([
    { from: "db", to: "group:app" },
    { from: "group:app", to: "lb" },
  ]);
});

test("fifty instances unfolded are tiles within their groups, not a wall of arrows", () => {
  const plan = planOf(BIG, { direction: "across", isFolded: false });
  expect(plan.boxes.map(({ face }) => face)).toEqual(["instance", "tiles", "instance"]);
  expect([plan.height < 420, plan.arrows.length]).toEqual([true, 2]);
  const columns = [2, 5, 13, 48].map((count) => {
    const instances = [...many("app", count), ...many("more", 12)];
    return planOf(instances, { direction: "across", isFolded: false }).boxes[0]?.columns;
  });
  expect(columns).toEqual([1, 2, 3, 4]);
});

test("a chain of large groups grows downwards rather than too wide to be read", () => {
  const chain = [...many("a", 50), ...many("b", 50, ["a-1"]), ...many("c", 50, ["b-1"]), ...many("d", 50, ["c-1"])];
  const wish = { direction: "across", isFolded: false } as const;
  expect(planWithin(chain, wish, 4_000).boxes.map(({ columns }) => columns)).toEqual([4, 4, 4, 4]);
  const narrow = planWithin(chain, wish, 1_300);
  expect([narrow.width <= 1_300, narrow.boxes[0]?.columns]).toEqual([true, 2]);
  expect(overlap(narrow)).toEqual([]);
});
