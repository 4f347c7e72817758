// The kept seeds, and two hundred others that are the same each time: CI draws fresh ones besides.

import { expect, test } from "vitest";
import { KEPT } from "./kept.ts";
import { totalOf } from "./counts.ts";
import { NOTHING_PLAYED, playSeed, sumOf } from "./seeds-run.ts";

const FIRST = 1;
const COUNT = 200;

test("seeds: whatever goes wrong, nothing is lost or doubled", { timeout: 180_000 }, async () => {
  let tally = NOTHING_PLAYED;
  const drawn = Array.from({ length: COUNT }, (_, index) => String(FIRST + index));
  for (const seed of [...KEPT.keys(), ...drawn]) tally = sumOf(tally, await playSeed(seed));
  expect(tally.failures).toEqual([]);
  expect(tally.launches).toBeGreaterThan(COUNT);
  expect(totalOf(tally.injected)).toBeGreaterThan(COUNT);
});

test("seeds: the same seed plays the same way", async () => {
  const [first, second] = [await playSeed("4711"), await playSeed("4711")];
  expect(second).toEqual(first);
});
