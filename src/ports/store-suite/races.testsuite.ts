// Races between transactions. Each holds at every interleaving; the gates only make the dangerous one likely. On a store with a
// single connection transactions follow each other, and a gate between two of them would never open.

import { expect, test, type TestContext } from "vitest";
import { accountId } from "../../core/ids.ts";
import type { Deployment } from "../../core/deployment.ts";
import { type Store, StoreConflict } from "../store.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleChanges,
  sampleMachine,
  sampleNewDeployment,
  sampleStoredBlueprint,
} from "../store.samples.ts";
import {
  begin,
  change,
  changeIn,
  gate,
  HOUR_MS,
  launch,
  launchBegun,
  LONG_CLAIM,
  nthId,
  openAccounts,
  putMachines,
  type Stage,
} from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const times = (count: number) => Array.from({ length: count }, (_, n) => n);

export function raceSuite(stage: Stage): void {
  const race = (name: string, run: (store: Store) => Promise<void>) =>
    test(name, async ({ skip }: TestContext) => {
      skip(!stage.concurrent, "one connection: transactions follow each other");
      await run(stage.store);
    });

  race("a wake-up is not lost when its writer waits for a worker that has read the old state", async (store) => {
    const { id } = await launch(store);
    const later = (await store.read((tx) => tx.now())) + HOUR_MS;
    const read = gate();
    const waking = gate();
    const worker = store.write(async (tx) => {
      const { ids } = await tx.lockDue(10);
      const [snapshot] = await tx.snapshots(ids);
      if (snapshot === undefined) throw new Error("nothing was due");
      read.open();
      await waking.passed;
      await tx.apply([sampleChanges({ ...snapshot.deployment, state: "pending", wakeAt: later })]);
    });
    await Promise.race([read.passed, worker]);
    const seen: (Deployment | undefined)[] = [];
    const waker = store.write(async (tx) => {
      const locked = tx.lock([id]);
      waking.open();
      const { ids, now } = await locked;
      const [snapshot] = await tx.snapshots(ids);
      seen.push(snapshot?.deployment);
      if (snapshot !== undefined) {
        await tx.apply([sampleChanges({ ...snapshot.deployment, cancelAskedAt: now, wakeAt: now })]);
      }
    });
    await Promise.all([worker, waker]);
    expect(seen).toMatchObject([{ state: "pending", wakeAt: later }]);
    const again = await store.write(async (tx) => tx.snapshots((await tx.lockDue(10)).ids));
    expect(again).toMatchObject([{ deployment: { id, state: "pending" } }]);
    expect(again[0]?.deployment.cancelAskedAt).not.toBeNull();
  });

  race(
    "a worker leaves a row that a waker holds, and finds it with the change once that commits late",
    async (store) => {
      const { id } = await launch(store);
      const written = gate();
      const looked = gate();
      const waker = store.write(async (tx) => {
        await changeIn(tx, id, () => ({ deployment: { cancelAskedAt: SAMPLE_TIME, wakeAt: SAMPLE_TIME } }));
        written.open();
        await looked.passed;
      });
      await Promise.race([written.passed, waker]);
      expect((await store.write((tx) => tx.lockDue(10))).ids).toEqual([]);
      expect((await store.read((tx) => tx.deployment(id)))?.cancelAskedAt).toBeNull();
      looked.open();
      await waker;
      const found = await store.write(async (tx) => tx.snapshots((await tx.lockDue(10)).ids));
      expect(found).toMatchObject([{ deployment: { id, cancelAskedAt: SAMPLE_TIME } }]);
    },
  );

  race("due deployments are locked by one worker each, and locks end with a rollback too", async (store) => {
    for (const n of times(6)) await launch(store, { id: nthId(n) });
    const locked = gate();
    const done = gate();
    const first = store.write(async (tx) => {
      const { ids } = await tx.lockDue(4);
      locked.open();
      await done.passed;
      if (ids.length > 0) throw new Error(ids.join());
    });
    const failed = first.catch((error: unknown) => String(error));
    await locked.passed;
    const second = await store.write((tx) => tx.lockDue(10));
    expect(second.ids).toHaveLength(2);
    done.open();
    for (const id of second.ids) expect(await failed).not.toContain(id);
    expect((await store.write((tx) => tx.lockDue(10))).ids).toHaveLength(6);
  });

  race("many workers decide every due deployment once", async (store) => {
    const ids = times(24).map(nthId);
    for (const id of ids) await launch(store, { id });
    const later = (await store.read((tx) => tx.now())) + HOUR_MS;
    const decided: string[] = [];
    const work = async () => {
      const mine = await store.write(async (tx) => {
        const due = await tx.lockDue(5);
        const snapshots = await tx.snapshots(due.ids);
        await tx.apply(
          snapshots.map(({ deployment }) => sampleChanges({ ...deployment, state: "pending", wakeAt: later })),
        );
        return due.ids;
      });
      decided.push(...mine);
    };
    for (let round = 0; round < 24 && decided.length < ids.length; round += 1) {
      await Promise.all(times(4).map(work));
    }
    expect(decided.toSorted()).toEqual(ids);
  });

  race("two claimers never get the same row", async (store) => {
    await openAccounts(store, [sampleAccount({ limiter: { parallel: 100, pausedUntil: null } })]);
    const id = await launchBegun(store);
    const machines = times(10).map((n) => sampleMachine({ deployment: id, instance: `i${n}` }));
    await putMachines(store, id, machines);
    const claimed = gate();
    const done = gate();
    const first = store.write(async (tx) => {
      const claims = await tx.claimCalls(4, LONG_CLAIM);
      claimed.open();
      await done.passed;
      return claims;
    });
    await Promise.race([claimed.passed, first]);
    const second = await store.write((tx) => tx.claimCalls(100, LONG_CLAIM));
    done.open();
    const all = [...(await first), ...second, ...(await store.write((tx) => tx.claimCalls(100, LONG_CLAIM)))];
    expect(all.map(({ machine }) => machine.id).toSorted()).toEqual(machines.map((machine) => machine.id));
    expect(new Set(all.map(({ callNo }) => callNo))).toEqual(new Set([1]));
  });

  race("many claimers together stay within an account's bound, and get every row once", async (store) => {
    await openAccounts(store, [sampleAccount({ limiter: { parallel: 3, pausedUntil: null } })]);
    const id = await launchBegun(store);
    await putMachines(
      store,
      id,
      times(12).map((n) => sampleMachine({ deployment: id, instance: `i${n}` })),
    );
    const seen: string[] = [];
    for (let round = 0; round < 60 && seen.length < 12; round += 1) {
      const claims = (await Promise.all(times(4).map(() => store.write((tx) => tx.claimCalls(2, LONG_CLAIM))))).flat();
      expect(claims.length).toBeLessThanOrEqual(3);
      for (const { machine, callNo } of claims) {
        seen.push(machine.id);
        await store.write(async (tx) => {
          await tx.lock([id]);
          await tx.endClaim(machine.id, callNo);
          await tx.snapshots([id]);
          await changeIn(tx, id, () => ({ machines: [{ ...machine, call: null, callAt: null }] }));
        });
      }
    }
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
  });

  race("a claim passes over a machine that an undo has locked, and finds it withdrawn", async (store) => {
    await openAccounts(store);
    const id = await launchBegun(store);
    const machine = sampleMachine({ deployment: id });
    await putMachines(store, id, [machine]);
    const locked = gate();
    const tried = gate();
    const undo = store.write((tx) =>
      changeLate(tx, async (snapshot) => {
        locked.open();
        await tried.passed;
        return { ...snapshot, state: "absent", call: null, callAt: null, closedAt: SAMPLE_TIME };
      }),
    );
    await Promise.race([locked.passed, undo]);
    expect(await store.write((tx) => tx.claimCalls(10, LONG_CLAIM))).toEqual([]);
    tried.open();
    await undo;
    expect(await store.write((tx) => tx.claimCalls(10, LONG_CLAIM))).toEqual([]);
    expect(await store.read((tx) => tx.machine(machine.id))).toMatchObject({
      state: "absent",
      sentAt: null,
      callNo: 0,
    });

    async function changeLate(
      tx: Parameters<Parameters<Store["write"]>[0]>[0],
      late: (row: typeof machine) => Promise<typeof machine>,
    ) {
      await tx.lock([id]);
      const [snapshot] = await tx.snapshots([id]);
      const [row] = snapshot?.machines ?? [];
      if (snapshot === undefined || row === undefined) throw new Error("no machine");
      await tx.apply([sampleChanges(snapshot.deployment, { machines: [await late(row)] })]);
    }
  });

  race("an undo that waits for a claim sees that the create may be on its way", async (store) => {
    await openAccounts(store);
    const id = await launchBegun(store);
    const machine = sampleMachine({ deployment: id });
    await putMachines(store, id, [machine]);
    const claimed = gate();
    const asking = gate();
    const claimer = store.write(async (tx) => {
      const claims = await tx.claimCalls(1, LONG_CLAIM);
      claimed.open();
      await asking.passed;
      return claims;
    });
    await Promise.race([claimed.passed, claimer]);
    const undo = store.write(async (tx) => {
      await tx.lock([id]);
      const snapshots = tx.snapshots([id]);
      asking.open();
      return snapshots;
    });
    const [claim] = await claimer;
    expect(claim).toMatchObject({ call: "create", callNo: 1 });
    expect((await undo)[0]?.machines).toEqual([claim?.machine]);
  });

  race("two decisions never reserve the same quota: the second sees what the first took", async (store) => {
    await openAccounts(store);
    for (const n of [1, 2]) await launch(store, { id: nthId(n) });
    const reserve = async (n: number) =>
      store.write(async (tx) => {
        const id = nthId(n);
        await tx.lock([id]);
        const [snapshot] = await tx.snapshots([id]);
        const market = (await tx.markets(["default"])).get("default");
        if (snapshot === undefined || market === undefined) throw new Error("nothing to decide");
        const { deployment } = snapshot;
        const attempts = [sampleAttempt({ deployment: id })];
        await tx.apply([sampleChanges({ ...deployment, state: "pending", attemptNo: 1 }, { attempts })]);
        return `${market.accounts[0]?.reserved.instances} of ${market.poolReserved.instances}`;
      });
    const seen = await Promise.all([reserve(1), reserve(2)]);
    expect(seen.toSorted()).toEqual(["0 of 0", "2 of 2"]);
  });

  race("many deployments locked in any order end without a deadlock", async (store) => {
    const ids = times(8).map(nthId);
    for (const id of ids) await launch(store, { id });
    const orders = [ids, ids.toReversed(), [...ids.slice(4), ...ids.slice(0, 4)]];
    const rounds = times(9).map((n) =>
      store.write(async (tx) => {
        const locked = await tx.lock(orders[n % orders.length] ?? []);
        const snapshots = await tx.snapshots(locked.ids);
        await tx.apply(snapshots.map(({ deployment }) => sampleChanges({ ...deployment, seed: deployment.seed })));
        return locked.ids.length;
      }),
    );
    expect(await Promise.all(rounds)).toEqual(times(9).map(() => 8));
  });

  race("changes of one deployment at the same time follow each other, and none is lost", async (store) => {
    const { id } = await launch(store);
    const append = () =>
      change(store, id, ({ deployment }) => {
        const no = deployment.eventNo + 1;
        return {
          deployment: { eventNo: no },
          events: [{ deployment: id, no, at: SAMPLE_TIME, body: { kind: "deleted" } }],
        };
      });
    await Promise.all(times(8).map(append));
    const events = await store.read((tx) => tx.events(id, 0, 100));
    expect(events.map(({ no }) => no)).toEqual(times(9).map((n) => n + 1));
    expect((await store.read((tx) => tx.deployment(id)))?.eventNo).toBe(9);
  });

  race("of two launches with one name, or one request key, one is refused", async (store) => {
    const attempt = (n: number, name: string, key: string | null) =>
      store
        .write((tx) =>
          tx.insertDeployment(
            sampleNewDeployment(
              { id: nthId(n), name },
              { requestKey: key === null ? null : { key, digest: "digest" } },
            ),
          ),
        )
        .then(
          () => "made",
          (error: unknown) => (error instanceof StoreConflict ? error.what : String(error)),
        );
    const named = await Promise.all([attempt(1, "shop", null), attempt(2, "shop", null)]);
    expect(named.toSorted()).toEqual(["deployment", "made"]);
    const keyed = await Promise.all([attempt(3, "blog", "key"), attempt(4, "blog", "key")]);
    expect(keyed.toSorted()).toEqual(["made", "request_key"]);
  });

  race("versions of a blueprint added at the same time follow each other", async (store) => {
    const add = (n: number) => store.write((tx) => tx.addBlueprint(sampleStoredBlueprint({ source: `# ${n}\n` })));
    const rows = await Promise.all(times(5).map(add));
    expect(rows.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  race("probes and polls are claimed by one of many", async (store) => {
    await openAccounts(store);
    const id = await launchBegun(store);
    const machine = sampleMachine({ deployment: id, state: "made" });
    await putMachines(store, id, [machine]);
    await change(store, id, ({ instances }) => ({
      instances: instances.map((row) => ({
        ...row,
        state: "pending" as const,
        machine: machine.id,
        probeAt: SAMPLE_TIME,
      })),
    }));
    const claims = await Promise.all(
      times(4).map(() =>
        store.write(async (tx) => [...(await tx.claimProbes(1, HOUR_MS)), ...(await tx.claimPolls(1, HOUR_MS))]),
      ),
    );
    const names = claims.flat().map((claim) => ("account" in claim ? claim.account.id : claim.instance));
    expect(names.toSorted()).toEqual([EAST, "db", "web"]);
  });

  race("a reader sees all of a transaction or nothing", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    const written = gate();
    const looked = gate();
    const writer = store.write(async (tx) => {
      await changeIn(tx, id, () => ({
        deployment: { state: "pending", attemptNo: 1 },
        attempts: [sampleAttempt({ deployment: id })],
      }));
      written.open();
      await looked.passed;
    });
    await Promise.race([written.passed, writer]);
    expect(await store.read((tx) => tx.snapshot(id))).toMatchObject({ deployment: { state: "new" }, attempts: [] });
    looked.open();
    await writer;
    expect(await store.read((tx) => tx.snapshot(id))).toMatchObject({
      deployment: { state: "pending" },
      attempts: [{ no: 1 }],
    });
  });

  race("a deployment that is begun while others are read is never half read", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    const [, ...seen] = await Promise.all([
      begin(store, id),
      ...times(6).map(() => store.read((tx) => tx.snapshot(id))),
    ]);
    for (const snapshot of seen) expect(snapshot?.attempts).toHaveLength(snapshot?.deployment.attemptNo ?? -1);
  });
}
