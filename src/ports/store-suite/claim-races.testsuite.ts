// Races for due calls, probes and polls, among claimers and against decisions. See raceOn.

import { expect } from "vitest";
import { accountId } from "../../core/ids.ts";
import type { Tx } from "../store.ts";
import { SAMPLE_TIME, sampleAccount, sampleChanges, sampleMachine } from "../store.samples.ts";
import {
  change,
  changeIn,
  gate,
  HOUR_MS,
  launchBegun,
  openAccounts,
  putMachines,
  raceOn,
  times,
  type Stage,
} from "./stage.testsuite.ts";

const EAST = accountId("acc-east");

export function claimRaceSuite(stage: Stage): void {
  const race = raceOn(stage);

  race("two claimers never get the same row", async (store) => {
    await openAccounts(store, [sampleAccount({ limiter: { parallel: 100, pausedUntil: null } })]);
    const id = await launchBegun(store);
    const machines = times(10).map((n) => sampleMachine({ deployment: id, instance: `i${n}` }));
    await putMachines(store, id, machines);
    const claimed = gate();
    const done = gate();
    const first = store.write(async (tx) => {
      const claims = await tx.claimCalls(4, HOUR_MS);
      claimed.open();
      await done.passed;
      return claims;
    });
    await Promise.race([claimed.passed, first]);
    const second = await store.write((tx) => tx.claimCalls(100, HOUR_MS));
    done.open();
    const all = [...(await first), ...second, ...(await store.write((tx) => tx.claimCalls(100, HOUR_MS)))];
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
      const claims = (await Promise.all(times(4).map(() => store.write((tx) => tx.claimCalls(2, HOUR_MS))))).flat();
      expect(claims.length).toBeLessThanOrEqual(3);
      for (const { machine, callNo } of claims) {
        seen.push(machine.id);
        await store.write(async (tx) => {
          await tx.lock([id]);
          await tx.endClaims([{ machine, callNo }]);
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
    expect(await store.write((tx) => tx.claimCalls(10, HOUR_MS))).toEqual([]);
    tried.open();
    await undo;
    expect(await store.write((tx) => tx.claimCalls(10, HOUR_MS))).toEqual([]);
    expect(await store.read((tx) => tx.machine(machine.id))).toMatchObject({
      state: "absent",
      sentAt: null,
      callNo: 0,
    });

    async function changeLate(tx: Tx, late: (row: typeof machine) => Promise<typeof machine>) {
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
      const claims = await tx.claimCalls(1, HOUR_MS);
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
    const claim = (held: Promise<void>, holding?: () => void) =>
      store.write(async (tx) => {
        const claims = [...(await tx.claimProbes(1, HOUR_MS)), ...(await tx.claimPolls(1, HOUR_MS))];
        holding?.();
        await held;
        return claims.map((one) => ("account" in one ? one.account.id : one.instance));
      });
    const claimed = gate();
    const done = gate();
    const first = claim(done.passed, claimed.open);
    await Promise.race([claimed.passed, first]);
    const others = await Promise.all(times(3).map(() => claim(Promise.resolve())));
    done.open();
    expect([...(await first), ...others.flat()].toSorted()).toEqual([EAST, "db", "web"]);
  });
}
