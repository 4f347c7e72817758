import { expect, test } from "vitest";
import { accountId, type DeploymentId, machineId } from "../../core/ids.ts";
import type { Machine, Observed } from "../../core/machine.ts";
import { SAMPLE_TIME, sampleAccount, sampleFault, sampleMachine, sampleObserved } from "../store.samples.ts";
import { HOUR_MS, launchBegun, openAccounts, putMachines, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

export function listingSuite(stage: Stage): void {
  const compareListing = (page: readonly Observed[]) => stage.store.write((tx) => tx.compareListing(EAST, page));
  const countMissing = (names: readonly string[], before = SAMPLE_TIME + HOUR_MS, unlisted: readonly string[] = []) =>
    stage.store.write((tx) => tx.countMissing(EAST, { names, unlisted }, before));
  const tally = (shown: number, missing: number, realm = "east-1") => ({ realm, shown, missing });
  const inTransit = () => stage.store.write((tx) => tx.inTransit(EAST));
  const machine = (id: string) => stage.store.read((tx) => tx.machine(machineId(id)));

  /** Ledger rows of one deployment, and how the cloud shows each unchanged. */
  async function putSeen(rows: readonly Partial<Machine>[]): Promise<{ machines: Machine[]; page: Observed[] }> {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST })]);
    const id: DeploymentId = await launchBegun(stage.store);
    const machines = rows.map((row, n) => {
      const name = `i${n}`;
      const seen = { state: "made", observed: "running", madeAt: SAMPLE_TIME, externalId: `x-${name}` } as const;
      const calm = { call: null, callAt: null, privateAddress: "10.0.0.5" };
      return sampleMachine({ deployment: id, instance: name, ...seen, ...calm, ...row });
    });
    await putMachines(stage.store, id, machines);
    const page = machines.map(({ id: name, externalId, observed }) =>
      sampleObserved({ name, externalId: externalId ?? "x", state: observed }),
    );
    return { machines, page };
  }

  test("a page that shows what is known makes no difference", async () => {
    const { page } = await putSeen([{}, {}]);
    expect(await compareListing(page)).toEqual({ changed: [], strays: [] });
    expect(await compareListing([])).toEqual({ changed: [], strays: [] });
  });

  test("a machine whose state, address or id differs is told, with what was seen", async () => {
    const { machines, page } = await putSeen([{}, {}, {}, {}, {}, { privateAddress: null, externalId: null }]);
    const differences: readonly Partial<Observed>[] = [
      {},
      { state: "stopped" },
      { privateAddress: null },
      { publicAddress: "203.0.113.9" },
      { externalId: "x-another" },
      {},
    ];
    const shown = page.map((observed, n) => ({ ...observed, ...differences[n] }));
    const { changed, strays } = await compareListing(shown);
    expect(strays).toEqual([]);
    expect(changed.toSorted((a, b) => (a.machine.id < b.machine.id ? -1 : 1))).toEqual(
      // An address that the cloud leaves out is kept, so it is no difference.
      [1, 3, 4, 5].map((n) => ({ machine: machines[n], observed: shown[n] })),
    );
  });

  test("a machine that stands still after its start, and the cloud says why, is told: it ran and ended between two lists", async () => {
    const stopped = { observed: "stopped" } as const;
    const started = { ...stopped, startAskedAt: SAMPLE_TIME };
    const { machines, page } = await putSeen([stopped, started, started]);
    const fault = sampleFault({ code: "exited" });
    const shown = page.map((observed, n) => (n === 2 ? observed : { ...observed, fault }));
    const { changed } = await compareListing(shown);
    expect(changed).toEqual([{ machine: machines[1], observed: shown[1] }]);
  });

  test("an intent and a doubt that the cloud shows are told as changed", async () => {
    const { machines, page } = await putSeen([
      { state: "intent", externalId: null, observed: "unknown", madeAt: null },
      { state: "in_doubt", externalId: null, observed: "unknown", madeAt: null },
    ]);
    const { changed, strays } = await compareListing(page);
    expect(strays).toEqual([]);
    expect(changed.map((one) => one.machine.id).toSorted()).toEqual(machines.map(({ id }) => id));
  });

  test("what has no open row is a stray: unknown names, and closed rows that are there after all", async () => {
    const { page } = await putSeen([{}, { state: "gone" }, { state: "absent" }]);
    const unknown = sampleObserved({ name: "sw-restored-a1-db-t1", state: "stopped", publicAddress: "203.0.113.1" });
    const { changed, strays } = await compareListing([...page, unknown]);
    expect(changed).toEqual([]);
    expect(strays.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([page[1], page[2], unknown]);
  });

  test("what no page named counts one listing more as missing, and back to none once it is seen", async () => {
    const { machines } = await putSeen([{}, {}, {}]);
    const [first, second, third] = machines.map(({ id }) => id);
    const once = await countMissing([String(first)]);
    expect(once.tallies).toEqual([tally(1, 2)]);
    expect(new Set(once.missing.map(({ id, missing }) => `${id} ${missing}`))).toEqual(
      new Set([`${second} 1`, `${third} 1`]),
    );
    const twice = await countMissing([String(first), String(third)]);
    expect(twice.missing).toEqual([{ ...machines[1], missing: 2 }]);
    expect(await machine(String(third))).toEqual(machines[2]);
    expect(await machine(String(second))).toEqual({ ...machines[1], missing: 2 });
    expect(await countMissing(machines.map(({ id }) => id))).toEqual({
      missing: [],
      tallies: [tally(3, 0)],
      absent: [],
      youngAt: null,
    });
    expect((await machine(String(second)))?.missing).toBe(0);
  });

  test("a machine that was asked to go is not among those shown", async () => {
    const { machines } = await putSeen([{ undoAskedAt: SAMPLE_TIME }, {}]);
    expect(await countMissing(machines.map(({ id }) => id))).toEqual({
      missing: [],
      tallies: [tally(1, 0)],
      absent: [],
      youngAt: null,
    });
  });

  test("a machine made too recently to be visible does not count as missing", async () => {
    const { machines } = await putSeen([{ madeAt: SAMPLE_TIME + 1000 }, { madeAt: SAMPLE_TIME + 3000 }]);
    const { missing } = await countMissing([], SAMPLE_TIME + 2000);
    expect(missing.map(({ id }) => id)).toEqual([machines[0]?.id]);
    expect((await machine(machines[1]?.id ?? ""))?.missing).toBe(0);
  });

  test("of machines that no page named and that were made too late to count, the time of the oldest is told", async () => {
    const late = (ms: number, more: Partial<Machine> = {}) => ({ madeAt: SAMPLE_TIME + ms, ...more });
    const { machines } = await putSeen([
      late(1_000),
      late(2_000, { undoAskedAt: SAMPLE_TIME + 2_500 }),
      late(2_001),
      late(3_000),
      late(2_500, { account: WEST }),
    ]);
    const named = machines.map(({ id }) => String(id));
    const before = SAMPLE_TIME + 2_000;
    expect(await countMissing([], before)).toMatchObject({ tallies: [tally(0, 1)], youngAt: SAMPLE_TIME + 2_001 });
    expect(await countMissing(named.slice(2, 3), before)).toMatchObject({
      tallies: [tally(1, 1)],
      youngAt: SAMPLE_TIME + 3_000,
    });
    expect(await countMissing(named, before)).toMatchObject({ tallies: [tally(3, 0)], youngAt: null });
  });

  test("realms are counted apart, and those that a list says nothing of stay as they were", async () => {
    const { machines } = await putSeen([{}, { realm: "east-2" }, { realm: "east-2" }, { realm: "east-3" }]);
    const [first, second] = machines.map(({ id }) => String(id));
    const some = await countMissing([String(first), String(second)], SAMPLE_TIME + HOUR_MS, ["east-3"]);
    expect(some.missing.map(({ id }) => id)).toEqual([machines[2]?.id]);
    expect(some.tallies).toEqual([tally(1, 0), tally(1, 1, "east-2")]);
    const none = await countMissing([], SAMPLE_TIME + HOUR_MS, ["east-1", "east-2"]);
    expect(none.missing.map(({ id, missing }) => `${id} ${missing}`)).toEqual([`${machines[3]?.id} 1`]);
    expect(none.tallies).toEqual([tally(0, 1, "east-3")]);
    expect((await machine(String(machines[2]?.id)))?.missing).toBe(1);
  });

  test("machines of other accounts, closed ones and such as were never made are not missing", async () => {
    const { machines } = await putSeen([
      { account: WEST },
      { state: "gone" },
      { state: "intent", madeAt: null, externalId: null },
      { state: "in_doubt", madeAt: null, externalId: null },
    ]);
    expect(await countMissing([])).toEqual({ missing: [], tallies: [], absent: [], youngAt: null });
    for (const { id } of machines) expect((await machine(id))?.missing).toBe(0);
  });

  test("a stray is written, watched, claimed, changed and closed by itself", async () => {
    await openAccounts(stage.store);
    const stray = sampleMachine({
      id: machineId("sw-lost-a1-db-t1"),
      deployment: null,
      instance: null,
      attemptNo: 0,
      state: "made",
      externalId: "x-1",
      call: "look",
      callAt: SAMPLE_TIME,
      madeAt: SAMPLE_TIME,
      undoAskedAt: SAMPLE_TIME,
    });
    await stage.store.write((tx) => tx.putStray(stray));
    expect(await machine(stray.id)).toEqual(stray);
    const [claim] = await stage.store.write((tx) => tx.claimCalls(1, HOUR_MS));
    expect(claim).toMatchObject({ call: "look", callNo: 1, request: null });
    const ended = await stage.store.write(async (tx) => {
      const locked = await tx.lockMachine(stray.id);
      expect(locked?.machine).toEqual(claim?.machine);
      expect(locked?.now).toBeGreaterThan(SAMPLE_TIME);
      expect(await tx.endClaims([{ machine: stray, callNo: 1 }])).toEqual([true]);
      await tx.putStray({ ...stray, call: "destroy", callAt: SAMPLE_TIME + 1, callNo: 99, claimedUntil: 99 });
      return tx.machine(stray.id);
    });
    const going = { ...stray, call: "destroy", callAt: SAMPLE_TIME + 1, callNo: 1, claimedUntil: null } as const;
    expect(ended).toEqual(going);
    const gone: Machine = { ...going, state: "gone", closedAt: SAMPLE_TIME + 2, call: null, callAt: null };
    await stage.store.write((tx) => tx.putStray(gone));
    expect(await machine(stray.id)).toEqual(gone);
    expect(await stage.store.write((tx) => tx.lockMachine(machineId("sw-nobody")))).toBeNull();
  });

  test("a closed row is opened again when the cloud shows it after all, with its deployment and its fence", async () => {
    const { machines } = await putSeen([{ state: "absent", externalId: null, madeAt: null }]);
    const [absent] = machines;
    if (absent === undefined) throw new Error("no machine");
    const found: Machine = {
      ...absent,
      state: "made",
      externalId: "x-late",
      madeAt: SAMPLE_TIME + 5,
      closedAt: null,
      call: "look",
      callAt: SAMPLE_TIME + 6,
    };
    await stage.store.write((tx) => tx.putStray(found));
    expect(await machine(absent.id)).toEqual(found);
    const illegal = stage.store.write((tx) => tx.putStray({ ...found, state: "refused" }));
    await expect(illegal).rejects.toThrow();
  });

  test("machines are in transit on their way up, from the last thing that was asked or done, by step and size", async () => {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST })]);
    expect(await inTransit()).toEqual([]);
    const id = await launchBegun(stage.store);
    const made = { state: "made", madeAt: SAMPLE_TIME + 10, intentAt: SAMPLE_TIME, call: null, callAt: null } as const;
    const settled: readonly Partial<Machine>[] = [
      { ...made, observed: "running" },
      { ...made, observed: "stopped" },
      { ...made, observed: "error" },
      { ...made, observed: "pending", quarantinedUntil: SAMPLE_TIME + 99_000 },
      { ...made, observed: "pending", undoAskedAt: SAMPLE_TIME + 9 },
      { ...made, observed: "pending", debtSince: SAMPLE_TIME + 11 },
      { ...made, state: "gone", observed: "gone" },
      { ...made, account: WEST, observed: "pending" },
      { state: "intent", intentAt: SAMPLE_TIME + 5 },
    ];
    const put = (rows: readonly Partial<Machine>[], name: string) =>
      putMachines(
        stage.store,
        id,
        rows.map((row, n) => sampleMachine({ deployment: id, instance: `${name}${n}`, ...row })),
      );
    await put(settled, "settled");
    expect(await inTransit()).toEqual([]);
    await put(
      [
        { state: "in_doubt", intentAt: SAMPLE_TIME + 20 },
        { ...made, observed: "pending", madeAt: SAMPLE_TIME + 15 },
        { ...made, observed: "pending", madeAt: SAMPLE_TIME + 17, size: "s2" },
        { ...made, observed: "unknown", madeAt: SAMPLE_TIME + 16 },
        { ...made, observed: "stopped", startAskedAt: SAMPLE_TIME + 30 },
      ],
      "moving",
    );
    const at = (ms: number): number => SAMPLE_TIME + ms;
    expect(await inTransit()).toEqual([
      { step: "boot", size: "s1", oldestAt: at(15), newestAt: at(20) },
      { step: "boot", size: "s2", oldestAt: at(17), newestAt: at(17) },
      { step: "start", size: "s1", oldestAt: at(30), newestAt: at(30) },
    ]);
    const names = async (limit: number) =>
      (await stage.store.write((tx) => tx.machinesInTransit(EAST, limit))).map((one) => one.instance);
    expect(new Set(await names(10))).toEqual(new Set(["moving0", "moving1", "moving2", "moving3", "moving4"]));
    expect(await names(2)).toEqual((await names(10)).slice(0, 2));
  });
}
