// What a launch costs at its cloud: how many lists and looks it takes, and how much longer than its machines need.

import { expect, test } from "vitest";
import { chain, counted, criticalMs, fiftyAndBack, fixed, spread, steady } from "./pace.testsuite.ts";

test("a launch of fifty and its rollback take at most twenty lists and looks", async () => {
  const counting = await counted();
  const { world } = counting;
  expect(await fiftyAndBack(counting)).toBeLessThanOrEqual(20);
  expect(world.datacentre.billing.aliveNow()).toEqual([]);
  expect(world.datacentre.billing.intervals()).toHaveLength(50);
});

test("where machines are up at once, the first launch of all does not wait for what its provider thinks usual", async () => {
  const { ms, lists } = await chain(await counted({ boot: fixed(0) }), 1);
  expect(ms).toBeLessThanOrEqual(800);
  expect(lists).toBe(3);
});

test.each([
  { bootMs: 500, times: 1.24, lists: 8 },
  { bootMs: 5_000, times: 1.04, lists: 15 },
])(
  "a chain takes $times times its machines' $bootMs ms at most, once those are learnt",
  async ({ bootMs, ...most }) => {
    for (const boot of [fixed(bootMs), spread(bootMs)]) {
      const { ms, lists } = await steady(await counted({ boot }));
      // The mean of some boots that differ is not the mean of all.
      const drawn = boot.kind === "fixed" ? 1 : 1.02;
      expect(ms / criticalMs(bootMs)).toBeLessThanOrEqual(most.times * drawn);
      expect(lists).toBeLessThanOrEqual(most.lists);
    }
  },
);

test("a chain takes a fiftieth longer at most where the cloud announces what changes", async () => {
  const world = await counted({ pushes: true });
  for (const round of [1, 2]) expect((await chain(world, round)).ms / criticalMs(5_000)).toBeLessThanOrEqual(1.021);
});

test("boots that were noticed late are not what is learnt for ever", async () => {
  const world = await counted();
  world.world.operator("east").addFaults([{ on: "list", times: 6, do: { kind: "refuse", code: "internal_error" } }]);
  const late = await chain(world, 1);
  expect(late.ms / criticalMs(5_000)).toBeGreaterThan(1.5);
  for (const round of [2, 3]) await chain(world, round);
  expect((await chain(world, 4)).ms / criticalMs(5_000)).toBeLessThanOrEqual(1.1);
});
