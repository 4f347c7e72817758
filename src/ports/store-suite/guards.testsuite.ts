// What no store may ever hold, whoever writes.

import { expect, test } from "vitest";
import type { DeploymentId } from "../../core/ids.ts";
import {
  arcs,
  DEPLOYMENT,
  DEPLOYMENT_STATES,
  type DeploymentState,
  INSTANCE,
  INSTANCE_STATES,
  type InstanceState,
  MACHINE,
  MACHINE_STATES,
  type Table,
} from "../../core/states.ts";
import {
  SAMPLE_TIME,
  sampleChanges,
  sampleDeployment,
  sampleEvent,
  sampleInstance,
  sampleMachine,
  sampleNewDeployment,
  samplePool,
} from "../store.samples.ts";
import { StoreConflict } from "../store.ts";
import {
  change,
  changeIn,
  launch,
  launchBegun,
  nthId,
  openAccounts,
  putMachines,
  rejection,
  type Stage,
} from "./stage.testsuite.ts";

/** States on the way from the first of `start` to `goal`, without the first. */
function wayTo<S extends string, E extends string>(table: Table<S, E>, start: S, goal: S): S[] {
  let ways: S[][] = [[start]];
  while (ways.length > 0) {
    const found = ways.find((way) => way.at(-1) === goal);
    if (found !== undefined) return found.slice(1);
    ways = ways.flatMap((way) =>
      arcs(table).flatMap(([from, to]) => (from === way.at(-1) && !way.includes(to) ? [[...way, to]] : [])),
    );
  }
  throw new Error(`${goal} cannot be reached from ${start}`);
}

/** Every pair that is neither an arc nor a stay. */
function illegal<S extends string, E extends string>(table: Table<S, E>, states: readonly S[], from: S): S[] {
  const legal = new Set(arcs(table).flatMap(([was, to]) => (was === from ? [to] : [])));
  return states.filter((to) => to !== from && !legal.has(to));
}

export function guardSuite(stage: Stage): void {
  const moveDeployment = (id: DeploymentId, state: DeploymentState) =>
    change(stage.store, id, () => ({ deployment: { state, wakeAt: SAMPLE_TIME } }));
  const moveInstance = (id: DeploymentId, state: InstanceState) =>
    change(stage.store, id, () => ({ instances: [sampleInstance({ deployment: id, state })] }));

  test("a deployment goes along the arcs of its table, and along no other", async () => {
    for (const [n, from] of DEPLOYMENT_STATES.entries()) {
      const { id } = await launch(stage.store, { id: nthId(n) });
      for (const state of wayTo(DEPLOYMENT, "new", from)) await moveDeployment(id, state);
      for (const to of illegal(DEPLOYMENT, DEPLOYMENT_STATES, from)) {
        await expect(moveDeployment(id, to), `${from} to ${to}`).rejects.toThrow();
      }
      expect((await stage.store.read((tx) => tx.deployment(id)))?.state).toBe(from);
    }
  });

  test("an instance goes along the arcs of its table, and along no other", async () => {
    for (const [n, from] of INSTANCE_STATES.entries()) {
      const { id } = await launch(stage.store, { id: nthId(n) });
      for (const state of wayTo(INSTANCE, "new", from)) await moveInstance(id, state);
      for (const to of illegal(INSTANCE, INSTANCE_STATES, from)) {
        await expect(moveInstance(id, to), `${from} to ${to}`).rejects.toThrow();
      }
      expect((await stage.store.read((tx) => tx.snapshot(id)))?.instances[0]?.state).toBe(from);
    }
  });

  test("a machine goes along the arcs of its table, and along no other", async () => {
    await openAccounts(stage.store);
    for (const [n, from] of MACHINE_STATES.entries()) {
      const id = await launchBegun(stage.store, { id: nthId(n) });
      const machine = sampleMachine({ deployment: id, state: from });
      await putMachines(stage.store, id, [machine]);
      for (const to of illegal(MACHINE, MACHINE_STATES, from)) {
        const moved = change(stage.store, id, () => ({ machines: [{ ...machine, state: to }] }));
        await expect(moved, `${from} to ${to}`).rejects.toThrow();
      }
      expect((await stage.store.read((tx) => tx.machine(machine.id)))?.state).toBe(from);
    }
  });

  test("nothing is born but new deployments, new instances, and machines that may still be asked for", async () => {
    const { store } = stage;
    await openAccounts(store);
    const pending = sampleNewDeployment({ state: "pending" });
    await expect(store.write((tx) => tx.insertDeployment(pending))).rejects.toThrow();
    const running = sampleNewDeployment({}, { instances: [sampleInstance({ state: "running" })] });
    await expect(store.write((tx) => tx.insertDeployment(running))).rejects.toThrow();
    expect(await store.read((tx) => tx.deployment(pending.deployment.id))).toBeNull();
    const id = await launchBegun(store);
    const gone = { machine: sampleMachine({ deployment: id, state: "gone" }), request: "sealed" };
    await expect(change(store, id, () => ({ newMachines: [gone] }))).rejects.toThrow();
    const stray = sampleMachine({ deployment: null, instance: null, state: "gone" });
    await expect(store.write((tx) => tx.putStray(stray))).rejects.toThrow();
  });

  test("a deployment sleeps without a wake-up only where it is final or settled", async () => {
    const settled: readonly DeploymentState[] = ["running", "incomplete", "stopped", "failed", "rollback_failed"];
    for (const [n, state] of DEPLOYMENT_STATES.entries()) {
      const { id } = await launch(stage.store, { id: nthId(n) });
      for (const step of wayTo(DEPLOYMENT, "new", state)) await moveDeployment(id, step);
      const asleep = change(stage.store, id, () => ({ deployment: { wakeAt: null } }));
      if (settled.includes(state)) await asleep;
      else await expect(asleep, state).rejects.toThrow();
    }
    const unborn = sampleNewDeployment({ id: nthId(99), wakeAt: null });
    await expect(stage.store.write((tx) => tx.insertDeployment(unborn))).rejects.toThrow();
  });

  test("with one illegal row among many, nothing is written", async () => {
    const ids = [nthId(1), nthId(2), nthId(3)];
    for (const id of ids) await launch(stage.store, { id });
    const all = stage.store.write(async (tx) => {
      await tx.lock(ids);
      const snapshots = await tx.snapshots(ids);
      await tx.apply(
        snapshots.map(({ deployment }) =>
          sampleChanges({ ...deployment, state: deployment.id === nthId(2) ? "running" : "pending" }),
        ),
      );
    });
    await expect(all).rejects.toThrow();
    const states = await Promise.all(ids.map((id) => stage.store.read((tx) => tx.deployment(id))));
    expect(states.map((row) => row?.state)).toEqual(["new", "new", "new"]);
  });

  test("numbers of events are never used twice", async () => {
    const { id } = await launch(stage.store);
    const again = sampleEvent({ no: 1, body: { kind: "deleted" } });
    await expect(change(stage.store, id, () => ({ events: [again] }))).rejects.toThrow();
    expect(await stage.store.read((tx) => tx.events(id, 0, 10))).toEqual([sampleEvent()]);
  });

  test("the same intent written twice collides", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const machine = sampleMachine({ deployment: id });
    await putMachines(stage.store, id, [machine]);
    const again = { machine: { ...machine, nonce: "other" }, request: "sealed again" };
    await expect(change(stage.store, id, () => ({ newMachines: [again] }))).rejects.toThrow();
  });

  test("a name is unique in its pool until its deployment is deleted", async () => {
    const { store } = stage;
    await store.write((tx) => tx.putPool(samplePool({ name: "other", members: [] })));
    const { id } = await launch(store, { id: nthId(1), name: "shop" });
    const error = await rejection(launch(store, { id: nthId(2), name: "shop" }));
    expect(error).toBeInstanceOf(StoreConflict);
    expect(error).toMatchObject({ what: "deployment" });
    await launch(store, { id: nthId(3), name: "shop", pool: "other" });
    const path: readonly DeploymentState[] = ["pending", "failed"];
    for (const state of path) await moveDeployment(id, state);
    await change(store, id, () => ({ deployment: { deletedAt: SAMPLE_TIME, wakeAt: null } }));
    await launch(store, { id: nthId(4), name: "shop" });
    const named = await store.read((tx) => tx.deploymentsNamed("shop"));
    expect(named.map((row) => row.id).toSorted()).toEqual([nthId(3), nthId(4)]);
    const { seed: _, blueprint, ...row } = sampleDeployment({ id: nthId(3), name: "shop", pool: "other" });
    const head = { ...row, blueprint: { name: blueprint.name, policy: blueprint.policy } };
    expect(await store.read((tx) => tx.deploymentsNamed("shop", "other"))).toEqual([head]);
    expect(await store.read((tx) => tx.deploymentHead(nthId(3)))).toEqual(head);
    expect(await store.read((tx) => tx.deploymentHead(nthId(9)))).toBeNull();
  });

  test("a name goes to a successor that is written after it, and the source of each is kept", async () => {
    const { store } = stage;
    const { id } = await launch(store, { id: nthId(1), name: "shop" });
    const path: readonly DeploymentState[] = ["pending", "failed"];
    for (const state of path) await moveDeployment(id, state);
    const before = await store.read((tx) => tx.deployment(id));
    const next = sampleNewDeployment({ id: nthId(2), name: "shop", relaunchOf: id }, { source: "name: other" });
    await store.write(async (tx) => {
      await changeIn(tx, id, () => ({ deployment: { successor: nthId(2) } }));
      await tx.insertDeployment(next);
    });
    expect(await store.read((tx) => tx.deployment(id))).toEqual({ ...before, successor: nthId(2) });
    expect(await store.read((tx) => tx.deployment(nthId(2)))).toMatchObject({ relaunchOf: id, successor: null });
    expect((await store.read((tx) => tx.deploymentsNamed("shop"))).map((row) => row.id)).toEqual([nthId(2)]);
    expect(await store.read((tx) => tx.launchSource(nthId(2)))).toBe("name: other");
    expect(await store.read((tx) => tx.launchSource(nthId(9)))).toBeNull();
  });

  test("a request key is used once, and says so even when the name is taken as well", async () => {
    const { store } = stage;
    const requestKey = { key: "key-1", digest: "digest-1" };
    const first = sampleNewDeployment({ id: nthId(1), name: "shop" }, { requestKey });
    await store.write((tx) => tx.insertDeployment(first));
    const again = sampleNewDeployment({ id: nthId(2), name: "shop" }, { requestKey });
    const error = await rejection(store.write((tx) => tx.insertDeployment(again)));
    expect(error).toBeInstanceOf(StoreConflict);
    expect(error).toMatchObject({ what: "request_key" });
    const known = await store.write((tx) => tx.requestKey("key-1"));
    expect(known).toEqual({ deployment: nthId(1), digest: "digest-1" });
    expect(await store.write((tx) => tx.requestKey("key-2"))).toBeNull();
  });
}
