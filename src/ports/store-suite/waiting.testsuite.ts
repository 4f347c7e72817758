// What waits for an account, and is made due when the account can be used again.

import { expect, test } from "vitest";
import { accountId, type DeploymentId, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { hurryAccount } from "../hurry-account.ts";
import { SAMPLE_TIME, sampleAccount, sampleFault, sampleMachine, samplePool } from "../store.samples.ts";
import {
  begin,
  change,
  changeIn,
  gate,
  HOUR_MS,
  launch,
  nthId,
  openAccounts,
  putMachines,
  raceOn,
  type Stage,
} from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

const fault = sampleFault({ class: "auth", text: "wrong key" });
const throttled = sampleFault({ class: "throttle" });
const owed = {
  state: "made",
  externalId: "x",
  madeAt: SAMPLE_TIME,
  undoAskedAt: SAMPLE_TIME,
  debtSince: SAMPLE_TIME,
} as const;

export function waitingSuite(stage: Stage): void {
  const machine = async (id: string): Promise<Machine> => {
    const row = await stage.store.read((tx) => tx.machine(machineId(id)));
    if (row === null) throw new Error(`no machine ${id}`);
    return row;
  };

  /** Machines of one deployment whose calls are due in an hour unless told otherwise. */
  async function putWaiting(rows: readonly Partial<Machine>[]): Promise<readonly Machine[]> {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST, name: "west" })]);
    const { id } = await launch(stage.store);
    await begin(stage.store, id);
    const later = (await stage.store.read((tx) => tx.now())) + HOUR_MS;
    const machines = rows.map((row, n) =>
      sampleMachine({ deployment: id, instance: `i${n}`, call: "create", callAt: later, failures: 4, fault, ...row }),
    );
    await putMachines(stage.store, id, machines);
    return machines;
  }

  test("open machines that were put off after a fault or are debt are locked, in order of their ids", async () => {
    const machines = await putWaiting([
      {},
      { ...owed, call: "look", fault: null },
      { fault: null },
      { state: "refused", call: null, callAt: null },
      { state: "made", externalId: "x", madeAt: SAMPLE_TIME, call: null, callAt: null },
      { account: WEST },
    ]);
    const { machines: waiting, now } = await stage.store.write((tx) => tx.lockWaiting(EAST));
    expect(waiting).toEqual([machines[0], machines[1]]);
    expect(now).toBeGreaterThan(SAMPLE_TIME);
  });

  test("machines are written without their claims", async () => {
    await putWaiting([{ callAt: SAMPLE_TIME }]);
    const [claim] = await stage.store.write((tx) => tx.claimCalls(1, HOUR_MS));
    if (claim === undefined) throw new Error("no claim");
    const { machine: row } = claim;
    await stage.store.write(async (tx) => {
      await tx.lockWaiting(EAST);
      await tx.putMachines([{ ...row, failures: 0, callNo: 77, claimedUntil: 77 }]);
      await tx.putMachines([]);
    });
    expect(await machine(row.id)).toEqual({ ...row, failures: 0 });
  });

  test("a machine that does not exist, or would move against its table, is not written", async () => {
    const [row] = await putWaiting([{ state: "made", externalId: "x", madeAt: SAMPLE_TIME, call: "start" }]);
    if (row === undefined) throw new Error("no machine");
    const nobody = stage.store.write((tx) => tx.putMachines([sampleMachine({ id: machineId("sw-nobody") })]));
    await expect(nobody).rejects.toThrow();
    const illegal = stage.store.write((tx) => tx.putMachines([{ ...row, state: "refused" }]));
    await expect(illegal).rejects.toThrow();
    expect(await machine(row.id)).toEqual(row);
  });

  /** A rollback that got stuck, and looks for an account at `wakeAt`. */
  async function stuck(n: number, wakeAt: number | null, pool = "default"): Promise<DeploymentId> {
    const { id } = await launch(stage.store, { id: nthId(n), name: `shop-${n}`, pool });
    await begin(stage.store, id);
    await change(stage.store, id, () => ({ deployment: { state: "rollback_in_progress" } }));
    await change(stage.store, id, () => ({ deployment: { state: "rollback_failed", wakeAt } }));
    return id;
  }

  test("launches that look for an account are woken by those of their pool, once", async () => {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST, name: "west" })]);
    await stage.store.write((tx) => tx.putPool(samplePool({ name: "lab", members: [] })));
    const now = await stage.store.read((tx) => tx.now());
    const seeking = await stuck(1, now + HOUR_MS);
    const others = [await stuck(2, null), await stuck(3, now + HOUR_MS, "lab")];
    const pending = await launch(stage.store, { id: nthId(4), name: "shop-4", wakeAt: now + HOUR_MS });
    const wakeAt = async (id: DeploymentId) => (await stage.store.read((tx) => tx.deployment(id)))?.wakeAt;
    const before = await Promise.all([...others, pending.id].map(wakeAt));
    expect(await stage.store.write((tx) => tx.wakeSeekers(WEST))).toBe(1);
    expect(await wakeAt(seeking)).toBeLessThanOrEqual(await stage.store.read((tx) => tx.now()));
    expect(await Promise.all([...others, pending.id].map(wakeAt))).toEqual(before);
    expect(await stage.store.write((tx) => tx.wakeSeekers(WEST))).toBe(0);
  });

  test("all that waited for an account is due in one transaction, and what was not yet is counted", async () => {
    const [create, debt, paused, ours] = await putWaiting([
      {},
      { ...owed, call: "look", destroyedAt: SAMPLE_TIME, fault: null },
      { fault: throttled },
      { callAt: SAMPLE_TIME, failures: 2 },
      { account: WEST },
    ]);
    if (create === undefined || debt === undefined || paused === undefined || ours === undefined) throw new Error("no");
    await stuck(9, (await stage.store.read((tx) => tx.now())) + HOUR_MS);
    const hurry = (pauses: boolean) => stage.store.write((tx) => hurryAccount(tx, EAST, { pauses }));
    expect(await hurry(false)).toEqual({ debts: 1, calls: 1, launches: 1 });
    const due = await stage.store.read((tx) => tx.nextDue());
    expect(due.call).toBeLessThanOrEqual(due.now);
    expect(await machine(create.id)).toMatchObject({ call: "create", failures: 0, fault });
    expect(await machine(debt.id)).toMatchObject({ call: "destroy", destroyedAt: null, failures: 0 });
    expect(await machine(paused.id)).toEqual(paused);
    expect(await machine(ours.id)).toEqual({ ...ours, failures: 0 });
    expect(await hurry(true)).toEqual({ debts: 0, calls: 1, launches: 0 });
    expect((await machine(paused.id)).callAt).toBeLessThanOrEqual(due.now + HOUR_MS / 2);
    expect(await hurry(true)).toEqual({ debts: 0, calls: 0, launches: 0 });
  });

  raceOn(stage)("what a decision writes meanwhile is not undone, and is due as it is written", async (store) => {
    const [row] = await putWaiting([{ ...owed, debtSince: null, call: "look" }]);
    if (row?.deployment == null) throw new Error("no machine");
    const { deployment } = row;
    const locked = gate();
    const asking = gate();
    const answer = store.write(async (tx) => {
      await changeIn(tx, deployment, ({ machines }) => {
        locked.open();
        const later = (machines[0]?.callAt ?? 0) + HOUR_MS;
        return { machines: machines.map((one) => ({ ...one, call: "destroy", callAt: later, observed: "stopped" })) };
      });
      await asking.passed;
    });
    await Promise.race([locked.passed, answer]);
    const hurry = store.write(async (tx) => {
      asking.open();
      return hurryAccount(tx, EAST, { pauses: true });
    });
    await answer;
    expect(await hurry).toEqual({ debts: 0, calls: 1, launches: 0 });
    expect(await machine(row.id)).toMatchObject({ call: "destroy", observed: "stopped", failures: 0 });
  });
}
