// What is over is taken away, and nothing else.

import { expect, test } from "vitest";
import type { Deployment } from "../../core/deployment.ts";
import { type DeploymentId, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { DAY_MS, type Retention } from "../../core/people/retention.ts";
import { sampleEvent, sampleMachine, sampleNewDeployment, samplePlacement, samplePool } from "../store.samples.ts";
import { begin, change, nthId, openAccounts, putMachines, raceOn, gate, type Stage } from "./stage.testsuite.ts";

const LIMITS = { deployments: 10, rows: 100 };
const NOTHING = { steps: 0, consoles: 0, machines: 0, secrets: 0, plans: 0, isMore: false };

export function pruningSuite(stage: Stage): void {
  const prune = (limits = LIMITS) => stage.store.write((tx) => tx.prune(limits));
  const kept = (id: DeploymentId) => stage.store.read((tx) => tx.kept(id));
  const now = () => stage.store.read((tx) => tx.now());
  const retain = (retention: Partial<Retention>, name = "default") =>
    stage.store.write(async (tx) => {
      const pool = samplePool({ name });
      await tx.putPool({ ...pool, retention: { ...pool.retention, ...retention } });
    });

  interface Ended {
    readonly n?: number;
    readonly pool?: string;
    /** Days ago. */
    readonly ended?: number;
    readonly deleted?: number;
    readonly machine?: Partial<Machine>;
    readonly state?: Deployment["state"];
  }

  /** A launch with secrets that failed: one machine, its console, and five steps. */
  async function launchEnded({ n = 1, pool = "default", ended = 0, deleted, machine, state }: Ended = {}) {
    const at = await now();
    const id = nthId(n);
    const row = sampleNewDeployment({ id, pool }, { secrets: `sealed ${id}` });
    await stage.store.write((tx) => tx.insertDeployment(row));
    await begin(stage.store, id);
    const made = sampleMachine({ deployment: id, state: "gone", call: null, callAt: null, ...machine });
    await change(stage.store, id, () => ({ placements: [samplePlacement({ deployment: id, releasedAt: at })] }));
    await putMachines(stage.store, id, [made]);
    await change(stage.store, id, () => ({
      deployment: { eventNo: 5 },
      events: [2, 3, 4, 5].map((no) => sampleEvent({ deployment: id, no })),
      evidence: [{ machine: made.id, at, console: "kernel panic", fault: null }],
    }));
    if (state === undefined) {
      const endedAt = at - ended * DAY_MS;
      const deletedAt = deleted === undefined ? null : at - deleted * DAY_MS;
      await change(stage.store, id, () => ({ deployment: { state: "failed", endedAt, deletedAt, wakeAt: null } }));
    }
    return { id, machine: made.id };
  }

  async function rest({ id, machine }: { readonly id: DeploymentId; readonly machine: Machine["id"] }) {
    return stage.store.write(async (tx) => ({
      steps: (await tx.events(id, 0, 100)).map(({ no }) => no),
      console: (await tx.evidence(machine)) !== null,
      machines: (await tx.machinesOf(id)).length,
      attempts: (await tx.snapshot(id))?.attempts.length,
      placements: (await tx.snapshot(id))?.placements.length,
      secrets: (await tx.secretsOf([id])).has(id),
    }));
  }
  const ALL = { steps: [1, 2, 3, 4, 5], console: true, machines: 1, attempts: 1, placements: 1, secrets: true };

  test("steps go after 90 days and consoles after 30, the ledger never, where nobody has said otherwise", async () => {
    await openAccounts(stage.store);
    const fresh = await launchEnded({ n: 1, ended: 29.9 });
    const older = await launchEnded({ n: 2, ended: 30.1 });
    const old = await launchEnded({ n: 3, ended: 90.1 });
    expect(await prune()).toEqual({ steps: 5, consoles: 2, machines: 0, secrets: 0, plans: 0, isMore: true });
    expect(await prune()).toEqual(NOTHING);
    expect(await rest(fresh)).toEqual(ALL);
    expect(await rest(older)).toEqual({ ...ALL, console: false });
    expect(await rest(old)).toEqual({ ...ALL, console: false, steps: [] });
    expect(await kept(fresh.id)).toEqual({ stepsFrom: 1, consolesGoneAt: null, ledgerGoneAt: null });
    expect(await kept(old.id)).toEqual({ stepsFrom: 6, consolesGoneAt: expect.any(Number), ledgerGoneAt: null });
    expect(await kept(nthId(9))).toBeNull();
  });

  test("each pool has its own retention, a pool that is gone the usual one", async () => {
    await openAccounts(stage.store);
    await retain({ stepsDays: 1, consolesDays: null });
    await retain({ stepsDays: null, consolesDays: 2 }, "other");
    const here = await launchEnded({ n: 1, ended: 100 });
    const there = await launchEnded({ n: 2, ended: 100, pool: "other" });
    const nowhere = await launchEnded({ n: 3, ended: 31, pool: "lost" });
    await prune();
    expect(await rest(here)).toEqual({ ...ALL, steps: [] });
    expect(await rest(there)).toEqual({ ...ALL, console: false });
    expect(await rest(nowhere)).toEqual({ ...ALL, console: false });
  });

  test("a deletion that came later is what counts, and takes secrets with it at once", async () => {
    await openAccounts(stage.store);
    const deleted = await launchEnded({ ended: 100, deleted: 1 });
    expect(await prune()).toEqual({ ...NOTHING, secrets: 1, isMore: true });
    expect(await rest(deleted)).toEqual({ ...ALL, secrets: false });
  });

  test("attempts and machines go by a setting, of deleted deployments alone, and their consoles with them", async () => {
    await openAccounts(stage.store);
    await retain({ ledgerDays: 10, consolesDays: null });
    const ended = await launchEnded({ n: 1, ended: 80 });
    const fresh = await launchEnded({ n: 2, ended: 80, deleted: 9.9 });
    const gone = await launchEnded({ n: 3, ended: 80, deleted: 10.1 });
    expect(await prune()).toEqual({ ...NOTHING, machines: 1, secrets: 2, plans: 0, isMore: true });
    expect(await rest(ended)).toEqual(ALL);
    expect(await rest(fresh)).toEqual({ ...ALL, secrets: false });
    const nothing = { steps: ALL.steps, console: false, machines: 0, attempts: 0, placements: 0, secrets: false };
    expect(await rest(gone)).toEqual(nothing);
    expect((await kept(gone.id))?.ledgerGoneAt).not.toBeNull();
    expect((await stage.store.read((tx) => tx.deployments({ deleted: true, limit: 9 }))).rows).toHaveLength(3);
    expect(await prune()).toEqual(NOTHING);
  });

  test("nothing goes of what has not ended, or has a machine that is open or owed", async () => {
    await openAccounts(stage.store);
    await retain({ stepsDays: 1, consolesDays: 1, ledgerDays: 1 });
    const pending = await launchEnded({ n: 1, state: "pending" });
    const owed = { state: "made", debtSince: 1, call: "destroy", callAt: 1 } as const;
    const open = await launchEnded({ n: 2, ended: 500, deleted: 500, machine: owed });
    const doubt = await launchEnded({ n: 3, ended: 500, deleted: 500, machine: { state: "in_doubt" } });
    expect(await prune()).toEqual(NOTHING);
    for (const one of [pending, open, doubt]) expect(await rest(one)).toEqual(ALL);
    const closed = { state: "gone", debtSince: null, call: null, callAt: null } as const;
    await change(stage.store, open.id, ({ machines }) => ({
      machines: machines.map((one) => ({ ...one, ...closed })),
    }));
    expect(await prune()).toEqual({ steps: 5, consoles: 1, machines: 1, secrets: 1, plans: 0, isMore: true });
  });

  test("a batch is as small as it is asked to be, and the oldest steps go first", async () => {
    await openAccounts(stage.store);
    const first = await launchEnded({ n: 1, ended: 200 });
    const second = await launchEnded({ n: 2, ended: 100 });
    const small = { deployments: 1, rows: 2 };
    expect(await prune(small)).toMatchObject({ steps: 2, consoles: 1, isMore: true });
    expect(await rest(first)).toMatchObject({ steps: [3, 4, 5], console: false });
    expect(await kept(first.id)).toMatchObject({ stepsFrom: 3 });
    expect(await rest(second)).toEqual(ALL);
    let batches = 1;
    while ((await prune(small)).isMore) batches += 1;
    expect(batches).toBe(6);
    expect(await rest(second)).toMatchObject({ steps: [], console: false });
  });

  test("attempts and machines go a little at a time as well, and count as gone from the first on", async () => {
    await openAccounts(stage.store);
    await retain({ stepsDays: null, consolesDays: null, ledgerDays: 1 });
    const { id, machine } = await launchEnded({ ended: 3, deleted: 2 });
    const more = [2, 3].map((n) =>
      sampleMachine({
        id: machineId(`${machine}-${n}`),
        nonce: `n${n}`,
        deployment: id,
        state: "gone",
        call: null,
        callAt: null,
      }),
    );
    await putMachines(stage.store, id, more);
    const small = { deployments: 1, rows: 2 };
    expect(await prune(small)).toMatchObject({ machines: 2, isMore: true });
    const at = (await kept(id))?.ledgerGoneAt;
    expect(at).not.toBeNull();
    expect(await rest({ id, machine })).toMatchObject({ machines: 1, attempts: 1, placements: 1 });
    expect(await prune(small)).toMatchObject({ machines: 1, isMore: true });
    expect(await prune(small)).toMatchObject({ machines: 0, isMore: true });
    expect(await rest({ id, machine })).toMatchObject({ machines: 0, attempts: 0, placements: 0, console: false });
    expect(await prune(small)).toEqual(NOTHING);
    expect((await kept(id))?.ledgerGoneAt).toBe(at);
  });

  test("steps and consoles that come later go as well", async () => {
    await openAccounts(stage.store);
    const { id, machine } = await launchEnded({ ended: 100 });
    await prune();
    const late = { machine, at: await now(), console: "late", fault: null };
    await change(stage.store, id, () => ({
      deployment: { eventNo: 6 },
      events: [sampleEvent({ deployment: id, no: 6 })],
      evidence: [late],
    }));
    expect(await kept(id)).toEqual({ stepsFrom: 6, consolesGoneAt: null, ledgerGoneAt: null });
    expect(await stage.store.read((tx) => tx.events(id, 0, 9))).toHaveLength(1);
    expect(await prune()).toEqual({ ...NOTHING, steps: 1, consoles: 1, isMore: true });
  });

  test("a sealed request is gone as soon as its machine is no intent any more", async () => {
    await openAccounts(stage.store);
    const { id } = await launchEnded({ state: "pending", machine: { state: "intent", call: "create", callAt: 1 } });
    await change(stage.store, id, ({ machines }) => ({
      machines: machines.map((one) => ({ ...one, state: "absent" })),
    }));
    const reopened = ({ machines }: { machines: readonly Machine[] }) => ({
      machines: machines.map((one) => ({ ...one, state: "made" as const, call: "create" as const, callAt: 1 })),
    });
    await change(stage.store, id, reopened);
    const [claim] = await stage.store.write((tx) => tx.claimCalls(1, 1_000));
    expect(claim).toMatchObject({ call: "create", request: null });
  });

  raceOn(stage)("whoever prunes waits for nobody, and leaves what others hold", async (store) => {
    await openAccounts(store);
    const held = await launchEnded({ n: 1, ended: 100 });
    const free = await launchEnded({ n: 2, ended: 100 });
    const [isHeld, isDone] = [gate(), gate()];
    const holding = store.write(async (tx) => {
      await tx.lock([held.id]);
      isHeld.open();
      await isDone.passed;
    });
    await isHeld.passed;
    expect(await prune()).toMatchObject({ steps: 5, consoles: 1 });
    isDone.open();
    await holding;
    expect(await rest(held)).toEqual(ALL);
    expect(await rest(free)).toMatchObject({ steps: [] });
  });

  test("what is over is so by Slipway's time, whatever the database's clock is set to", async () => {
    await openAccounts(stage.store);
    const { id } = await launchEnded({ ended: 29 });
    await stage.clocks.step(10 * DAY_MS);
    expect(await prune()).toEqual(NOTHING);
    expect((await kept(id))?.consolesGoneAt).toBeNull();
  });
}
