// Clouds that announce changes: what follows is a list, and what it lacks is looked for.

import { expect, test } from "vitest";
import type { Cloud, Listing, Provider } from "../ports/provider.ts";
import { EAST, firstId, flock } from "./flock.testsuite.ts";
import { createWorld, flockBlueprint } from "./world.testsuite.ts";

/** A cloud that announces when the test says so; `afterList` is run between a list and its being read. */
function announcing() {
  const state = { announce: () => {}, watches: 0, lists: 0, isStale: false, afterList: async (): Promise<void> => {} };
  let before: Listing | null = null;
  const watched = (cloud: Cloud): Cloud => ({
    ...cloud,
    async list(...asked) {
      const listing = await cloud.list(...asked);
      state.lists += 1;
      await state.afterList();
      // While the test wants it, lists show once more what the last one before has shown.
      if (!state.isStale || before === null) before = listing;
      return before;
    },
    watch: (_installation, changed, signal) =>
      new Promise((resolve) => {
        state.announce = changed;
        state.watches += 1;
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  });
  const wrap = (provider: Provider): Provider => ({
    ...provider,
    open: (account, credentials) => watched(provider.open(account, credentials)),
  });
  return { state, wrap };
}

test("what a cloud announces is looked at at once", async () => {
  const { state, wrap } = announcing();
  const { world, id } = await flock(1, { ...EAST, wrap });
  await world.clock.advance(30_000);
  world.operator("east").kill(firstId(world));
  state.announce();
  await world.clock.advance(1_000);
  expect(await world.story(id)).toContain("sheep-1 stopped");
  await world.clock.until(world.engine1.stop());
  expect(world.logged("watch ended")).toEqual([]);
  expect(state.watches).toBe(1);
});

test("what a cloud announces during a poll is looked at after it, for its list may be older", async () => {
  const { state, wrap } = announcing();
  const { world, id } = await flock(1, { ...EAST, wrap });
  await world.clock.advance(30_000);
  state.lists = 0;
  state.afterList = async () => {
    if (state.lists > 1) return;
    world.operator("east").kill(firstId(world));
    state.announce();
    await world.clock.sleep(500);
  };
  state.announce();
  await world.clock.advance(3_000);
  expect(state.lists).toBe(2);
  expect(await world.story(id)).toContain("sheep-1 stopped");
});

test("a machine removed in the moment in which it came up is noticed in no more lists than any other", async () => {
  const quick = { kind: "fixed", ms: 200 } as const;
  const { state, wrap } = announcing();
  const world = await createWorld({ clouds: [{ name: "east", boot: quick }], traits: { usualBootMs: 200 }, wrap });
  await world.engine().start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(1));
  while ((await world.deployment(id)).state !== "running") await world.clock.advance(50);
  world.operator("east").vanish(firstId(world));
  state.announce();
  state.lists = 0;
  const removedAt = world.clock.now();
  while ((await world.deployment(id)).state === "running") await world.clock.advance(100);
  expect(await world.story(id)).toContain("sheep-1 vanished");
  // The one that was announced, the first after three seconds from when it was made, two more; then it is looked for.
  expect(state.lists).toBe(4);
  expect(world.clock.now() - removedAt).toBeLessThan(3_000 + 2 * 2_200 + 200);
});

test("what a cloud announces before its lists show it is found by a second list, when they must", async () => {
  const { state, wrap } = announcing();
  const { world, id } = await flock(1, { ...EAST, wrap });
  await world.clock.advance(30_000);
  world.operator("east").kill(firstId(world));
  state.isStale = true;
  state.announce();
  state.lists = 0;
  await world.clock.advance(3_000);
  expect(state.lists).toBe(1);
  expect((await world.deployment(id)).state).toBe("running");
  state.isStale = false;
  await world.clock.advance(500);
  expect(await world.story(id)).toContain("sheep-1 stopped");
});

test("of many announcements the last is followed by a second list as well, and all of them by few", async () => {
  const { state, wrap } = announcing();
  const { world, id } = await flock(1, { ...EAST, wrap });
  await world.clock.advance(30_000);
  state.lists = 0;
  for (let announced = 0; announced < 10; announced += 1) {
    state.announce();
    await world.clock.advance(200);
  }
  world.operator("east").kill(firstId(world));
  state.isStale = true;
  state.announce();
  await world.clock.advance(3_000);
  state.isStale = false;
  await world.clock.advance(2_000);
  expect(await world.story(id)).toContain("sheep-1 stopped");
  expect(state.lists).toBeLessThanOrEqual(11 + 2);
});
