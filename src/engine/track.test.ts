// What the tracker and the sweeper conclude, and what they do not.

import { expect, test } from "vitest";
import { accountId, type DeploymentId, machineId } from "../core/ids.ts";
import { OWNER_LABELS } from "../core/machine.ts";
import { sampleAccount, sampleChanges } from "../ports/store.samples.ts";
import type { Store } from "../ports/store.ts";
import { EAST, externalIds, firstId, flock } from "./flock.testsuite.ts";
import { createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

test("a machine that goes away is vanished after three lists and a look", async () => {
  const { world, id } = await flock(2);
  world.operator("east").vanish(firstId(world));
  // Settled accounts are polled once a minute; the first list without it makes them faster.
  await world.clock.advance(60_000);
  await world.clock.advance(10_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
  expect(await world.story(id)).toContain("sheep-1 vanished");
});

test("two lists without a machine are not enough", async () => {
  const { world, id } = await flock(2);
  world.operator("east").addFaults([{ on: "list", do: { kind: "list_empty" }, times: 2 }]);
  await world.clock.advance(200_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect((await world.machines(id)).map(({ missing }) => missing)).toEqual([0, 0]);
});

test("a machine missing from every list, that a look still finds, stays", async () => {
  const { world, id } = await flock(2);
  world.operator("east").addFaults([{ on: "list", do: { kind: "list_empty" }, times: "always" }]);
  await world.clock.advance(300_000);
  expect((await world.deployment(id)).state).toBe("running");
});

test("a partial list changes nothing", async () => {
  const { world, id } = await flock(2);
  world.operator("east").vanish(firstId(world));
  world.operator("east").addFaults([{ on: "list", do: { kind: "list_partial", realms: ["east-1"] }, times: "always" }]);
  await world.clock.advance(600_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect((await world.account("east")).health).toBe("healthy");
});

test("a cloud that does not answer loses no machine: it is unreachable, and healthy again by itself", async () => {
  const { world, id } = await flock(2);
  world.operator("east").setOutage(true);
  await world.clock.advance(180_000);
  expect((await world.account("east")).health).toBe("unreachable");
  expect((await world.deployment(id)).state).toBe("running");
  // However often it was asked in vain: one warning for the change, and one line for the way back.
  const changes = () => world.logged("account's health changed").map(({ level, from, to }) => ({ level, from, to }));
  const lost = { level: 40, from: "healthy", to: "unreachable" };
  expect(world.logged("poll failed").length).toBeGreaterThan(5);
  expect(changes().slice(1)).toEqual([lost]);
  expect(world.lines.filter(({ level }) => Number(level) >= 40)).toHaveLength(1);
  world.operator("east").setOutage(false);
  const readAt = (await world.account("east")).usageAt ?? 0;
  await world.clock.advance(60_000);
  expect((await world.account("east")).health).toBe("healthy");
  expect(changes().slice(1)).toEqual([lost, { level: 30, from: "unreachable", to: "healthy" }]);
  expect((await world.account("east")).usageAt).toBeGreaterThan(readAt);
});

test("a bug in a provider that every poll meets is told once, with the change of health, and another one anew", async () => {
  let bug: ((no: number) => Error) | null = null;
  let polls = 0;
  const { world, id } = await flock(1, {
    ...EAST,
    wrap: (provider) => ({
      ...provider,
      open(account, credentials) {
        const cloud = provider.open(account, credentials);
        const list: typeof cloud.list = (...asked) =>
          bug === null ? cloud.list(...asked) : Promise.reject(bug((polls += 1)));
        return { ...cloud, list };
      },
    }),
  });
  const told = () => world.lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg);
  bug = (no) => new TypeError(`nothing at ${no}`);
  await world.clock.advance(600_000);
  expect(polls).toBeGreaterThan(20);
  expect(told().toSorted()).toEqual(["account's health changed", "provider broke"]);
  expect(world.logged("provider broke")).toHaveLength(polls);
  expect(await world.account("east")).toMatchObject({
    health: "unreachable",
    healthText: "provider sim failed in a way it does not know; the log has the details",
  });
  bug = (no) => new RangeError(`too far by ${no}`);
  await world.clock.advance(600_000);
  expect(told()).toHaveLength(3);
  bug = null;
  await world.clock.advance(60_000);
  expect((await world.account("east")).health).toBe("healthy");
  expect((await world.deployment(id)).state).toBe("running");
  expect(told()).toHaveLength(3);
});

test("a bug that keeps an account from being opened is the account's trouble, told once and without secrets", async () => {
  let isBroken = false;
  const { world, id } = await flock(1, {
    ...EAST,
    wrap: (provider) => ({
      ...provider,
      open(account, credentials) {
        if (isBroken) throw new TypeError(`bad ${credentials["key"]}`);
        return provider.open(account, credentials);
      },
    }),
  });
  isBroken = true;
  await world.engine1.stop();
  await world.engine().start();
  await world.clock.advance(300_000);
  const lines = world.lines.filter(({ level }) => Number(level) >= 40);
  expect(lines).toMatchObject([
    { msg: "provider broke", account: "east", what: "open" },
    { msg: "account's health changed", to: "unreachable" },
  ]);
  expect(lines[0]?.["error"]).toContain("bad [redacted]");
  isBroken = false;
  await world.clock.advance(60_000);
  expect((await world.account("east")).health).toBe("healthy");
  expect((await world.deployment(id)).state).toBe("running");
});

test("refused credentials suspend the account with the cloud's words, and a good poll lifts it", async () => {
  const { world } = await flock(1);
  world.operator("east").setSuspended("east", true);
  await world.clock.advance(80_000);
  const { health, healthText } = await world.account("east");
  expect(health).toBe("suspended");
  expect(healthText).not.toBeNull();
  world.operator("east").setSuspended("east", false);
  await world.clock.advance(80_000);
  expect((await world.account("east")).health).toBe("healthy");
});

test("when everything seems gone at once the meltdown guard holds, until the account shows machines again", async () => {
  const { world, id } = await flock(6);
  const operator = world.operator("east");
  operator.addFaults([{ on: "list", do: { kind: "list_empty" }, times: "always" }]);
  for (const machine of externalIds(world).slice(0, 3)) operator.vanish(machine);
  await world.clock.advance(600_000);
  expect((await world.account("east")).alert?.text).toContain("account east in east-1 shows none of its 6 machines");
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.logged("meltdown suspected")).toHaveLength(1);

  // Lists begin to count again from nothing.
  operator.clearFaults();
  while ((await world.account("east")).alert !== null) await world.clock.advance(500);
  expect((await world.machines(id)).map(({ missing }) => missing)).toEqual([1, 1, 1, 0, 0, 0]);
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
});

test("a list that shows nothing but strays is a meltdown as well", async () => {
  const { world, id } = await flock(6);
  const operator = world.operator("east");
  for (const machine of externalIds(world)) operator.vanish(machine);
  const labels = { [OWNER_LABELS.installation]: world.deps.installation };
  operator.plant("east", { realm: "east-1", size: "small", image: "debian-12", name: "sw-lost", labels });
  await world.clock.advance(90_000);
  expect((await world.account("east")).alert?.text).toContain("account east in east-1 shows none of its 6 machines");
  expect((await world.deployment(id)).state).toBe("running");
});

test("machines stopped on purpose, however many, are no meltdown", async () => {
  const { world, id } = await flock(8);
  await world.store.write(async (tx) => {
    const { ids, now } = await tx.lock([id]);
    for (const { deployment } of await tx.snapshots(ids)) {
      await tx.apply([sampleChanges({ ...deployment, stopAskedAt: now, wakeAt: now })]);
    }
  });
  await world.clock.advance(120_000);
  expect((await world.deployment(id)).state).toBe("stopped");
  expect(world.logged("meltdown suspected")).toEqual([]);
});

test("a stray is marked, looked at again after a minute, and only then destroyed; foreign machines are never touched", async () => {
  const { world } = await flock(1);
  const operator = world.operator("east");
  const place = { realm: "east-1", size: "small", image: "debian-12" };
  const labels = { [OWNER_LABELS.installation]: world.deps.installation };
  const stray = operator.plant("east", { ...place, name: "sw-dep0000lost1-a1-db-t1", labels }).id;
  const foreign = operator.plant("east", { ...place, name: "sw-dep000000001-a1-db-t1" }).id;
  const other = { ...place, name: "theirs", labels: { [OWNER_LABELS.installation]: "another0001" } };
  const theirs = operator.plant("east", other).id;
  await world.clock.advance(75_000);
  expect(world.logged("stray found")).toHaveLength(1);
  expect(externalIds(world)).toContain(stray);
  await world.clock.advance(60_000);
  expect(externalIds(world)).not.toContain(stray);
  expect(externalIds(world)).toEqual(expect.arrayContaining([foreign, theirs]));
  expect(externalIds(world)).toHaveLength(3);
});

test("a stray that ends by itself is closed by the list that shows it, before its look", async () => {
  const { world } = await flock(1, { clouds: [{ name: "east", lingerMs: 600_000 }] });
  const labels = { [OWNER_LABELS.installation]: world.deps.installation };
  const place = { realm: "east-1", size: "small", image: "debian-12", name: "sw-lost" };
  const stray = world.operator("east").plant("east", { ...place, labels }).id;
  while (world.logged("stray found").length === 0) await world.clock.advance(1_000);
  world.operator("east").kill(stray, { to: "terminated" });
  await world.store.write(async (tx) => tx.pollBy(sampleAccount().id, await tx.now()));
  await world.clock.advance(5_000);
  const row = await world.store.read((tx) => tx.machine(machineId("sw-lost")));
  expect(row).toMatchObject({ state: "gone", observed: "gone", destroyedAt: null });
});

test("news that came between list and lock are newer than the list", async () => {
  const { world, id } = await flock(1);
  let listed = false;
  const store: Store = {
    ...world.store,
    async write(act) {
      const result = await world.store.write((tx) =>
        act({
          ...tx,
          compareListing(account, page) {
            listed = true;
            return tx.compareListing(account, page);
          },
        }),
      );
      if (listed) await hearFrom(world, id);
      listed = false;
      return result;
    },
  };
  await world.engine1.stop();
  world.operator("east").kill(firstId(world));
  await world.clock.advance(60_000);
  await world.clock.until(world.engine({ store }).round("poll"));
  expect(await world.machines(id)).toMatchObject([{ observed: "running", privateAddress: "10.9.9.9" }]);
  // What the list showed may have been right: the next one comes soon, and tells.
  await world.engine().start();
  await world.clock.advance(3_000);
  expect(await world.machines(id)).toMatchObject([{ observed: "stopped" }]);
});

/** Something else than the list tells that the machine runs. */
async function hearFrom(world: World, id: DeploymentId): Promise<void> {
  await world.store.write(async (tx) => {
    const { ids, now } = await tx.lock([id]);
    for (const { deployment, machines } of await tx.snapshots(ids)) {
      const heard = machines.map((row) => ({ ...row, observedAt: now + 1, privateAddress: "10.9.9.9" }));
      await tx.apply([sampleChanges(deployment, { machines: heard })]);
    }
  });
}

test("a poll that was overtaken concludes nothing", async () => {
  const { world, id } = await flock(1);
  await world.engine1.stop();
  const operator = world.operator("east");
  operator.addFaults([
    { on: "list", do: { kind: "list_empty" } },
    { on: "list", do: { kind: "delay", ms: 70_000 } },
  ]);
  await world.clock.advance(90_000);
  const frozen = world.engine({ clock: { ...world.deps.clock, sleep: () => new Promise(() => {}) } });
  const late = frozen.round("poll");
  await world.clock.advance(61_000);
  await world.clock.until(world.engine().round("poll"));
  await world.clock.until(late);
  expect(await world.machines(id)).toMatchObject([{ missing: 0 }]);
});

test("a create in doubt is adopted as soon as a list shows it", async () => {
  const world = await createWorld({ ...EAST, traits: { usualBootMs: 1_000 } });
  await world.engine().start();
  await world.clock.advance(1_000);
  world.operator("east").addFaults([
    { on: "create", do: { kind: "lose_answer" } },
    // The look-up by name stays blind for long; the list does not.
    { on: "findByName", do: { kind: "list_empty" }, times: "always" },
  ]);
  const id = await world.launch(flockBlueprint(1));
  await world.clock.advance(50_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(1);
});

test("many pages are read one after the other", async () => {
  const { world } = await flock(7, { clouds: [{ name: "east", pageSize: 2 }] });
  world.operator("east").vanish(firstId(world));
  await world.clock.advance(90_000);
  const [missing] = world.datacentre.billing.intervals().filter(({ to }) => to !== null);
  expect(missing).toBeDefined();
  expect(externalIds(world)).toHaveLength(6);
});

test("what is said of an account during a poll outlasts it, until a poll that began later", async () => {
  let afterList: (() => Promise<void>) | null = null;
  const { world } = await flock(1, {
    ...EAST,
    wrap: (provider) => ({
      ...provider,
      open(account, credentials) {
        const cloud = provider.open(account, credentials);
        return {
          ...cloud,
          async list(...asked) {
            const listing = await cloud.list(...asked);
            await afterList?.();
            return listing;
          },
        };
      },
    }),
  });
  const refused = { health: "suspended", healthText: "creates are refused" } as const;
  afterList = async () => {
    afterList = null;
    const account = await world.account("east");
    await world.store.write((tx) => tx.putAccount({ ...account, ...refused }, null));
  };
  const pull = () => world.store.write((tx) => tx.pollBy(accountId("acc-east"), world.clock.now()));
  await pull();
  await world.clock.advance(2_000);
  expect(await world.account("east")).toMatchObject(refused);
  await pull();
  await world.clock.advance(2_000);
  expect((await world.account("east")).health).toBe("healthy");
});

test("offers are read at first and every hour, usage every minute", async () => {
  const { world } = await flock(1);
  const first = await world.account("east");
  expect(first.offersAt).not.toBeNull();
  await world.clock.advance(180_000);
  const later = await world.account("east");
  expect(later.offersAt).toBe(first.offersAt);
  expect(later.usageAt).toBeGreaterThan((first.usageAt ?? 0) + 60_000);
  await world.clock.advance(3_600_000);
  expect((await world.account("east")).offersAt).toBeGreaterThan(first.offersAt ?? Infinity);
});

test("a throttled list pauses the account, and is no matter of health", async () => {
  const { world } = await flock(1);
  const throttled = { kind: "refuse", code: "throttled", retryAfterMs: 300_000 } as const;
  world.operator("east").addFaults([{ on: "list", do: throttled }]);
  await world.clock.advance(90_000);
  const { limiter, health } = await world.account("east");
  expect(health).toBe("healthy");
  expect(limiter.pausedUntil).toBeGreaterThan(world.clock.now() + 200_000);
  expect((await world.store.read((tx) => tx.nextDue())).poll).toBe(limiter.pausedUntil);
});

test("changed credentials are judged by the very next poll", async () => {
  const { world } = await flock(1);
  await world.engine1.stop();
  const engine = world.engine();
  const pollWith = async (key: string): Promise<string> => {
    const account = { ...(await world.account("east")), pollAt: world.clock.now() };
    await world.store.write((tx) => tx.putAccount(account, world.deps.secrets.seal(JSON.stringify({ key }))));
    await world.clock.until(engine.round("poll"));
    return (await world.account("east")).health;
  };
  expect([await pollWith("east-key"), await pollWith("wrong"), await pollWith("east-key")]).toEqual([
    "healthy",
    "suspended",
    "healthy",
  ]);
});
