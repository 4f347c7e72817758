// What people look at: the list of deployments and the debts.

import { expect, test } from "vitest";
import type { DeploymentState } from "../../core/states.ts";
import type { DeploymentFilter } from "../store.ts";
import { accountId, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { SAMPLE_TIME, sampleAccount, sampleInstance, sampleMachine, samplePlacement } from "../store.samples.ts";
import { change, launch, launchBegun, nthId, openAccounts, putMachines, type Stage } from "./stage.testsuite.ts";

export function viewSuite(stage: Stage): void {
  const list = (filter: Partial<DeploymentFilter> = {}) =>
    stage.store.read((tx) => tx.deployments({ limit: 100, ...filter }));
  const ids = async (filter: Partial<DeploymentFilter> = {}) =>
    (await list(filter)).rows.map(({ deployment }) => deployment.id);

  /** Five deployments: 1 and 2 new, 3 in another pool, 4 failed, 5 failed and deleted; the later the newer. */
  async function launchFive(): Promise<void> {
    for (const n of [1, 2, 3, 4, 5]) {
      const pool = n === 3 ? "other" : "default";
      await launch(stage.store, { id: nthId(n), name: `shop_${n}`, pool, createdAt: SAMPLE_TIME + n });
    }
    const path: readonly DeploymentState[] = ["pending", "failed"];
    for (const id of [nthId(4), nthId(5)]) {
      for (const state of path) await change(stage.store, id, () => ({ deployment: { state } }));
    }
    await change(stage.store, nthId(5), () => ({ deployment: { deletedAt: SAMPLE_TIME, wakeAt: null } }));
  }

  test("a machine's placement is found, also when it was given back", async () => {
    await openAccounts(stage.store);
    const id = nthId(1);
    await launchBegun(stage.store, { id });
    const under = { deployment: id, attemptNo: 1, instance: "db", placementNo: 1 };
    const released = samplePlacement({
      deployment: id,
      account: accountId("acc-east"),
      attempt: 1,
      instance: "db",
      releasedAt: SAMPLE_TIME,
    });
    await change(stage.store, id, () => ({ placements: [released] }));
    const find = (given: Partial<Machine> = {}) =>
      stage.store.read((tx) => tx.placementOf(sampleMachine({ ...under, ...given })));
    expect(await find()).toEqual(released);
    expect(await find({ placementNo: 2 })).toBeNull();
    expect(await find({ deployment: null, instance: null })).toBeNull();
  });

  test("the database knows its newest migration, and that somebody uses it", async () => {
    const end = await stage.store.onDue(() => {});
    const { schema, processes } = await stage.store.read((tx) => tx.vitals());
    await end();
    expect(schema).not.toBe("");
    expect(processes).toBeGreaterThanOrEqual(1);
  });

  test("deployments are listed newest first, deleted ones only when asked for", async () => {
    await launchFive();
    expect(await ids()).toEqual([4, 3, 2, 1].map(nthId));
    expect(await ids({ deleted: true })).toEqual([5, 4, 3, 2, 1].map(nthId));
    expect((await list()).next).toBeNull();
  });

  test("the list is filtered by states, pool and part of the name, taken literally", async () => {
    await launchFive();
    expect(await ids({ states: ["failed"] })).toEqual([nthId(4)]);
    expect(await ids({ states: ["new", "failed"], pool: "default" })).toEqual([4, 2, 1].map(nthId));
    expect(await ids({ states: [] })).toEqual([]);
    expect(await ids({ pool: "other" })).toEqual([nthId(3)]);
    expect(await ids({ search: "op_2" })).toEqual([nthId(2)]);
    expect(await ids({ search: "shop" })).toHaveLength(4);
    expect(await ids({ search: "op%2" })).toEqual([]);
    expect(await ids({ search: "o_2" })).toEqual([]);
    expect(await ids({ pool: "default", search: "_3" })).toEqual([]);
  });

  test("pages follow each other without a gap or a double, also among equal times and with new rows between", async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7]) {
      await launch(stage.store, { id: nthId(n), createdAt: SAMPLE_TIME + Math.floor(n / 3) });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 10; page += 1) {
      const part = await list({ limit: 3, ...(cursor === null ? {} : { cursor }) });
      seen.push(...part.rows.map(({ deployment }) => deployment.id));
      cursor = part.next;
      if (cursor === null) break;
      await launch(stage.store, { id: nthId(100 + page), createdAt: SAMPLE_TIME + 1000 });
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map(nthId));
  });

  test("a full last page has no next one", async () => {
    await launch(stage.store, { id: nthId(1) });
    await launch(stage.store, { id: nthId(2) });
    expect((await list({ limit: 2 })).next).toBeNull();
    expect((await list({ limit: 1 })).next).not.toBeNull();
  });

  test("a row of the list counts instances, ready ones and debts, and names the account of the present attempt with its end", async () => {
    await openAccounts(stage.store);
    const fresh = await launch(stage.store, { id: nthId(1) });
    const id = await launchBegun(stage.store, { id: nthId(2) });
    const debt = { state: "made", debtSince: SAMPLE_TIME } as const;
    await putMachines(stage.store, id, [
      sampleMachine({ deployment: id, instance: "a", ...debt }),
      sampleMachine({ deployment: id, instance: "b", ...debt, state: "in_doubt" }),
      sampleMachine({ deployment: id, instance: "c", ...debt, state: "gone" }),
      sampleMachine({ deployment: id, instance: "d", state: "made" }),
    ]);
    const pending = sampleInstance({ deployment: id, state: "pending" });
    expect(await stage.store.read((tx) => tx.openMachines())).toEqual(new Map([["acc-east", 3]]));
    const going = { outcome: null, endedAt: null };
    await change(stage.store, id, () => ({ instances: [pending] }));
    await change(stage.store, id, () => ({ instances: [{ ...pending, state: "running", readyAt: SAMPLE_TIME }] }));
    const { rows } = await list();
    expect(rows.map(({ deployment, ...shown }) => [deployment.id, shown])).toEqual([
      [id, { attempt: { ...going, account: "east" }, instanceCount: 2, readyCount: 1, debtCount: 2 }],
      [fresh.id, { attempt: null, instanceCount: 2, readyCount: 0, debtCount: 0 }],
    ]);
    const { seed: _, blueprint, ...head } = fresh;
    expect(rows[1]?.deployment).toEqual({ ...head, blueprint: { name: blueprint.name, policy: blueprint.policy } });
    const ended = { outcome: "succeeded", endedAt: SAMPLE_TIME + 5 } as const;
    await change(stage.store, id, ({ attempts }) => ({ attempts: attempts.map((one) => ({ ...one, ...ended })) }));
    expect((await list()).rows[0]?.attempt).toEqual({ ...ended, account: "east" });
  });

  test("an account whose machines are all closed still has some", async () => {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: accountId("acc-west") })]);
    const id = await launchBegun(stage.store, { id: nthId(1) });
    await putMachines(stage.store, id, [sampleMachine({ deployment: id, state: "gone" })]);
    const has = (account: string) => stage.store.read((tx) => tx.hasMachines(accountId(account)));
    expect([await has("acc-east"), await has("acc-west")]).toEqual([true, false]);
    expect(await stage.store.read((tx) => tx.openMachines())).toEqual(new Map());
  });

  test("debts are the open machines that should be gone, with whose they are", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store, { name: "shop" });
    const owed = sampleMachine({ deployment: id, instance: "a", state: "made", debtSince: SAMPLE_TIME + 2 });
    await putMachines(stage.store, id, [
      owed,
      sampleMachine({ deployment: id, instance: "b", state: "made" }),
      sampleMachine({ deployment: id, instance: "c", state: "gone", debtSince: SAMPLE_TIME }),
    ]);
    const stray = sampleMachine({
      id: machineId("sw-lost"),
      deployment: null,
      instance: null,
      state: "made",
      debtSince: SAMPLE_TIME + 1,
    });
    await stage.store.write((tx) => tx.putStray(stray));
    const debts = await stage.store.read((tx) => tx.debts());
    expect(debts.toSorted((a, b) => (a.machine.id < b.machine.id ? -1 : 1))).toEqual([
      { machine: owed, deploymentName: "shop", pool: "default", accountName: "east" },
      { machine: stray, deploymentName: null, pool: null, accountName: "east" },
    ]);
  });
}
