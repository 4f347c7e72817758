import { expect, test } from "vitest";
import { alertAfter } from "../../core/world/tracking.ts";
import { accountId, type DeploymentId, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { CountedMissing, Listed } from "../claims.ts";
import { SAMPLE_TIME, sampleAccount, sampleChanges, sampleFault, sampleMachine } from "../store.samples.ts";
import type { Store } from "../store.ts";
import {
  change,
  gate,
  HOUR_MS,
  launchBegun,
  nthId,
  openAccounts,
  putMachines,
  raceOn,
  type Stage,
  times,
} from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

export function ledgerSuite(stage: Stage): void {
  const race = raceOn(stage);
  const mark = async (store: Store): Promise<string> =>
    (await store.read((tx) => tx.writtenSince(EAST, null), "alone")).horizon;
  /** Behind all that was written, also where somebody's long transaction elsewhere holds marks back. */
  const settledMark = async (): Promise<string> => {
    for (;;) {
      const horizon = await mark(stage.store);
      if ((await since(horizon))?.length === 0) return horizon;
    }
  };
  const since = async (horizon: string): Promise<readonly string[] | null> =>
    (await stage.store.read((tx) => tx.writtenSince(EAST, horizon), "alone")).written?.toSorted() ?? null;

  /** Ledger rows of one deployment, made and seen running. */
  async function put(rows: readonly Partial<Machine>[], n = 1): Promise<{ id: DeploymentId; machines: Machine[] }> {
    if (n === 1) await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST })]);
    const id = await launchBegun(stage.store, { id: nthId(n) });
    const made = { state: "made", observed: "running", madeAt: SAMPLE_TIME, call: null, callAt: null } as const;
    const machines = rows.map((row, i) =>
      sampleMachine({ deployment: id, instance: `i${i}`, externalId: `x-${n}-${i}`, ...made, ...row }),
    );
    await putMachines(stage.store, id, machines);
    return { id, machines };
  }

  async function write(id: DeploymentId, row: Machine): Promise<void> {
    await change(stage.store, id, () => ({ machines: [row] }));
  }

  test("what was written of an account's ledger since a mark is told, and nothing of another's", async () => {
    const { id, machines } = await put([{}, {}, { account: WEST }]);
    const first = await stage.store.read((tx) => tx.writtenSince(EAST, null), "alone");
    expect(first.written).toBeNull();
    const before = await settledMark();
    const [one, , western] = machines;
    if (one === undefined || western === undefined) throw new Error("no machines");
    await write(id, { ...one, observed: "stopped" });
    await write(id, { ...western, observed: "stopped" });
    expect(await since(before)).toEqual([one.id]);
    const { machines: added } = await put([{}], 2);
    expect(await since(before)).toEqual([one.id, ...added.map((row) => row.id)].toSorted());
    expect(await since(await settledMark())).toEqual([]);
  });

  const JUDGED: readonly Partial<Machine>[] = [
    { state: "gone", closedAt: SAMPLE_TIME },
    { externalId: "x-another" },
    { handle: { disk: "d-1" } },
    { observed: "error" },
    { privateAddress: "10.0.0.77" },
    { publicAddress: "203.0.113.7" },
    { madeAt: SAMPLE_TIME + 1 },
    { startAskedAt: SAMPLE_TIME },
    { undoAskedAt: SAMPLE_TIME },
    { missing: 2 },
  ];
  test.for(JUDGED)("a write of %o is told", async (written) => {
    const { id, machines } = await put([{}]);
    const before = await settledMark();
    for (const row of machines) await write(id, { ...row, ...written });
    expect(await since(before)).toEqual(machines.map((row) => row.id));
  });

  test("what no comparison and no count goes by is not told: claims, calls and their failures", async () => {
    const { id, machines } = await put([{}]);
    const before = await settledMark();
    for (const row of machines) {
      const calls = { call: "look", callAt: SAMPLE_TIME, failures: 1, fault: sampleFault() } as const;
      await write(id, { ...row, observedAt: SAMPLE_TIME + 5, ...calls });
    }
    expect(await stage.store.write((tx) => tx.claimCalls(1, HOUR_MS))).toHaveLength(1);
    expect(await since(before)).toEqual([]);
  });

  test("a stray is told, and a count of what is missing", async () => {
    const { machines } = await put([{}, {}]);
    const before = await settledMark();
    const lost = { deployment: null, instance: null, state: "made", externalId: "x-1" } as const;
    const stray = sampleMachine({ ...lost, id: machineId("sw-lost-a1-db-t1"), call: null, callAt: null });
    await stage.store.write((tx) => tx.putStray(stray));
    expect(await since(before)).toEqual([stray.id]);
    const named = machines.slice(1).map((row) => row.id);
    await stage.store.write((tx) =>
      tx.countMissing(EAST, { names: [...named, stray.id], unlisted: [] }, SAMPLE_TIME + HOUR_MS),
    );
    expect(await since(before)).toEqual([stray.id, ...machines.slice(0, 1).map((row) => row.id)].toSorted());
  });

  test("a mark of another server, or one that was never given, tells nothing", async () => {
    await put([{}]);
    for (const strange of ["1 3", `${(await mark(stage.store)).split(" ")[0]} 99999999`]) {
      expect((await stage.store.read((tx) => tx.writtenSince(EAST, strange), "alone")).written).toBeNull();
    }
  });

  race(
    "a transaction that was under way when a mark was taken is told after it, whenever it commits",
    async (store) => {
      const { id, machines } = await put([{}, {}]);
      const [slow, quick] = machines;
      if (slow === undefined || quick === undefined) throw new Error("no machines");
      const { id: other, machines: others } = await put([{}], 2);
      const written = gate();
      const marked = gate();
      const begun = store.write(async (tx) => {
        const { ids } = await tx.lock([id]);
        for (const { deployment } of await tx.snapshots(ids)) {
          await tx.apply([sampleChanges(deployment, { machines: [{ ...slow, observed: "stopped" }] })]);
        }
        written.open();
        await marked.passed;
      });
      await written.passed;
      // One that began later, and is over.
      for (const row of others) await write(other, { ...row, observed: "stopped" });
      const before = await mark(store);
      expect(await since(before)).not.toContain(slow.id);
      marked.open();
      await begun;
      expect(await since(before)).toContain(slow.id);
    },
  );

  race("marks that others take while many write lose nothing", async (store) => {
    const sets = [];
    for (const n of times(4)) sets.push(await put([{}, {}], n + 1));
    const seen = new Set<string>();
    let horizon = await mark(store);
    let isOver = false;
    const read = async (): Promise<void> => {
      const news = await store.read((tx) => tx.writtenSince(EAST, horizon), "alone");
      for (const one of news.written ?? []) seen.add(one);
      ({ horizon } = news);
    };
    const reading = (async () => {
      while (!isOver) await read();
    })();
    for (const observed of ["stopped", "running", "stopped"] as const) {
      seen.clear();
      await Promise.all(
        sets.map(({ id, machines }) =>
          change(store, id, () => ({ machines: machines.map((row) => ({ ...row, observed })) })),
        ),
      );
      await read();
      expect(seen.size).toBe(8);
    }
    isOver = true;
    await reading;
  });

  const REALMS = ["east-1", "east-2", "east-3"];
  const LISTS: Readonly<Record<string, { absent: readonly number[]; unlisted?: readonly string[] }>> = {
    nobody: { absent: [] },
    one: { absent: [0] },
    "one that is too young": { absent: [7] },
    "one that was asked to go": { absent: [6] },
    "a realm": { absent: [1, 4] },
    "a realm that is not listed": { absent: [1, 4], unlisted: ["east-2"] },
    everybody: { absent: times(9) },
    "everybody but one": { absent: times(8) },
  };
  test.for(Object.entries(LISTS))(
    "a list that lacks %s counts the same by whom it names and by whom it lacks",
    async ([, list]) => {
      const { absent, unlisted = [] } = list;
      const rows = times(9).map((n): Partial<Machine> => ({
        realm: REALMS[n % 3] ?? "east-1",
        missing: n === 2 || n === 5 ? 1 : 0,
        ...(n === 6 ? { undoAskedAt: SAMPLE_TIME } : {}),
        ...(n === 7 ? { madeAt: SAMPLE_TIME + 9_000 } : {}),
      }));
      const { machines } = await put([...rows, { account: WEST }, { state: "gone", closedAt: SAMPLE_TIME }]);
      const ids = machines.slice(0, 9).map((row) => String(row.id));
      const lacked = ids.filter((_, n) => absent.includes(n));
      const count = (listed: Listed) => stage.store.write((tx) => tx.countMissing(EAST, listed, SAMPLE_TIME + 5_000));
      const undo = async (): Promise<void> => {
        const deployment = machines[0]?.deployment;
        if (typeof deployment === "string")
          await change(stage.store, deployment, () => ({ machines: machines.slice(0, 9) }));
      };
      const named = await count({ names: ids.filter((one) => !lacked.includes(one)), unlisted });
      await undo();
      const lacking = await count({ absent: [...lacked, "sw-nobody"], unlisted });
      const told = ({ missing, youngAt, absent: left, tallies }: CountedMissing) => ({
        missing,
        youngAt,
        absent: left.toSorted(),
        alert: alertAfter({ alert: null, name: "east" }, tallies, unlisted),
        lost: tallies
          .filter((one) => one.missing > 0)
          .map(({ realm, shown, missing: lost }) => [realm, shown > 0, lost]),
      });
      expect(told(lacking)).toEqual(told(named));
      // Nobody takes the account for empty that is not.
      const shows = ({ tallies }: CountedMissing): boolean => tallies.some(({ shown }) => shown > 0);
      if (lacked.length > 0) expect(shows(lacking)).toBe(shows(named));
    },
  );

  test("of a list that lacks somebody no realm is told but those, unless none of them shows any", async () => {
    const { machines } = await put([{}, {}, { realm: "east-2" }]);
    const count = async (n: number) => {
      const absent = machines.slice(n, n + 1).map((row) => row.id);
      return (await stage.store.write((tx) => tx.countMissing(EAST, { absent, unlisted: [] }, SAMPLE_TIME + HOUR_MS)))
        .tallies;
    };
    expect(await count(0)).toEqual([{ realm: "east-1", shown: 1, missing: 1 }]);
    expect(await count(2)).toEqual([
      { realm: "east-2", shown: 0, missing: 1 },
      { realm: "east-1", shown: 1, missing: 0 },
    ]);
  });
}
