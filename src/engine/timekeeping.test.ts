// The database's clock is set while launches are under way: back, so that nothing would be due, and forward, so that all deadlines would
// be over.

import { expect, test } from "vitest";
import type { DeploymentId } from "../core/ids.ts";
import { StoreAway } from "../ports/store.ts";
import { keepTime } from "./timekeeping.ts";
import { createWorld, type World } from "./world.testsuite.ts";

const HOUR_MS = 3_600_000;
const STEPS = [-3 * HOUR_MS, 6 * HOUR_MS];

/** How long a launch takes whose clock is left alone. */
const LAUNCH_MS = 20_000;

async function settled(world: World, id: DeploymentId) {
  const { state, createdAt, allRunningAt } = await world.deployment(id);
  return { state, tookMs: (allRunningAt ?? Infinity) - createdAt };
}

test.each(STEPS)(
  "a launch goes on as if nothing had been when the clock is set by %i ms, and tells it",
  async (byMs) => {
    const usual = await createWorld();
    await usual.engine().start();
    await usual.clock.advance(1_000);
    const first = await usual.launch();
    await usual.clock.advance(LAUNCH_MS);
    const { tookMs } = await settled(usual, first);

    const world = await createWorld();
    await world.engine().start();
    await world.engine().start();
    await world.clock.advance(1_000);
    const id = await world.launch();
    await world.clock.advance(2_500);
    world.setClock(byMs);
    await world.clock.advance(LAUNCH_MS - 2_500);
    const after = await settled(world, id);
    expect(after.state).toBe("running");
    // Two processes take turns a little differently.
    expect(Math.abs(after.tookMs - tookMs)).toBeLessThan(1_500);
    expect(world.datacentre.billing.intervals()).toHaveLength(2);
    const told = await world.store.read((tx) => tx.events(id, 0, 100));
    expect(told.flatMap(({ body }) => (body.kind === "clock_moved" ? [body.byMs] : []))).toEqual([byMs]);
    const lines = world.logged("database's clock was set");
    expect(lines.filter(({ setRightBy }) => setRightBy === "this process")).toMatchObject([{ byMs, offsetMs: -byMs }]);
  },
);

test("a launch goes on after a start that finds the clock set back", async () => {
  const world = await createWorld();
  const first = world.store.join();
  await world.engine({ store: first }).start();
  await world.clock.advance(20_000);
  const id = await world.launch();
  await world.clock.advance(2_000);
  first.crash();
  world.setClock(-3 * HOUR_MS);
  await world.engine().start();
  // Claims of the dead have to run out, and what was noted last may be some seconds old.
  await world.clock.advance(120_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect((await world.story(id)).filter((step) => step === "clock_moved")).toHaveLength(1);
});

test("while the database is away it is asked again with growing pauses", async () => {
  const world = await createWorld();
  const over = new AbortController();
  const store = { ...world.store, keepTime: () => Promise.reject(new StoreAway("unreachable")) };
  const ended = keepTime({ ...world.deps, store }, over.signal);
  await world.clock.advance(60_000);
  over.abort();
  await world.clock.until(ended);
  const pauses = world.logged("pump waits for the database").map(({ pauseMs }) => Number(pauseMs));
  expect(pauses.length).toBeLessThan(25);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
});
