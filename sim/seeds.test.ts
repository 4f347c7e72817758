// The kept seeds, and two hundred others that are the same each time: CI draws fresh ones besides.

import { expect, test } from "vitest";
import { faultsOn } from "../datacentre/src/fault.ts";
import { KEPT } from "./kept.ts";
import { OPERATIONS, PART_OPERATIONS } from "./drawn-mishaps.ts";
import { ASKS, POINTS } from "./scenario.ts";
import { totalOf } from "./counts.ts";
import { NOTHING_PLAYED, playSeed, sumOf } from "./seeds-run.ts";

const FIRST = 1;
const COUNT = 200;
/** In which what is rare takes effect: somebody releases what is held for study. */
const RARE = ["330"];

const KINDS = [
  ...ASKS.map((ask) => `person: ${ask}`),
  ...POINTS.flatMap((point) => [`death: ${point}`, `standing still: ${point}`]),
  "cut: statement",
  "cut: committed",
  ...["a user's quota", "a user's quota in a pool", "a pool's quota"].map((whose) => `kept out: ${whose}`),
  "notification lost",
  "outage",
  "suspension",
  "quota",
  "switched_off",
  "host_down",
  "blindness",
  "foreign",
  "clock: back",
  "clock: forward",
  "clock: a little",
  ...["steps", "consoles", "machines"].map((what) => `taken away: ${what}`),
  ...["stopped", "error", "terminated", "vanished"].map((to) => `machine: ${to}`),
  // Answers word for word are for faces over HTTP.
  ...faultsOn([...OPERATIONS, ...PART_OPERATIONS]).flatMap((kind) => (kind === "raw_answer" ? [] : [`cloud: ${kind}`])),
];

test("seeds: whatever goes wrong, nothing is lost or doubled", { timeout: 600_000 }, async () => {
  let tally = NOTHING_PLAYED;
  const drawn = Array.from({ length: COUNT }, (_, index) => String(FIRST + index));
  for (const seed of [...KEPT.keys(), ...drawn, ...RARE]) tally = sumOf(tally, await playSeed(seed));
  expect(tally.failures).toEqual([]);
  expect(tally.launches).toBeGreaterThan(COUNT);
  expect(totalOf(tally.injected)).toBeGreaterThan(10 * COUNT);
  // A kind of mishap that never takes effect proves nothing.
  expect(KINDS.filter((kind) => tally.injected[kind] === undefined)).toEqual([]);
});

test("seeds: the same seed plays the same way", async () => {
  const [first, second] = [await playSeed("4711"), await playSeed("4711")];
  expect(second).toEqual(first);
});
