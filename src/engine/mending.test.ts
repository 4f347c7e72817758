// An account that can be used again: by other credentials, or since its cloud is back.

import { expect, test } from "vitest";
import { EAST, flock } from "./flock.testsuite.ts";
import { sampleChanges } from "../ports/store.samples.ts";
import { createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

async function setKey(world: World, key: string): Promise<void> {
  const account = { ...(await world.account("east")), pollAt: world.clock.now() };
  await world.store.write((tx) => tx.putAccount(account, world.deps.secrets.seal(JSON.stringify({ key }))));
}

test("what is refused to credentials that were replaced meanwhile is sent again with those that stand, and fails nothing", async () => {
  const world = await createWorld(EAST);
  const engine = world.engine();
  const round = (kind: "advance" | "call" | "poll") => world.clock.until(engine.round(kind));
  await round("poll");
  const { health } = await world.account("east");
  expect(health).toBe("healthy");
  await setKey(world, "wrong");
  // The session with the wrong key is kept for some seconds.
  await round("poll");
  const suspended = await world.account("east");
  expect(suspended.health).toBe("suspended");
  await world.store.write((tx) => tx.putAccount({ ...suspended, health, healthText: null }, null));
  await setKey(world, "east-key");
  const id = await world.launch(flockBlueprint(1));
  await round("advance");
  await round("call");
  expect(await world.machines(id)).toMatchObject([{ state: "intent", call: "create", sentAt: null, failures: 0 }]);
  await round("call");
  expect(await world.machines(id)).toMatchObject([{ state: "made" }]);
  expect((await world.account("east")).health).toBe("healthy");
});

test("what is refused to credentials that stand is refused", async () => {
  const world = await createWorld(EAST);
  const engine = world.engine();
  await world.clock.until(engine.round("poll"));
  const id = await world.launch(flockBlueprint(1));
  await world.clock.until(engine.round("advance"));
  world.operator("east").addFaults([{ on: "create", do: { kind: "refuse", code: "wrong_key" } }]);
  await world.clock.until(engine.round("call"));
  expect(await world.machines(id)).toMatchObject([{ state: "refused" }]);
});

/** Asked to stop while its cloud is away, and not gone for so long that it is tried every quarter of an hour. */
async function owing(): Promise<{ world: World; id: Awaited<ReturnType<typeof flock>>["id"] }> {
  const { world, id } = await flock(2);
  world.operator("east").setOutage(true);
  await world.store.write(async (tx) => {
    const { ids, now } = await tx.lock([id]);
    for (const { deployment } of await tx.snapshots(ids)) {
      await tx.apply([sampleChanges({ ...deployment, stopAskedAt: now, wakeAt: now })]);
    }
  });
  await world.clock.advance(60 * 60_000);
  expect((await world.account("east")).health).toBe("unreachable");
  expect((await world.machines(id)).map(({ debtSince }) => debtSince !== null)).toEqual([true, true]);
  return { world, id };
}

test("an account whose cloud is back makes due what waited for it, with the very list that shows so", async () => {
  const { world, id } = await owing();
  const nextTries = (await world.machines(id)).map(({ callAt }) => (callAt ?? 0) - world.clock.now());
  expect(Math.min(...nextTries)).toBeGreaterThan(30_000);
  world.operator("east").setOutage(false);
  await world.clock.advance(20_000);
  expect((await world.machines(id)).map(({ state }) => state)).toEqual(["gone", "gone"]);
  expect(world.logged("what waited for the account is due")).toMatchObject([{ account: "east", debts: 2, calls: 0 }]);
});
