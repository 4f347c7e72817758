// What pools and users may hold and what they hold: as a decision sees it, and never more, however many decide at once.

import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import { amountIn, type QuotaLimit, UNLIMITED } from "../../core/market/amount.ts";
import type { User } from "../../core/people/grants.ts";
import type { Store } from "../store.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleChanges,
  sampleMachine,
  samplePlacement,
  samplePool,
} from "../store.samples.ts";
import { change, HOUR_MS, launch, nthId, putMachines, raceOn, type Stage, times } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

const userOf = (name: string, limit: Partial<QuotaLimit>): User => ({
  name,
  enabled: true,
  groups: [],
  subject: null,
  claims: [],
  grants: [],
  limit: { ...UNLIMITED, ...limit },
  createdAt: SAMPLE_TIME - 1_000,
});

const TAKES = {
  instances: 1,
  cpu: 2,
  memoryMib: 512,
  hourlyMicros: 10_000,
  "own/accelerators/h100": 2,
  "cpu/spot-g": 2,
};

/** Two pools, of an account each. */
async function openPools(store: Store, limit: Partial<QuotaLimit> = {}): Promise<void> {
  await store.write(async (tx) => {
    for (const id of [EAST, WEST]) await tx.putAccount(sampleAccount({ id, name: id }), null);
    const limits = { ...UNLIMITED, ...limit };
    const member = { group: 0, weight: 0 };
    await tx.putPool(samplePool({ name: "default", members: [{ account: EAST, ...member }], limit: limits }));
    await tx.putPool(samplePool({ name: "west", members: [{ account: WEST, ...member }] }));
  });
}

const placed = (n: number, count: number, account = EAST) =>
  times(count).map((i) => samplePlacement({ deployment: nthId(n), instance: `i${i}`, account, takes: TAKES }));

/** A launch by somebody that holds so many. */
async function hold(
  store: Store,
  n: number,
  of: { readonly by: string; readonly pool?: string; readonly count: number; readonly createdAt?: number },
): Promise<void> {
  const { by: createdBy, pool = "default", count, createdAt = SAMPLE_TIME } = of;
  const account = pool === "default" ? EAST : WEST;
  await launch(store, { id: nthId(n), name: `d${n}`, pool, createdBy, createdAt });
  await change(store, nthId(n), () => ({
    deployment: { state: "pending", attemptNo: 1 },
    attempts: [sampleAttempt({ deployment: nthId(n), account })],
    placements: placed(n, count, account),
  }));
}

export function quotaSuite(stage: Stage): void {
  test("limits are kept in every dimension, of pools and of users", async () => {
    const { store } = stage;
    const limit = {
      ...UNLIMITED,
      instances: 4,
      storageGib: 10.5,
      accelerators: 2,
      deployments: 3,
      families: { "accelerators/h100": 2, "cpu/spot-g": 0 },
    };
    await openPools(store, limit);
    await store.write((tx) => tx.putUser(userOf("ada", limit)));
    await store.write((tx) => tx.putUser(userOf("bob", {})));
    const kept = await store.read(async (tx) => [(await tx.pools())[0]?.limit, (await tx.access()).users[0]?.limit]);
    expect(kept).toEqual([limit, limit]);
    const all = await store.read((tx) => tx.quotas());
    expect(all.map((one) => `${one.of} ${one.name}`)).toEqual(["pool default", "pool west", "user ada", "user bob"]);
    expect(all.map((one) => one.limit)).toEqual([limit, UNLIMITED, limit, UNLIMITED]);
    expect(all.map((one) => one.held)).toEqual([{}, {}, {}, {}]);
  });

  test("a user holds what they launched in any pool since the name is theirs, until it is given back", async () => {
    const { store } = stage;
    await openPools(store, { deployments: 20 });
    await store.write((tx) => tx.putUser(userOf("ada", { deployments: 9 })));
    await store.write((tx) => tx.putUser(userOf("bob", {})));
    await hold(store, 1, { by: "ada", count: 2 });
    await hold(store, 2, { by: "ada", pool: "west", count: 1 });
    await hold(store, 3, { by: "ada", count: 4, createdAt: SAMPLE_TIME - 2_000 });
    await hold(store, 4, { by: "bob", count: 3 });
    const sum = (count: number, deployments: number) => ({
      ...Object.fromEntries(Object.entries(TAKES).map(([dimension, amount]) => [dimension, amount * count])),
      deployments,
    });
    const [market, plain] = await store.write(async (tx) => [
      (await tx.markets(["default"], ["ada", "bob", "nobody"])).get("default"),
      await tx.market("default", ["ada"]),
    ]);
    expect(market?.users).toEqual([
      {
        name: "ada",
        since: SAMPLE_TIME - 1_000,
        limit: { ...UNLIMITED, deployments: 9 },
        held: sum(3, 2),
        heldHere: {},
      },
    ]);
    expect(plain?.users).toEqual(market?.users);
    expect(market?.poolHeld).toEqual(sum(9, 3));
    expect((await store.read((tx) => tx.market("default")))?.users).toEqual([]);
    const held = async () =>
      new Map((await store.read((tx) => tx.quotas())).map(({ of, name, held: has }) => [`${of} ${name}`, has]));
    expect(await held()).toEqual(
      new Map([
        ["pool default", sum(9, 3)],
        ["pool west", sum(1, 1)],
        ["user ada", sum(3, 2)],
        ["user bob", sum(3, 1)],
      ]),
    );
    await change(store, nthId(1), () => ({
      placements: placed(1, 2).map((row) => ({ ...row, releasedAt: SAMPLE_TIME })),
    }));
    expect((await held()).get("user ada")).toEqual(sum(1, 1));
  });

  test("what each user may hold in a pool is kept, and weighed by what they launched there", async () => {
    const { store } = stage;
    await openPools(store);
    const userLimit = { ...UNLIMITED, cpu: 6, families: { "accelerators/h100": 2 } };
    await store.write(async (tx) => {
      const [pool] = (await tx.pools()).filter(({ name }) => name === "default");
      await tx.putPool(samplePool({ ...pool, userLimit }));
    });
    for (const name of ["ada", "bob"]) await store.write((tx) => tx.putUser(userOf(name, {})));
    await store.write((tx) => tx.putUser(userOf("cleo", { cpu: 100 })));
    await hold(store, 1, { by: "ada", count: 2 });
    await hold(store, 2, { by: "ada", pool: "west", count: 1 });
    await hold(store, 3, { by: "bob", count: 4 });
    await hold(store, 4, { by: "cleo", count: 1 });
    await hold(store, 5, { by: "ada", count: 3, createdAt: SAMPLE_TIME - 2_000 });
    const markets = await store.write((tx) => tx.markets(["default", "west"], ["ada", "bob", "cleo", "nobody"]));
    expect(markets.get("default")?.pool.userLimit).toEqual(userLimit);
    const cpus = (pool: string) =>
      (markets.get(pool)?.users ?? []).map(({ name, held, heldHere }) => {
        return [name, amountIn(held, "cpu"), amountIn(heldHere, "cpu"), amountIn(heldHere, "deployments")];
      });
    expect(cpus("default")).toEqual([
      ["ada", 0, 4, 1],
      ["bob", 0, 8, 1],
      ["cleo", 2, 2, 1],
    ]);
    expect(cpus("west")).toEqual([["cleo", 2, 0, 0]]);
    expect((await store.read((tx) => tx.market("default", ["bob"])))?.users).toEqual(
      markets.get("default")?.users.filter(({ name }) => name === "bob"),
    );
  });

  test("what a launch that has failed keeps in quarantine is held at its account, in its pool and by its user until it is given back", async () => {
    const { store } = stage;
    await openPools(store);
    await store.write((tx) => tx.putUser(userOf("ada", { instances: 9 })));
    await hold(store, 1, { by: "ada", count: 2 });
    const [id, failed] = [nthId(1), "i0"];
    const until = SAMPLE_TIME + HOUR_MS;
    await putMachines(store, id, [
      sampleMachine({ deployment: id, instance: failed, account: EAST, state: "made", quarantinedUntil: until }),
    ]);
    const givenBack = (instance: string) => placed(1, 2).filter((row) => row.instance === instance);
    // Its next attempt has come to nothing too, and has given everything back.
    await change(store, id, () => ({
      deployment: { state: "failed", attemptNo: 2, endedAt: SAMPLE_TIME, wakeAt: until },
      attempts: [sampleAttempt({ deployment: id, no: 2, account: EAST, endedAt: SAMPLE_TIME, outcome: "failed" })],
      placements: givenBack("i1").map((row) => ({ ...row, releasedAt: SAMPLE_TIME })),
    }));
    const held = async () => {
      const [market, all] = await store.write(async (tx) => [await tx.market("default", ["ada"]), await tx.quotas()]);
      const of = [market?.accounts[0]?.held, market?.poolHeld, market?.users[0]?.held, ...all.map((one) => one.held)];
      return of.map((one) => amountIn(one ?? {}, "own/accelerators/h100"));
    };
    // Of the account, the pool and the user to a decision, and of both pools and the user to people.
    expect(await held()).toEqual([2, 2, 2, 2, 0, 2]);
    // What gives it back sees it, and the machine.
    await change(store, id, ({ machines, placements }) => {
      expect(machines.map(({ quarantinedUntil }) => quarantinedUntil)).toEqual([until]);
      const own = placements.filter(({ instance }) => instance === failed);
      return {
        machines: machines.map((row) => ({ ...row, state: "gone", quarantinedUntil: null, closedAt: SAMPLE_TIME })),
        placements: own.map((row) => ({ ...row, releasedAt: SAMPLE_TIME })),
      };
    });
    expect(await held()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  const race = raceOn(stage);

  race("one user's launches in several pools never take more together than they may", async (store) => {
    await openPools(store);
    await store.write((tx) => tx.putUser(userOf("ada", { instances: 3 })));
    const all = times(8);
    for (const n of all) {
      await launch(store, { id: nthId(n), name: `d${n}`, pool: n % 2 === 0 ? "default" : "west", createdBy: "ada" });
    }
    const decide = async (n: number) =>
      store.write(async (tx) => {
        const [pool, account] = n % 2 === 0 ? ["default", EAST] : ["west", WEST];
        await tx.lock([nthId(n)]);
        const [snapshot] = await tx.snapshots([nthId(n)]);
        const [user] = (await tx.markets([pool], ["ada"])).get(pool)?.users ?? [];
        if (snapshot === undefined || user === undefined) throw new Error("nothing to decide");
        if (amountIn(user.held, "instances") >= 3) return false;
        const attempts = [sampleAttempt({ deployment: nthId(n), account })];
        const placements = placed(n, 1, account);
        await tx.apply([
          sampleChanges({ ...snapshot.deployment, state: "pending", attemptNo: 1 }, { attempts, placements }),
        ]);
        return true;
      });
    const took = await Promise.all(all.map(decide));
    expect(took.filter(Boolean)).toHaveLength(3);
  });
}
