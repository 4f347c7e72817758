// After a return from a backup nothing is removed, and nothing goes on, before clouds and ledger have been compared.

import { expect, test } from "vitest";
import { machineIdOf, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { SAMPLE_TIME, sampleMachine } from "../store.samples.ts";
import { change, HOUR_MS, launchBegun, nthId, openAccounts, putMachines, type Stage } from "./stage.testsuite.ts";

export function holdSuite(stage: Stage): void {
  const now = () => stage.store.read((tx) => tx.now());
  const claim = () => stage.store.write((tx) => tx.claimCalls(100, HOUR_MS));
  const nextCall = async () => (await stage.store.read((tx) => tx.nextDue())).call;
  const hold = () => stage.store.read((tx) => tx.hold());
  const machine = (id: string) => stage.store.read((tx) => tx.machine(machineId(id)));

  async function begin(forMs = HOUR_MS): Promise<number> {
    const until = (await now()) + forMs;
    await stage.store.write((tx) => tx.beginHold(until));
    return until;
  }

  const setHold = async (forMs: number) => {
    const until = (await now()) + forMs;
    await stage.store.write((tx) => tx.setHold(until));
    return until;
  };

  const leaving = (given: Partial<Machine> = {}) =>
    sampleMachine({ state: "made", externalId: "x-1", call: "destroy", ...given });
  const stray = (given: Partial<Machine> = {}) =>
    leaving({ id: machineId("sw-lost"), deployment: null, instance: null, nonce: "stray/sw-lost", ...given });

  test("without one there is none, and none is made by changing it", async () => {
    await setHold(HOUR_MS);
    expect(await hold()).toBeNull();
  });

  test("what was asked for before is not removed until it is over, and all else goes on", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const old = leaving({ deployment: id });
    const looked = leaving({ id: machineId("m-look"), deployment: id, instance: "web", call: "look", nonce: "n-look" });
    await putMachines(stage.store, id, [old, looked]);
    const until = await begin();
    expect(await hold()).toEqual({ restoredAt: expect.any(Number), until });
    expect((await claim()).map((one) => one.call)).toEqual(["look"]);
    expect(await nextCall()).toBeGreaterThan(until - 1);
    await setHold(0);
    expect(await hold()).toBeNull();
    expect((await claim()).map((one) => one.call)).toEqual(["destroy"]);
  });

  test("what was asked for since is removed as always", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    await begin();
    await putMachines(stage.store, id, [leaving({ deployment: id, intentAt: (await now()) + 1_000 })]);
    expect(await claim()).toHaveLength(1);
  });

  test("deployments go on when it is over; those that are deleted, and those that rest, are left alone", async () => {
    await openAccounts(stage.store);
    const pending = await launchBegun(stage.store, { id: nthId(1) });
    const deleted = await launchBegun(stage.store, { id: nthId(2) });
    const resting = await launchBegun(stage.store, { id: nthId(3) });
    const endedAt = await now();
    const failed = { state: "failed", endedAt, wakeAt: null } as const;
    await change(stage.store, deleted, () => ({ deployment: { ...failed, deletedAt: endedAt } }));
    await change(stage.store, resting, () => ({ deployment: failed }));
    const until = await begin();
    const read = (id: typeof pending) => stage.store.read((tx) => tx.deployment(id));
    expect(await read(pending)).toMatchObject({ resumedAt: until, resumes: 1 });
    expect((await read(pending))?.wakeAt).toBeLessThanOrEqual(await now());
    expect(await read(deleted)).toMatchObject({ resumedAt: null, resumes: 0 });
    expect(await read(resting)).toMatchObject({ wakeAt: null });
    expect(await stage.store.read((tx) => tx.heldDeployments())).toBe(1);
    const later = await setHold(2 * HOUR_MS);
    expect(await read(pending)).toMatchObject({ resumedAt: later });
    const over = await setHold(0);
    expect(await read(pending)).toMatchObject({ resumedAt: over });
    expect((await read(pending))?.wakeAt).toBeLessThanOrEqual(over);
    expect(await read(resting)).toMatchObject({ wakeAt: null });
    expect(await stage.store.read((tx) => tx.heldDeployments())).toBe(0);
  });

  test("what may have been sent since the backup counts as sent, and no claim is left", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    await putMachines(stage.store, id, [sampleMachine({ deployment: id })]);
    const other = sampleMachine({
      id: machineId("m-2"),
      deployment: id,
      instance: "web",
      nonce: "n-2",
      call: "lookup",
      state: "in_doubt",
    });
    await putMachines(stage.store, id, [other]);
    await claim();
    await stage.store.write((tx) => tx.claimPolls(10, HOUR_MS));
    const wish = { call: "reboot", state: "made", rebootUntil: SAMPLE_TIME } as const;
    await putMachines(stage.store, id, [
      sampleMachine({ ...wish, id: machineId("m-3"), deployment: id, instance: "api", nonce: "n-3" }),
    ]);
    await begin();
    const again = await claim();
    expect(again.map((one) => one.call).toSorted()).toEqual(["look", "lookup", "lookup"]);
    expect(await stage.store.write((tx) => tx.claimPolls(10, HOUR_MS))).toHaveLength(1);
  });

  test("strays are told with the name of whom they were asked for, and their time moves with the hold", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store, { id: nthId(1) });
    const until = await begin();
    const owned = machineIdOf({ deployment: id, attempt: 2, instance: "web", tryNo: 1 });
    const held = { call: "look", callAt: until, undoAskedAt: until } as const;
    await stage.store.write((tx) => tx.putStray(stray({ ...held, intentAt: 1_000 })));
    await stage.store.write((tx) => tx.putStray(stray({ ...held, id: owned, nonce: owned, intentAt: 2_000 })));
    const strays = await stage.store.read((tx) => tx.strays());
    expect(strays.map((one) => [one.machine.id, one.accountName, one.deploymentName])).toEqual([
      ["sw-lost", "east", null],
      [owned, "east", `shop-${id}`],
    ]);
    const over = await setHold(0);
    expect(await machine("sw-lost")).toMatchObject({ callAt: over, undoAskedAt: over });
    expect(await claim()).toHaveLength(2);
  });

  test("a stray that the backup knew is not owed before the hold is over", async () => {
    await openAccounts(stage.store);
    await stage.store.write((tx) => tx.putStray(stray({ undoAskedAt: 5_000 })));
    const until = await begin();
    expect(await machine("sw-lost")).toMatchObject({ undoAskedAt: until, call: "destroy" });
    expect(await claim()).toEqual([]);
  });
}
