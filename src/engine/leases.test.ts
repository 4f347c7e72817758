// Claims that are held for as long as their calls go on, and no longer.

import { expect, test } from "vitest";
import type { Store } from "../ports/store.ts";
import { CLAIM_MS, createLeases } from "./leases.ts";
import { createWorld, flockBlueprint } from "./world.testsuite.ts";

/** Longer than a claim holds by itself. */
const SLOW_MS = 25_000;

async function slowCreate() {
  const world = await createWorld({
    clouds: [{ name: "east", latency: { kind: "fixed", ms: 10 } }],
    traits: { callTimeoutMs: { create: 60_000, other: 15_000 } },
  });
  world.operator("east").addFaults([{ on: "create", do: { kind: "delay", ms: SLOW_MS } }]);
  const engine = world.engine();
  await world.clock.until(engine.round("poll"));
  const id = await world.launch(flockBlueprint(1));
  await engine.round("advance");
  return { world, engine, id };
}

test("a call that takes long keeps its claim, and its answer counts", async () => {
  const { world, engine, id } = await slowCreate();
  const round = engine.round("call");
  const other = world.engine();
  for (const ms of [10_000, 10_000, 4_000]) {
    await world.clock.advance(ms);
    expect(await other.round("call")).toBe(0);
  }
  await world.clock.until(round);
  expect((await world.machines(id))[0]).toMatchObject({ state: "made", callNo: 1 });
  expect(world.logged("answer came too late")).toEqual([]);
});

test("the claims of a process that is cut off from the database run out in seconds, however long its calls take", async () => {
  const { world, engine, id } = await slowCreate();
  const store = world.store.join();
  void world.engine({ store }).round("call");
  await world.clock.advance(100);
  store.crash();
  await world.clock.advance(14_000);
  expect(await engine.round("call")).toBe(0);
  await world.clock.advance(1_000);
  expect(await world.clock.until(engine.round("call"))).toBe(1);
  expect((await world.machines(id))[0]).toMatchObject({ state: "made", callNo: 2 });
});

test("claims of a process that stood still since it took them are renewed at once", async () => {
  const { world, engine } = await slowCreate();
  const takenAt = world.clock.now();
  const claims = await world.store.write((tx) => tx.claimCalls(8, CLAIM_MS));
  await world.clock.advance(CLAIM_MS - 4_900);
  const lease = createLeases(world.deps, new AbortController().signal).hold(claims, takenAt);
  await world.clock.advance(4_950);
  expect(await engine.round("call")).toBe(0);
  expect(lease.leftMs()).toBeGreaterThan(CLAIM_MS - 5_000);
});

test("an ended lease has nothing left, also when it ends while it is renewed", async () => {
  const { world } = await slowCreate();
  const claims = await world.store.write((tx) => tx.claimCalls(8, CLAIM_MS));
  expect(claims).toHaveLength(1);
  let whileRenewing = (): void => {};
  const store: Store = {
    ...world.store,
    async write(act) {
      const result = await world.store.write(act);
      whileRenewing();
      return result;
    },
  };
  const lease = createLeases({ ...world.deps, store }, new AbortController().signal).hold(claims, world.clock.now());
  await world.clock.advance(14_000);
  expect(lease.leftMs()).toBeGreaterThan(0);
  whileRenewing = () => lease[Symbol.dispose]();
  await world.clock.advance(2_000);
  expect(lease.leftMs()).toBe(-Infinity);
});
