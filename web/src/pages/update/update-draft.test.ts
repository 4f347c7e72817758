import { expect, test } from "vitest";
import { sampleDeployment, sampleInstance } from "../deployment/deployment.samples.ts";
import { asItIs, countMistakes, draftFrom, goingOf, sealedOf, updateOf } from "./update-draft.ts";
import { sampleParameter } from "../launch/parameter.samples.ts";

const SOURCE = "slipway: 1\nname: shop\n";
const former = {
  deployment: sampleDeployment({ parameters: { count: 2, greeting: "ahoy", debug: true, password: null } }),
  source: SOURCE,
};
const outline = asItIs(former, {
  name: "shop",
  parameters: [
    sampleParameter("count", { type: "integer", hasDefault: true, default: 1 }),
    sampleParameter("greeting"),
    sampleParameter("debug", { type: "boolean" }),
    sampleParameter("password", { secret: true }),
    sampleParameter("key", { secret: true }),
  ],
  instances: [
    { name: "db", count: 1, image: "debian-12", dependsOn: [] },
    { name: "web", count: null, image: "debian-12", dependsOn: [] },
  ],
  outputs: [],
});
const nothing = { draft: draftFrom(former), counts: new Map(), removed: new Set<string>(), allowed: new Set<string>() };
const typed = (...values: (readonly [string, string | boolean])[]) => ({
  ...nothing,
  draft: { ...nothing.draft, values: new Map(values) },
});

test("values are shown as the deployment has them, and those that are sealed need not be given", () => {
  expect(outline.parameters.map(({ name, default: value }) => [name, value])).toEqual([
    ["count", 2],
    ["greeting", "ahoy"],
    ["debug", true],
    ["password", null],
    ["key", null],
  ]);
  expect([...sealedOf(former, outline)]).toEqual(["password"]);
});

test("a count that was typed here is wrong at its group, and at no line", () => {
  const wrong = { pointer: "/instances/web/count", line: 4, column: 9, detail: "must be at least 1" };
  const other = { ...wrong, pointer: "/instances/db/count" };
  const large = { pointer: "/counts/db", detail: "must be at most 1000" };
  const told = countMistakes([wrong, other], { counts: { web: 0 } });
  expect([...told.byGroup]).toEqual([["web", "must be at least 1"]]);
  expect(told.others).toEqual([other]);
  expect([...countMistakes([large], { counts: { db: 1001 } }).byGroup]).toEqual([["db", "must be at most 1000"]]);
  expect(countMistakes([wrong], {}).others).toEqual([wrong]);
});

test("where a group gets smaller the chosen ones go, then the highest numbers, and how many stay is said with them", () => {
  const webs = [1, 2, 10].map((index) => sampleInstance(`web-${index}`, { group: "web", index }));
  const shop = { ...former, deployment: { ...former.deployment, instances: webs } };
  const [db, web] = outline.instances.map((group) => ({ ...group, count: group.name === "web" ? 3 : 1 }));
  const asked = (count: string, ...removed: string[]) => ({
    ...nothing,
    counts: new Map([["web", count]]),
    removed: new Set(removed),
  });
  const going = (...of: Parameters<typeof asked>) => (web === undefined ? null : goingOf(shop, asked(...of), web));
  expect(going("1")).toMatchObject({ count: 2, members: ["web-1", "web-2", "web-10"], names: ["web-2", "web-10"] });
  expect(going("1", "web-1")?.names).toEqual(["web-1", "web-10"]);
  expect(going("2", "web-2")?.names).toEqual(["web-2"]);
  for (const count of ["3", "4", "0", "1.5", ""]) expect(going(count, "web-2")).toBeNull();
  const groups = { ...outline, instances: [db, web].flatMap((group) => group ?? []) };
  expect(updateOf(shop, asked("2", "web-2"), groups)).toEqual({ counts: { web: 2 }, remove: ["web-2"] });
  expect(updateOf(shop, asked("4", "web-2"), groups)).toEqual({ counts: { web: 4 } });
  // It has three, and the blueprint says two: what is chosen then stays a choice of one.
  const two = { ...groups, instances: groups.instances.map((group) => ({ ...group, count: 2 })) };
  const untouched = { ...nothing, removed: new Set(["web-1"]) };
  expect(updateOf(shop, untouched, two)).toEqual({ counts: { web: 2 }, remove: ["web-1"] });
});

test("only what is another is asked for", () => {
  expect(updateOf(former, nothing, outline)).toEqual({});
  expect(updateOf(former, nothing, null)).toBeNull();
  expect(updateOf(former, typed(["count", "2"], ["greeting", "ahoy"], ["password", ""]), outline)).toEqual({});
  expect(updateOf(former, typed(["count", "3"], ["debug", false], ["password", "battery"]), outline)).toEqual({
    parameters: { count: "3", debug: false, password: "battery" },
  });
  const scaled = { ...nothing, counts: new Map(Object.entries({ db: "1", web: "4", gone: "2" })) };
  expect(updateOf(former, scaled, outline)).toEqual({ counts: { web: 4 } });
  const emptied = { ...nothing, counts: new Map([["web", ""]]), allowed: new Set(["db"]) };
  expect(updateOf(former, emptied, outline)).toEqual({ allowReplace: ["db"] });
  const source = `${SOURCE}# another\n`;
  const changed = { ...nothing, draft: { ...nothing.draft, source } };
  expect(updateOf(former, changed, outline)).toEqual({ blueprint: { source } });
});
