import { UNLIMITED } from "../core/market/amount.ts";
import { expect, test } from "vitest";
import { type Store, StoreAway, type Tx } from "../ports/store.ts";
import { createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

const IDS = ["dep000000001", "dep000000002", "dep000000003"] as const;
const GUILTY = IDS[1];

/** The store, with one method of its transactions seen through. */
function through(store: Store, change: (tx: Tx) => Partial<Tx>): Store {
  return { ...store, write: (act) => store.write((tx) => act({ ...tx, ...change(tx) })) };
}

async function launched(): Promise<World> {
  const world = await createWorld();
  await world.clock.until(world.engine().round("poll"));
  for (const id of IDS) await world.launch(flockBlueprint(1), id);
  return world;
}

async function states(world: World): Promise<Record<string, string>> {
  const { rows } = await world.store.read((tx) => tx.deployments({ limit: 10 }));
  return Object.fromEntries(rows.map(({ deployment }) => [deployment.id, deployment.state]));
}

test("a batch that is refused is repeated one by one, and the guilty one is parked with an alarm", async () => {
  const world = await launched();
  const store = through(world.store, (tx) => ({
    async apply(changes) {
      const guilty = changes.find(({ deployment }) => deployment.id === GUILTY);
      if (guilty?.deployment.parked === null) throw new Error("violates a check");
      await tx.apply(changes);
    },
  }));
  const engine = world.engine({ store });
  expect(await engine.round("advance")).toBe(3);
  expect(await states(world)).toEqual({ [IDS[0]]: "pending", [GUILTY]: "new", [IDS[2]]: "pending" });
  expect(world.logged("deployment parked")).toMatchObject([
    { deployment: GUILTY, tries: 1, error: expect.stringContaining("violates a check") },
  ]);
  expect(await engine.round("advance")).toBe(0);
});

test("one that cannot even be parked holds up none of the others", async () => {
  const world = await launched();
  const store = through(world.store, (tx) => ({
    async apply(changes) {
      if (changes.some(({ deployment }) => deployment.id === GUILTY)) throw new Error("violates a check");
      await tx.apply(changes);
    },
  }));
  const engine = world.engine({ store });
  expect(await engine.round("advance")).toBe(3);
  expect(await states(world)).toEqual({ [IDS[0]]: "pending", [GUILTY]: "new", [IDS[2]]: "pending" });
  expect(world.logged("work broke")).toMatchObject([{ pump: "advance", row: GUILTY }]);
  expect(await engine.round("advance")).toBe(1);
});

test("a launch into a pool that was deleted meanwhile fails instead of being decided for ever", async () => {
  const world = await launched();
  await world.store.write((tx) => tx.deletePool("default"));
  const engine = world.engine();
  expect(await engine.round("advance")).toBe(3);
  expect(await engine.round("advance")).toBe(0);
  expect(Object.values(await states(world))).toEqual(["failed", "failed", "failed"]);
});

test("a failure that passes parks nobody", async () => {
  const world = await launched();
  let failures = 2;
  const store = through(world.store, (tx) => ({
    async apply(changes) {
      failures -= 1;
      if (failures >= 0) throw new Error("deadlock detected");
      await tx.apply(changes);
    },
  }));
  await world.engine({ store }).round("advance");
  expect(Object.values(await states(world))).toEqual(["pending", "pending", "pending"]);
  expect(world.logged("deployment parked")).toEqual([]);
});

test("a transaction that takes too long parks nobody, whoever holds it up", async () => {
  const world = await launched();
  const store = through(world.store, () => ({ apply: () => new Promise(() => {}) }));
  await expect(world.clock.until(world.engine({ store }).round("advance"))).rejects.toThrow(StoreAway);
  expect(world.logged("deployment parked")).toEqual([]);
  expect(Object.values(await states(world))).toEqual(["new", "new", "new"]);
  await world.engine().round("advance");
  expect(Object.values(await states(world))).toEqual(["pending", "pending", "pending"]);
});

test("a database that goes away parks nobody", async () => {
  const world = await launched();
  const store = through(world.store, () => ({
    apply: () => Promise.reject(new StoreAway("unreachable")),
  }));
  await expect(world.engine({ store }).round("advance")).rejects.toThrow(StoreAway);
  expect(Object.values(await states(world))).toEqual(["new", "new", "new"]);
  expect(world.logged("batch refused, deciding one by one")).toEqual([]);
  expect(await world.engine().round("advance")).toBe(3);
});

test("launches decided in one batch do not share the same quota", async () => {
  const world = await createWorld();
  await world.clock.until(world.engine().round("poll"));
  const limit = { ...UNLIMITED, instances: 4 };
  for (const name of ["east", "west"]) {
    const account = await world.account(name);
    await world.store.write((tx) => tx.putAccount({ ...account, limit }, null));
  }
  for (const id of IDS) await world.launch(flockBlueprint(3), id);
  await world.engine().round("advance");
  expect(Object.values(await states(world)).sort()).toEqual(["failed", "pending", "pending"]);
});

test("work goes on by itself after the database was away", async () => {
  const world = await createWorld();
  let away = false;
  const store: Store = {
    ...world.store,
    write: (act) => (away ? Promise.reject(new StoreAway("unreachable")) : world.store.write(act)),
    read: (act) => (away ? Promise.reject(new StoreAway("unreachable")) : world.store.read(act)),
  };
  await world.engine({ store }).start();
  await world.clock.advance(1_000);
  away = true;
  await world.clock.advance(60_000);
  const id = await world.launch();
  away = false;
  await world.clock.advance(30_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.logged("pump waits for the database").length).toBeGreaterThan(3);
});

test("an account that refuses a launch for its own sake is told once, when that is written", async () => {
  const world = await createWorld({ clouds: [{ name: "east" }] });
  await world.engine().start();
  await world.clock.advance(1_000);
  world.operator("east").addFaults([{ on: "create", do: { kind: "refuse", code: "forbidden" }, times: "always" }]);
  const id = await world.launch(flockBlueprint(3));
  await world.clock.advance(10_000);
  expect((await world.deployment(id)).state).toBe("failed");
  expect(world.logged("account suspended")).toMatchObject([{ level: 40, account: "east", deployment: id }]);
});
