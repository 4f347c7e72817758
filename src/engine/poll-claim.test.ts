import { expect, test } from "vitest";
import { flock } from "./flock.testsuite.ts";
import { POLL_CLAIM_MS } from "./poll-claim.ts";

/** An account whose next list takes so long to answer, and is due; nobody polls. */
async function slowList(delayMs: number) {
  const { world } = await flock(1, { traits: { callTimeoutMs: { create: 60_000, other: 60_000 } } });
  await world.engine1.stop();
  await world.clock.advance(90_000);
  world.operator("east").addFaults([{ on: "list", do: { kind: "delay", ms: delayMs } }]);
  return world;
}

test("an account whose process dies in the middle of a poll is somebody else's as soon as the claim has run out", async () => {
  const world = await slowList(50_000);
  expect(POLL_CLAIM_MS).toBeLessThanOrEqual(15_000);
  // Whose clock stands still makes no claim last.
  const dead = world.engine({ clock: { ...world.deps.clock, sleep: () => new Promise(() => {}) } });
  void dead.round("poll");
  await world.clock.advance(POLL_CLAIM_MS - 1_000);
  expect(await world.clock.until(world.engine().round("poll"))).toBe(0);
  await world.clock.advance(2_000);
  expect(await world.clock.until(world.engine().round("poll"))).toBe(1);
});

test("a poll that goes on for longer than its claim keeps its account", async () => {
  const world = await slowList(50_000);
  const polling = world.engine().round("poll");
  await world.clock.advance(POLL_CLAIM_MS + 20_000);
  expect(await world.clock.until(world.engine().round("poll"))).toBe(0);
  await world.clock.until(polling);
  expect((await world.account("east")).health).toBe("healthy");
});
