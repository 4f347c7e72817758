// What a launch costs at its cloud: how many lists and looks it takes, and how much longer than its machines need.

import { expect, test } from "vitest";
import { chain, counted, CRITICAL_MS, fiftyAndBack } from "./pace.testsuite.ts";

test("a launch of fifty and its rollback take at most twenty lists and looks", async () => {
  const counting = await counted();
  const { world } = counting;
  expect(await fiftyAndBack(counting)).toBeLessThanOrEqual(20);
  expect(world.datacentre.billing.aliveNow()).toEqual([]);
  expect(world.datacentre.billing.intervals()).toHaveLength(50);
});

test("a chain takes a twentieth longer than its machines at most, once it was learnt how long they boot", async () => {
  const world = await counted();
  await chain(world, 1);
  const later = [await chain(world, 2), await chain(world, 3)];
  for (const { ms, lists } of later) {
    expect(ms / CRITICAL_MS).toBeLessThanOrEqual(1.05);
    expect(lists).toBeLessThanOrEqual(16);
  }
});

test("a chain takes a fiftieth longer at most where the cloud announces what changes", async () => {
  const world = await counted({ pushes: true });
  for (const round of [1, 2]) expect((await chain(world, round)).ms / CRITICAL_MS).toBeLessThanOrEqual(1.02);
});

test("boots that were noticed late are not what is learnt for ever", async () => {
  const world = await counted();
  world.world.operator("east").addFaults([{ on: "list", times: 6, do: { kind: "refuse", code: "internal_error" } }]);
  const late = await chain(world, 1);
  expect(late.ms / CRITICAL_MS).toBeGreaterThan(1.5);
  for (const round of [2, 3]) await chain(world, round);
  expect((await chain(world, 4)).ms / CRITICAL_MS).toBeLessThanOrEqual(1.1);
});
