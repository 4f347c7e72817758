import { expect, test } from "vitest";
import { Refused } from "../problem.ts";
import { counted } from "./counted.ts";

const shop = (instances: string): string => `slipway: 1\nname: shop\ninstances:\n${instances}`;
const ONE = "{ image: debian-12, profile: small }";
const UNSEEN = { isUnseen: true };
const COUNTED = "{ image: debian-12, profile: small, count: 2 }";

function refusalOf(instances: string, counts: Readonly<Record<string, number>>) {
  try {
    return counted(shop(instances), counts, UNSEEN);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [error.code, error.message];
  }
}

test("groups have other counts, and all else is as it was written", () => {
  const web = "  # the front\n  web:\n    image: debian-12\n    profile: small\n    count: 2 # enough\n";
  expect(counted(shop(web), { web: 5 }, UNSEEN)).toBe(shop(web.replace("count: 2", "count: 5")));
  expect(counted(shop(web), {}, UNSEEN)).toBe(shop(web));
});

test("one without a count is refused where nobody has seen a plan: as a member of a group it would be another machine", () => {
  expect(refusalOf(`  db: ${ONE}\n`, { db: 2 })).toEqual([
    "bad_blueprint",
    "Line 4: instances.db has no count: as one of several db would be db-1, another machine; have it planned first, which shows all that goes, and carry out that plan.",
  ]);
  expect(counted(shop(`  db: ${ONE}\n`), { db: 2 }, { isUnseen: false })).toContain("count: 2");
});

test("a group that is another's as well is refused with its place and what to do", () => {
  const shared = `  web: &w ${COUNTED}\n  app: *w\n`;
  const remedy =
    "so that its count cannot be changed alone: write it out there, with a count of its own, and update to that blueprint.";
  expect(refusalOf(shared, { app: 3 })).toEqual([
    "bad_blueprint",
    `Line 5: instances.app is *w, which others share, ${remedy}`,
  ]);
  expect(refusalOf(shared, { web: 3 })).toEqual([
    "bad_blueprint",
    `Line 4: instances.web is &w, which others share, ${remedy}`,
  ]);
  const number = "  web: { image: i, profile: p, count: &n 2 }\n  app: { image: i, profile: p, count: *n }\n";
  expect(refusalOf(number, { web: 3 })).toEqual([
    "bad_blueprint",
    `Line 4: instances.web.count is &n, which others share, ${remedy}`,
  ]);
  expect(refusalOf(number, { app: 3 })).toBe(shop(number.replace("*n", "3")));
  expect(refusalOf(`  web: &alone ${COUNTED}\n`, { web: 3 })).toContain("count: 3");
});

test("what is no map, cannot be read or is not there is refused in words, a name that looks like a truth value is none", () => {
  expect(refusalOf("  web: debian-12\n", { web: 3 })).toEqual([
    "bad_blueprint",
    expect.stringContaining("instances.web"),
  ]);
  expect(refusalOf("  web: [\n", { web: 3 })).toEqual(["bad_blueprint", expect.stringMatching(/^Line \d+: /)]);
  expect(refusalOf(`  web: ${ONE}\n`, { app: 3 })).toEqual([
    "no_such_instance",
    expect.stringContaining("it has web."),
  ]);
  expect(refusalOf(`  true: ${COUNTED}\n`, { true: 3 })).toContain("count: 3");
});
