// What a second list of an account costs and finds, beside one of a process that knows nothing of the first.

import { expect, test } from "vitest";
import { type DeploymentId, machineId } from "../core/ids.ts";
import { OWNER_LABELS } from "../core/machine.ts";
import { type Cloud, ProviderFault } from "../ports/provider.ts";
import { sampleChanges, sampleFault, sampleMachine } from "../ports/store.samples.ts";
import type { Store, Tx } from "../ports/store.ts";
import { firstId, flock } from "./flock.testsuite.ts";
import { clouded, type World } from "./world.testsuite.ts";

type Listening = Readonly<{ compared: string[][]; counted: (readonly string[] | "by names")[] }>;

/** What is compared, and counted, in SQL. */
function heard(store: Store): { store: Store; heard: Listening } {
  const log: Listening = { compared: [], counted: [] };
  const listening = (tx: Tx): Tx => ({
    ...tx,
    compareListing(id, page) {
      log.compared.push(page.map(({ name }) => name));
      return tx.compareListing(id, page);
    },
    countMissing(id, listed, before) {
      log.counted.push("names" in listed ? "by names" : listed.absent);
      return tx.countMissing(id, listed, before);
    },
  });
  return { store: { ...store, write: (act) => store.write((tx) => act(listening(tx))) }, heard: log };
}

/** A flock of six on three pages, nobody at work, and an engine that polls when told to. */
async function settled() {
  /** Machines that lists do not show. */
  const hidden = new Set<string>();
  /** Asked before each page. */
  const ahead: { page: ((no: number) => Promise<void>) | null } = { page: null };
  const pages: string[][] = [];
  const hiding = (given: Cloud): Partial<Cloud> => ({
    async list(installation, cursor, signal) {
      if (cursor === null) pages.length = 0;
      await ahead.page?.(pages.length);
      const listing = await given.list(installation, cursor, signal);
      pages.push(listing.machines.map(({ name }) => name));
      return { ...listing, machines: listing.machines.filter(({ name }) => !hidden.has(name)) };
    },
  });
  const { world, id } = await flock(6, { clouds: [{ name: "east", pageSize: 2 }], ...clouded(hiding) });
  await world.clock.advance(10_000);
  await world.engine1.stop();
  const { store, heard: log } = heard(world.store);
  const account = (await world.account("east")).id;
  const pollWith = (engine: ReturnType<World["engine"]>) => async (): Promise<Listening> => {
    const [compared, counted] = [log.compared.length, log.counted.length];
    await world.store.write(async (tx) => tx.pollBy(account, await tx.now()));
    await world.clock.until(engine.round("poll"));
    return { compared: log.compared.slice(compared), counted: log.counted.slice(counted) };
  };
  const names = (await world.machines(id)).map((row) => row.id);
  return {
    world,
    id,
    hidden,
    ahead,
    pages,
    names,
    poll: pollWith(world.engine({ store })),
    other: pollWith(world.engine({ store })),
  };
}

/** Somebody else has seen it otherwise. */
async function writeUnknown(world: World, id: DeploymentId, name: string): Promise<void> {
  await world.store.write(async (tx) => {
    const { ids } = await tx.lock([id]);
    for (const { deployment, machines } of await tx.snapshots(ids)) {
      const rows = machines.filter((row) => row.id === name).map((row) => ({ ...row, observed: "unknown" as const }));
      await tx.apply([sampleChanges(deployment, { machines: rows })]);
    }
  });
}

const nameOf = async (world: World, id: DeploymentId, externalId: string): Promise<string> =>
  (await world.machines(id)).find((row) => row.externalId === externalId)?.id ?? "none";

test("the first list is compared whole, and one in which nothing changed costs no comparison and no count", async () => {
  const { poll, names } = await settled();
  const first = await poll();
  expect(first.compared.flat().toSorted()).toEqual(names.toSorted());
  expect(first.counted).toEqual(["by names"]);
  expect(await poll()).toEqual({ compared: [], counted: [] });
});

test("only what is shown otherwise is compared, until it is as the ledger has it", async () => {
  const { world, id, poll } = await settled();
  await poll();
  const external = firstId(world);
  const name = await nameOf(world, id, external);
  world.operator("east").kill(external);
  expect((await poll()).compared).toEqual([[name]]);
  expect((await world.machines(id)).find((row) => row.id === name)?.observed).toBe("stopped");
  expect((await poll()).compared).toEqual([[name]]);
  expect((await poll()).compared).toEqual([]);
});

test("what the ledger wrote is compared, though the list shows it as before", async () => {
  const { world, id, poll, names } = await settled();
  await poll();
  const told = names[5] ?? "";
  await writeUnknown(world, id, told);
  expect((await poll()).compared).toEqual([[told]]);
  expect((await world.machines(id)).find((row) => row.id === told)?.observed).toBe("running");
});

test("whoever is gone from the list is counted alone, each time, and no more once it is back", async () => {
  const { world, id, hidden, poll, names } = await settled();
  await poll();
  const [, name = ""] = names;
  const missing = async () => (await world.machines(id)).find((row) => row.id === name)?.missing;
  hidden.add(name);
  for (const times of [1, 2, 3]) {
    expect(await poll()).toMatchObject({ compared: [], counted: [[name]] });
    expect(await missing()).toBe(times);
  }
  hidden.clear();
  expect((await poll()).counted).toEqual([[]]);
  expect(await missing()).toBe(0);
  await poll();
  expect(await poll()).toEqual({ compared: [], counted: [] });
});

test("a count that another process has begun goes on, and ends, at this one", async () => {
  const { world, id, hidden, poll, other, names } = await settled();
  await poll();
  const [, , name = ""] = names;
  const missing = async () => (await world.machines(id)).find((row) => row.id === name)?.missing;
  hidden.add(name);
  await other();
  await poll();
  expect(await missing()).toBe(2);
  await other();
  expect(await missing()).toBe(3);
  hidden.clear();
  await poll();
  expect(await missing()).toBe(0);
});

test.for([
  ["between two lists", null],
  ["while a list is read", 2],
] as const)("a machine that was made %s is missed when lists do not show it", async ([, page]) => {
  const { world, ahead, poll } = await settled();
  await poll();
  const of = { deployment: null, instance: null, account: (await world.account("east")).id, realm: "east-1" };
  const now = await world.store.read((tx) => tx.now());
  const made = sampleMachine({ ...of, id: machineId("sw-lost"), state: "made", madeAt: now, call: null, callAt: null });
  const make = () => world.store.write((tx) => tx.putStray(made));
  const missing = async () => (await world.store.read((tx) => tx.machine(made.id)))?.missing;
  if (page === null) await make();
  else ahead.page = async (no) => (no === page ? make() : undefined);
  // Too young to count as yet.
  expect((await poll()).counted).toEqual([[made.id]]);
  ahead.page = null;
  expect(await missing()).toBe(0);
  await world.clock.advance(10_000);
  expect((await poll()).counted).toEqual([[made.id]]);
  expect(await missing()).toBe(1);
});

test("a list that broke off changes nothing that is known, and the next whole one counts", async () => {
  const { world, id, hidden, ahead, poll, names } = await settled();
  await poll();
  const [gone = ""] = names;
  hidden.add(gone);
  ahead.page = async (no) => {
    if (no === 1) throw new ProviderFault(sampleFault({ class: "transient", effect: "none" }));
  };
  expect(await poll()).toEqual({ compared: [], counted: [] });
  ahead.page = null;
  expect(await poll()).toEqual({ compared: [], counted: [[gone]] });
  expect((await world.machines(id)).filter(({ missing }) => missing > 0).map((row) => row.id)).toEqual([gone]);
});

test.for([
  ["on a later page", 1, 2_000],
  ["on the first page, before it came", 0, 60_000],
] as const)(
  "what is passed over %s, and written of before the list ends, is looked at again in time",
  async ([, no, ms]) => {
    const { world, id, ahead, pages, poll } = await settled();
    await poll();
    const [name = ""] = pages[no] ?? [];
    ahead.page = async (page) => {
      if (page === (no === 0 ? 0 : 2)) await writeUnknown(world, id, name);
    };
    const before = world.clock.now();
    const { compared } = await poll();
    expect(compared).toEqual(no === 0 ? [[name]] : []);
    expect((await world.account("east")).pollAt - before).toBeLessThanOrEqual(ms * 1.25);
    ahead.page = null;
    expect((await poll()).compared).toEqual([[name]]);
    expect((await world.machines(id)).find((row) => row.id === name)?.observed).toBe("running");
  },
);

test("a whole comparison comes again after an hour and a half at the most", async () => {
  const { world, poll, names } = await settled();
  await poll();
  await world.clock.advance(40 * 60_000);
  expect((await poll()).compared).toEqual([]);
  await world.clock.advance(40 * 60_000);
  expect((await poll()).compared.flat().toSorted()).toEqual(names.toSorted());
});

test("a stray and a double are seen at once, and again until they are settled", async () => {
  const { world, id, poll, names } = await settled();
  await poll();
  const labels = { [OWNER_LABELS.installation]: world.deps.installation };
  const place = { realm: "east-1", size: "small", image: "debian-12", labels };
  world.operator("east").plant("east", { ...place, name: "sw-lost" });
  const [twin = ""] = names;
  world.operator("east").plant("east", { ...place, name: twin });
  await world.clock.advance(5_000);
  const second = await poll();
  expect(second.compared.flat()).toContain("sw-lost");
  expect(second.compared.flat()).toContain(twin);
  expect(await world.store.read((tx) => tx.machine(machineId("sw-lost")))).toMatchObject({ state: "made" });
  expect(world.logged("stray found")).toHaveLength(2);
  expect((await poll()).compared.flat()).toContain(twin);
  expect((await world.deployment(id)).state).toBe("running");
});
