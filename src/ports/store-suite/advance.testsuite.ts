import { expect, test } from "vitest";
import type { Attempt, Deployment, Instance } from "../../core/deployment.ts";
import { deploymentId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Placement } from "../../core/market/placement.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleBlock,
  sampleChanges,
  sampleDeployment,
  sampleEvent,
  sampleFault,
  sampleInstance,
  sampleMachine,
  samplePlacement,
  sampleRevision,
  sampleNewDeployment,
} from "../store.samples.ts";
import {
  begin,
  change,
  HOUR_MS,
  launch,
  launchBegun,
  nthId,
  openAccounts,
  putMachines,
  type Stage,
} from "./stage.testsuite.ts";

const NOBODY = deploymentId("dep999999999");

/** A value of its own for each time, so that no column can stand in for another. */
const at = (minutes: number) => SAMPLE_TIME + minutes * 60_000 + 7;

export function advanceSuite(stage: Stage): void {
  test("a launch is kept as it was asked for", async () => {
    const row = sampleNewDeployment(
      { name: "großer Laden", partial: true, seed: 4_294_967_295, createdAt: at(1), since: at(2), wakeAt: at(3) },
      { secrets: "sealed secrets" },
    );
    const { id } = row.deployment;
    await stage.store.write((tx) => tx.insertDeployment(row));
    const { deployment, instances } = row;
    expect(await stage.store.read((tx) => tx.snapshot(id))).toEqual({
      deployment,
      instances,
      revisions: [row.revision],
      attempts: [],
      machines: [],
      placements: [],
    });
    expect(await stage.store.read((tx) => tx.deployment(id))).toEqual(deployment);
    expect(await stage.store.read((tx) => tx.events(id, 0, 10))).toEqual(row.events);
    expect(await stage.store.write((tx) => tx.secretsOf([id, NOBODY]))).toEqual(new Map([[id, "sealed secrets"]]));
  });

  test("what does not exist is null, or nothing", async () => {
    const found = await stage.store.write(async (tx) => [
      await tx.snapshot(NOBODY),
      await tx.deployment(NOBODY),
      await tx.deploymentsNamed("nobody"),
      await tx.machinesOf(NOBODY),
      await tx.events(NOBODY, 0, 10),
      (await tx.lock([NOBODY])).ids,
      [...(await tx.secretsOf([NOBODY]))],
    ]);
    expect(found).toEqual([null, null, [], [], [], [], []]);
  });

  test("a deployment without secrets has no entry among the secrets", async () => {
    const { id } = await launch(stage.store);
    expect(await stage.store.write((tx) => tx.secretsOf([id]))).toEqual(new Map());
  });

  test("every field that a decision may change is kept exactly", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const machineId = sampleMachine({ deployment: id }).id;
    await putMachines(stage.store, id, [sampleMachine({ deployment: id })]);
    const deployment: Deployment = {
      ...sampleDeployment({ id, studySince: at(12), studyUntil: at(13), studiedMs: 7 }),
      state: "running",
      since: at(1),
      attemptNo: 1,
      eventNo: 3,
      firstRunningAt: at(2),
      allRunningAt: at(3),
      leaseEndsAt: at(11),
      leaseWarned: true,
      endedAt: at(4),
      failure: 'it\'s "late"\n',
      relaunch: false,
      cancelAskedAt: at(5),
      stopAskedAt: at(6),
      deleteAskedAt: at(7),
      abandonDebt: true,
      deletedAt: at(8),
      successor: id,
      wakeAt: at(9),
    };
    const lived = { runningAt: at(11), readyAt: at(12), missed: 3, deadSince: at(29) };
    const db: Instance = {
      ...sampleInstance({ deployment: id, name: "db", state: "pending", since: at(10), machine: machineId, tries: 2 }),
      ...lived,
      probeAt: at(13),
      fault: sampleFault({ retryAfterMs: 5, requestId: "r" }),
    };
    const revision = sampleRevision({ deployment: id, endedAt: at(28), outcome: "failed" });
    const attempt: Attempt = {
      ...sampleAttempt({ deployment: id, realm: null, hourlyMicros: 0.5, startedAt: at(14), endedAt: at(15) }),
      outcome: "failed",
      reason: "no room",
      fault: sampleFault(),
      failedInstance: "db",
    };
    const placement: Placement = {
      ...samplePlacement({ deployment: id, realm: "east-2", alternative: { profile: 1, image: 2 }, askOrder: 3 }),
      hourlyMicros: null,
      takes: { instances: 1, cpu: 0.5, memoryMib: 512, "cpu/standard": 4 },
      instead: { realm: "east-1", size: "s0", hourlyMicros: null, because: "capacity was refused: no room" },
      chosenAt: at(16),
      refused: "realm",
      releasedAt: at(26),
    };
    const owed = { debtSince: at(24), skippedAt: at(30), quarantinedUntil: at(31), missing: 2 };
    const machine: Machine = {
      ...sampleMachine({ deployment: id, state: "made", externalId: "i-1", observed: "stopping", observedAt: at(17) }),
      privateAddress: "10.0.0.5",
      publicAddress: "2001:db8::5",
      sentAt: at(18),
      madeAt: at(19),
      closedAt: at(20),
      startAskedAt: at(21),
      undoAskedAt: at(22),
      keepEvidence: true,
      destroyedAt: at(23),
      ...owed,
      call: "look",
      callAt: at(25),
      failures: 3,
      fault: sampleFault({ class: "unknown" }),
    };
    const events = [
      sampleEvent({ deployment: id, no: 2, at: at(26), body: { kind: "no_account", refused: [] } }),
      sampleEvent({ deployment: id, no: 3, at: at(27), body: { kind: "cancel_asked", by: "bob" } }),
    ];
    await change(stage.store, id, () => ({
      deployment,
      instances: [db],
      revisions: [revision],
      attempts: [attempt],
      placements: [placement],
      machines: [machine],
      events,
    }));
    const web = sampleInstance({ deployment: id, name: "web" });
    const wanted = {
      deployment,
      instances: [db, web],
      revisions: [revision],
      attempts: [attempt],
      machines: [machine],
      placements: [placement],
    };
    expect(await stage.store.read((tx) => tx.snapshot(id))).toEqual(wanted);
    const locked = await stage.store.write(async (tx) => {
      await tx.lock([id]);
      return tx.snapshots([id]);
    });
    expect(locked).toEqual([wanted]);
    expect(await stage.store.read((tx) => tx.machine(machine.id))).toEqual(machine);
    expect(await stage.store.read((tx) => tx.events(id, 1, 10))).toEqual(events);
  });

  test("the claim columns of a machine are never touched by a decision", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    await putMachines(stage.store, id, [sampleMachine({ deployment: id })]);
    const [claim] = await stage.store.write((tx) => tx.claimCalls(1, HOUR_MS));
    if (claim === undefined) throw new Error("nothing was claimed");
    await change(stage.store, id, () => ({
      machines: [{ ...claim.machine, callNo: 77, claimedUntil: null, call: "destroy", callAt: at(1), sentAt: null }],
    }));
    expect(await stage.store.read((tx) => tx.machine(claim.machine.id))).toEqual({
      ...claim.machine,
      call: "destroy",
      callAt: at(1),
      sentAt: null,
      callNo: 1,
      claimedUntil: claim.claimedUntil,
    });
  });

  test("a new machine keeps every field of its intent", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const machine = sampleMachine({
      deployment: id,
      hourlyMicros: 123_456,
      realm: "east-2",
      size: "s4",
      callAt: at(3),
    });
    await putMachines(stage.store, id, [machine]);
    expect(await stage.store.read((tx) => tx.machine(machine.id))).toEqual(machine);
    expect(await stage.store.read((tx) => tx.machineByNonce(machine.nonce))).toEqual(machine);
    expect(await stage.store.read((tx) => tx.machineByNonce("no such nonce"))).toBeNull();
    expect(await stage.store.read((tx) => tx.machine(sampleMachine({ instance: "web" }).id))).toBeNull();
  });

  test("decisions of many deployments are written at once", async () => {
    await openAccounts(stage.store);
    const ids = Array.from({ length: 30 }, (_, n) => nthId(n));
    for (const id of ids) await launch(stage.store, { id });
    await stage.store.write(async (tx) => {
      await tx.lock(ids);
      const snapshots = await tx.snapshots(ids);
      await tx.apply(
        snapshots.map(({ deployment, instances }) => {
          const machine = sampleMachine({ deployment: deployment.id });
          const events = [sampleEvent({ deployment: deployment.id, no: 2, body: { kind: "deleted" } })];
          return sampleChanges(
            { ...deployment, state: "pending", attemptNo: 1, eventNo: 2, failure: `of ${deployment.id}` },
            {
              instances: instances.map((row) => ({ ...row, state: "pending", machine: machine.id })),
              attempts: [sampleAttempt({ deployment: deployment.id })],
              newMachines: [{ machine, request: "sealed" }],
              events,
            },
          );
        }),
      );
    });
    for (const id of ids) {
      const snapshot = await stage.store.read((tx) => tx.snapshot(id));
      const machine = sampleMachine({ deployment: id });
      expect(snapshot).toMatchObject({ deployment: { state: "pending", failure: `of ${id}` }, machines: [machine] });
      expect(snapshot?.instances.map((row) => [row.state, row.machine])).toEqual([
        ["pending", machine.id],
        ["pending", machine.id],
      ]);
      expect(await stage.store.read((tx) => tx.events(id, 1, 10))).toHaveLength(1);
    }
  });

  test("nothing to write is fine", async () => {
    await stage.store.write((tx) => tx.apply([]));
    expect((await stage.store.write((tx) => tx.lock([]))).ids).toEqual([]);
    expect(await stage.store.write((tx) => tx.snapshots([]))).toEqual([]);
  });

  test("a snapshot holds all attempts, every open machine, and all machines of the present attempt", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const row = (attemptNo: number, instance: string, state: Machine["state"]) =>
      sampleMachine({ deployment: id, attemptNo, instance, state, intentAt: at(attemptNo) });
    const old = [row(1, "closed", "gone"), row(1, "open", "made")];
    await putMachines(stage.store, id, old);
    await change(stage.store, id, () => ({
      deployment: { attemptNo: 2 },
      attempts: [sampleAttempt({ deployment: id, no: 2 })],
    }));
    const present = [row(2, "closed", "refused"), row(2, "open", "intent")];
    await putMachines(stage.store, id, present);
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    expect(snapshot?.attempts.map(({ no }) => no)).toEqual([1, 2]);
    expect(new Set(snapshot?.machines)).toEqual(new Set([old[1], ...present]));
    const all = await stage.store.read((tx) => tx.machinesOf(id));
    expect(all.map((machine) => machine.attemptNo)).toEqual([1, 1, 2, 2]);
    expect(all.map((machine) => machine.id).toSorted()).toEqual([...old, ...present].map((one) => one.id).toSorted());
  });

  test("due deployments come by their due time, as many as asked for, and no others", async () => {
    const now = await stage.store.read((tx) => tx.now());
    await launch(stage.store, { id: nthId(1), wakeAt: at(3) });
    await launch(stage.store, { id: nthId(2), wakeAt: at(1) });
    await launch(stage.store, { id: nthId(3), wakeAt: at(2) });
    await launch(stage.store, { id: nthId(4), wakeAt: now + HOUR_MS });
    const two = await stage.store.write((tx) => tx.lockDue(2));
    expect([...two.ids].toSorted()).toEqual([nthId(2), nthId(3)]);
    expect(two.now).toBeGreaterThanOrEqual(now);
    const all = await stage.store.write((tx) => tx.lockDue(10));
    expect([...all.ids].toSorted()).toEqual([nthId(1), nthId(2), nthId(3)]);
    expect((await stage.store.read((tx) => tx.nextDue())).advance).toBe(at(1));
  });

  test("locking gives what exists, in order of id; snapshots come in the order asked for", async () => {
    for (const n of [2, 1, 3]) await launch(stage.store, { id: nthId(n) });
    await stage.store.write(async (tx) => {
      const { ids, now } = await tx.lock([nthId(3), NOBODY, nthId(1), nthId(2)]);
      expect(ids).toEqual([nthId(1), nthId(2), nthId(3)]);
      expect(now).toBeGreaterThan(SAMPLE_TIME);
      const snapshots = await tx.snapshots([nthId(3), nthId(1)]);
      expect(snapshots.map(({ deployment }) => deployment.id)).toEqual([nthId(3), nthId(1)]);
    });
  });

  test("events come in order, after a number, as many as asked for", async () => {
    const { id } = await launch(stage.store);
    const more = [4, 2, 3].map((no) => sampleEvent({ deployment: id, no, at: at(no) }));
    await change(stage.store, id, () => ({ deployment: { eventNo: 4 }, events: more }));
    const numbers = async (after: number, limit: number) =>
      (await stage.store.read((tx) => tx.events(id, after, limit))).map(({ no }) => no);
    expect(await numbers(0, 10)).toEqual([1, 2, 3, 4]);
    expect(await numbers(1, 2)).toEqual([2, 3]);
    expect(await numbers(4, 10)).toEqual([]);
    const other = await launch(stage.store, { id: nthId(2), name: "other" });
    const last = await stage.store.read((tx) => tx.lastEvents([id, other.id, NOBODY]));
    expect([...last]).toEqual(
      expect.arrayContaining([
        [id, 4],
        [other.id, 1],
      ]),
    );
    expect(last.size).toBe(2);
  });

  test("blocks are put by account, realm, size and reason, and lifted with their offer or by hand", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const quota = sampleBlock({ reason: "quota", realm: "*", size: "*" });
    const first = sampleBlock();
    await change(stage.store, id, () => ({ blocks: [first, quota] }));
    const second = sampleBlock({ strikes: 2, until: at(9), text: "still", probe: { deployment: id, until: at(8) } });
    await change(stage.store, id, () => ({ blocks: [second] }));
    const blocks = async () => (await stage.store.read((tx) => tx.blocks())).toSorted((a, b) => a.strikes - b.strikes);
    expect(await blocks()).toEqual([quota, second]);
    await change(stage.store, id, () => ({ unblocks: [{ account: first.account, realm: "east-2", size: "s1" }] }));
    expect(await blocks()).toEqual([quota, second]);
    await change(stage.store, id, () => ({ unblocks: [{ account: first.account, realm: "east-1", size: "s1" }] }));
    expect(await blocks()).toEqual([quota]);
    await stage.store.write((tx) => tx.clearBlock(first));
    expect(await blocks()).toEqual([quota]);
    await stage.store.write((tx) => tx.clearBlock(quota));
    expect(await blocks()).toEqual([]);
  });

  test("the end of an attempt ends what its launch tried, and nobody else's tries", async () => {
    await openAccounts(stage.store);
    const { id } = await launch(stage.store);
    await begin(stage.store, id);
    const other = await launch(stage.store, { id: nthId(2), name: "other" });
    const trying = (size: string, deployment: typeof id) => sampleBlock({ size, probe: { deployment, until: at(8) } });
    const [own, theirs] = [trying("s1", id), trying("s2", other.id)];
    await change(stage.store, id, () => ({ blocks: [own, theirs] }));
    const end = (endedAt: number | null) =>
      change(stage.store, id, ({ attempts }) => ({ attempts: attempts.map((attempt) => ({ ...attempt, endedAt })) }));
    const blocks = async () =>
      (await stage.store.read((tx) => tx.blocks())).toSorted((a, b) => (a.size < b.size ? -1 : 1));
    await end(null);
    expect(await blocks()).toEqual([own, theirs]);
    await end(at(1));
    expect(await blocks()).toEqual([{ ...own, probe: null }, theirs]);
  });

  test("a verdict of class auth or account suspends the account", async () => {
    const account = sampleAccount();
    await openAccounts(stage.store, [account]);
    const id = await launchBegun(stage.store);
    const fault = sampleFault({ class: "auth", scope: "account", text: "the key was revoked" });
    await change(stage.store, id, () => ({ verdicts: [{ account: account.id, fault }] }));
    const judged = await stage.store.read((tx) => tx.account(account.id));
    expect(judged).toEqual({ ...account, health: "suspended", healthText: fault.text, healthAt: judged?.healthAt });
    expect(judged?.healthAt).toBeGreaterThan(SAMPLE_TIME);
  });

  test("evidence is kept per machine, the newest", async () => {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    const machine = sampleMachine({ deployment: id });
    await putMachines(stage.store, id, [machine]);
    expect(await stage.store.read((tx) => tx.evidence(machine.id))).toBeNull();
    const first = { machine: machine.id, at: at(1), console: null, fault: "no room" };
    await change(stage.store, id, () => ({ evidence: [first] }));
    expect(await stage.store.read((tx) => tx.evidence(machine.id))).toEqual(first);
    const second = { machine: machine.id, at: at(2), console: "kernel panic\u001b[0m\n", fault: null };
    await change(stage.store, id, () => ({ evidence: [second] }));
    expect(await stage.store.read((tx) => tx.evidence(machine.id))).toEqual(second);
  });

  test("attempts are added and changed, never lost", async () => {
    await openAccounts(stage.store);
    const { id } = await launch(stage.store);
    await begin(stage.store, id);
    await change(stage.store, id, ({ attempts }) => ({
      attempts: [
        ...attempts.map((attempt) => ({ ...attempt, outcome: "failed" as const, endedAt: at(1) })),
        sampleAttempt({ deployment: id, no: 2 }),
      ],
    }));
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    expect(snapshot?.attempts).toEqual([
      sampleAttempt({ deployment: id, outcome: "failed", endedAt: at(1) }),
      sampleAttempt({ deployment: id, no: 2 }),
    ]);
  });
}
