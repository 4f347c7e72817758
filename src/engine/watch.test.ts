// Clouds that announce changes: what follows is a list, and what it lacks is looked for.

import { expect, test } from "vitest";
import type { Cloud, Provider } from "../ports/provider.ts";
import { EAST, firstId, flock } from "./flock.testsuite.ts";
import { createWorld, flockBlueprint } from "./world.testsuite.ts";

/** A cloud that announces when the test says so; `afterList` is run between a list and its being read. */
function announcing() {
  const state = { announce: () => {}, watches: 0, afterList: async (): Promise<void> => {} };
  const watched = (cloud: Cloud): Cloud => ({
    ...cloud,
    async list(...asked) {
      const listing = await cloud.list(...asked);
      await state.afterList();
      return listing;
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
  let lists = 0;
  state.afterList = async () => {
    lists += 1;
    if (lists > 1) return;
    world.operator("east").kill(firstId(world));
    state.announce();
    await world.clock.sleep(500);
  };
  state.announce();
  await world.clock.advance(3_000);
  expect(lists).toBe(2);
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
  let lists = 0;
  state.afterList = async () => {
    lists += 1;
  };
  const removedAt = world.clock.now();
  while ((await world.deployment(id)).state === "running") await world.clock.advance(100);
  expect(await world.story(id)).toContain("sheep-1 vanished");
  // The one that was announced, the first after three seconds from when it was made, two more; then it is looked for.
  expect(lists).toBe(4);
  expect(world.clock.now() - removedAt).toBeLessThan(3_000 + 2 * 2_200 + 200);
});
