// Looks at many machines of one account: several requests under one job.

import { expect, test } from "vitest";
import type { DeploymentId } from "../core/ids.ts";
import { type Cloud, ProviderFault } from "../ports/provider.ts";
import { sampleChanges, sampleFault } from "../ports/store.samples.ts";
import { flock } from "./flock.testsuite.ts";
import { clouded, createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

/** A flock that was asked to go, and whose looks are what `look` makes of them. */
async function leaving(count: number, lookMost: number, look: (cloud: Cloud, world: () => World) => Cloud["look"]) {
  const wrap = clouded((cloud) => ({ look: look(cloud, () => world) }));
  const { world, id }: Awaited<ReturnType<typeof flock>> = await flock(count, {
    clouds: [{ name: "east", removal: { kind: "fixed", ms: 100 } }],
    ...wrap,
    traits: { lookMost },
  });
  await stop(world, id);
  return { world, id };
}

const stop = (world: World, id: DeploymentId): Promise<void> =>
  world.store.write(async (tx) => {
    const { ids, now } = await tx.lock([id]);
    for (const { deployment } of await tx.snapshots(ids)) {
      await tx.apply([sampleChanges({ ...deployment, stopAskedAt: now, wakeAt: now })]);
    }
  });

const gone = async (world: World, id: DeploymentId): Promise<number> =>
  (await world.machines(id)).filter(({ state }) => state === "gone").length;

test("what each request says is written as it comes, and the rest keep their claim for as long as that takes", async () => {
  const { world, id } = await leaving(8, 1, (cloud, at) => async (machines, signal) => {
    await at().clock.sleep(4_000);
    return cloud.look(machines, signal);
  });
  const counts = new Set<number>();
  for (let second = 0; second < 40; second += 1) {
    await world.clock.advance(1_000);
    counts.add(await gone(world, id));
  }
  expect([...counts]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(world.logged("call not sent, its claim is too old")).toEqual([]);
  expect(world.logged("answer came too late")).toEqual([]);
});

test("a cloud that throttles a look for some of its machines is left alone, and tells of all in the end", async () => {
  const throttle = sampleFault({ class: "throttle", scope: "account", retryAfterMs: 7_000 });
  let looks = 0;
  const { world, id } = await leaving(8, 4, (cloud) => async (machines, signal) => {
    looks += 1;
    const said = [...(await cloud.look(machines, signal))];
    return new Map(said.map(([name, look], at) => [name, at === 0 ? look : { kind: "unknown", fault: throttle }]));
  });
  let paused = 0;
  for (let second = 0; second < 20; second += 1) {
    await world.clock.advance(1_000);
    const { pausedUntil } = (await world.account("east")).limiter;
    paused = Math.max(paused, (pausedUntil ?? 0) - world.clock.now());
  }
  // The second request of the job waits as well.
  expect([paused > 5_000, looks <= 3]).toEqual([true, true]);
  await world.clock.advance(600_000);
  expect(await gone(world, id)).toBe(8);
});

test("a cloud that throttles all that asks for many at once is asked for fewer and fewer, and tells of all in the end", async () => {
  const throttle = sampleFault({ class: "throttle", scope: "account", retryAfterMs: 1_000 });
  const sizes: number[] = [];
  const { world, id } = await leaving(12, 12, (cloud) => (machines, signal) => {
    sizes.push(machines.length);
    if (machines.length > 2) throw new ProviderFault(throttle);
    return cloud.look(machines, signal);
  });
  // No list tells of them either.
  world.operator("east").addFaults([{ on: "list", times: "always", do: { kind: "refuse", code: "throttled" } }]);
  await world.clock.advance(1_800_000);
  expect(await gone(world, id)).toBe(12);
  expect(Math.max(...sizes)).toBeGreaterThan(2);
});

test("lists that come whole end the longer pauses of an account that is asked for nothing else", async () => {
  const world = await createWorld({ clouds: [{ name: "east" }] });
  await world.engine().start();
  await world.clock.advance(1_000);
  const { id } = await world.account("east");
  await world.store.write((tx) => tx.setLimiter(id, { parallel: 1 / 64, pausedUntil: null }));
  await world.clock.advance(1_800_000);
  expect((await world.account("east")).limiter.parallel).toBe(1);
});

test("machines that nobody knows of are searched for together", async () => {
  const searches: number[] = [];
  const lost = new ProviderFault(sampleFault({ class: "transient", effect: "unknown" }));
  const world = await createWorld({
    clouds: [{ name: "east" }],
    ...clouded((cloud) => ({
      async create(request, keep, signal) {
        await cloud.create(request, keep, signal);
        throw lost;
      },
      lookup(installation, machines, signal) {
        searches.push(machines.length);
        return cloud.lookup(installation, machines, signal);
      },
    })),
  });
  await world.engine().start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(24));
  await world.clock.advance(20_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(searches.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(24);
  expect(searches.length).toBeLessThanOrEqual(16);
  expect(Math.max(...searches)).toBeGreaterThan(2);
});

test("what was learnt before a request that hangs is known, and what comes after it goes back", async () => {
  let asked = 0;
  const { world, id } = await leaving(6, 2, (cloud) => (machines, signal) => {
    asked += 1;
    return asked === 1 ? cloud.look(machines, signal) : new Promise(() => {});
  });
  while (asked < 2) await world.clock.advance(100);
  expect(await gone(world, id)).toBe(2);
  await world.clock.advance(16_000);
  // Of the four others two had no answer so far; the other two were not asked in the same job.
  const failed = (await world.machines(id)).filter(({ fault }) => fault?.code === "timeout");
  expect(failed).toHaveLength(2);
  expect(world.logged("call answered").filter(({ outcome }) => outcome === "not_sent")).toHaveLength(2);
});

test("machines that are each looked at without an answer are as a request that hangs", async () => {
  const fault = { class: "transient", scope: "realm", effect: "none", retryAfterMs: null, requestId: null } as const;
  const { world } = await leaving(6, 2, () => async (machines) => {
    const silent = { kind: "unknown", fault: { ...fault, code: "ETIMEDOUT", text: "silence" } } as const;
    return new Map(machines.map(({ name }) => [name, silent]));
  });
  const before = (await world.account("east")).limiter.parallel;
  while (world.logged("call failed").length === 0) await world.clock.advance(100);
  const back = world.logged("call answered").filter(({ outcome }) => outcome === "not_sent");
  expect(back.length).toBeGreaterThanOrEqual(4);
  expect((await world.account("east")).limiter.parallel).toBeLessThan(before);
});
