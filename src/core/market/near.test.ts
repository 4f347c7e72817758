import { expect, test } from "vitest";
import { type Amount, UNLIMITED } from "./amount.ts";
import { nearOf, newlyNear } from "./near.ts";

const LIMIT = { ...UNLIMITED, instances: 10, storageGib: 100, families: { "cpu/spot-g": 4, "accelerators/h100": 0 } };

test("from seven tenths on a limit is near, in each dimension by itself, whatever may be held at all", () => {
  const near = (held: Amount) => nearOf(LIMIT, held).map(({ name, used, most }) => `${name} ${used}/${most}`);
  expect(near({})).toEqual([]);
  expect(near({ instances: 6, "own/storageGib": 69, "cpu/spot-g": 2 })).toEqual([]);
  expect(near({ instances: 7, "own/storageGib": 70, "cpu/spot-g": 3 })).toEqual([
    "instances 7/10",
    "storageGib 70/100",
    "cpu/spot-g 3/4",
  ]);
  expect(near({ "own/accelerators/h100": 1 })).toEqual(["accelerators/h100 1/0"]);
  expect(near({ cpu: 1_000 })).toEqual([]);
});

test("what was near before is not told again", () => {
  const newly = (before: Amount, after: Amount) => newlyNear(LIMIT, before, after).map(({ name }) => name);
  expect(newly({ instances: 6 }, { instances: 7 })).toEqual(["instances"]);
  expect(newly({ instances: 7 }, { instances: 10, "own/storageGib": 80 })).toEqual(["storageGib"]);
  expect(newly({ instances: 9 }, { instances: 6 })).toEqual([]);
});
