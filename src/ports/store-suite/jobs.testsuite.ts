// Calls that are handed out together or in turn, and claims that are kept while they go on.

import { describe, expect, test } from "vitest";
import { accountId, type AccountId, type DeploymentId, machineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { type ClaimedCall, LOOK_AHEAD_MS } from "../claims.ts";
import { SAMPLE_TIME, sampleAccount, sampleMachine } from "../store.samples.ts";
import {
  change,
  HOUR_MS,
  launchBegun,
  nthId,
  openAccounts,
  PAST_CLAIM,
  putMachines,
  type Stage,
} from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

export function jobSuite(stage: Stage): void {
  const claim = (limit = 100, claimMs = HOUR_MS) => stage.store.write((tx) => tx.claimCalls(limit, claimMs));
  const ids = (claims: readonly ClaimedCall[]) => claims.map(({ machine }) => machine.id).toSorted();
  const nextCall = async () => (await stage.store.read((tx) => tx.nextDue())).call;

  /** One deployment with these machines; the n-th belongs to instance `in`. */
  async function putAll(rows: readonly Partial<Machine>[]): Promise<{ id: DeploymentId; machines: Machine[] }> {
    const id = await launchBegun(stage.store);
    const machines = rows.map((row, n) => sampleMachine({ deployment: id, instance: `i${n}`, ...row }));
    await putMachines(stage.store, id, machines);
    return { id, machines };
  }

  /** Of another deployment. */
  async function putMore(rows: readonly Partial<Machine>[]): Promise<void> {
    const id = await launchBegun(stage.store, { id: nthId(2), name: "more" });
    const machines = rows.map((row, n) =>
      sampleMachine({ id: machineId(`more-${n}`), deployment: id, instance: `i${n}`, ...row }),
    );
    await putMachines(stage.store, id, machines);
  }

  const bounded = (id: AccountId, parallel: number, pausedUntil: number | null = null) =>
    sampleAccount({ id, limiter: { parallel, pausedUntil } });

  describe("the looks at an account", () => {
    const look = { call: "look", state: "made", externalId: "x" } as const;
    /** Claims at the moment at which these are due in so many ms. */
    const claimWhen = (dueIn: ReadonlyMap<Machine | undefined, number>, limit = 100) =>
      stage.store.write(async (tx) => {
        const moment = await tx.now();
        await tx.putMachines(
          [...dueIn].flatMap(([row, ms]) => (row === undefined ? [] : { ...row, callAt: moment + ms })),
        );
        return tx.claimCalls(limit, HOUR_MS);
      });

    test("are one call of its limiter, with those that are due soon", async () => {
      await openAccounts(stage.store, [bounded(EAST, 1), bounded(WEST, 1)]);
      const { machines } = await putAll([
        look,
        look,
        look,
        look,
        { call: "destroy", state: "made", callAt: SAMPLE_TIME + 1 },
        { ...look, account: WEST },
      ]);
      const soon = new Map([
        [machines[2], LOOK_AHEAD_MS / 2],
        [machines[3], HOUR_MS],
      ]);
      const claimed = await claimWhen(soon, 2);
      const of = (...places: number[]) => places.map((place) => String(machines[place]?.id)).toSorted();
      expect(ids(claimed)).toEqual(of(0, 1, 2, 5));
      expect(claimed.map(({ call }) => call)).toEqual(["look", "look", "look", "look"]);
      expect((await stage.store.read((tx) => tx.callRates())).get(EAST)).toEqual({ perMinute: 1, underWay: 1 });
      expect(await claim()).toEqual([]);
    });

    const lookup = { call: "lookup", state: "in_doubt", sentAt: SAMPLE_TIME } as const;

    test("are apart from the look-ups there, which are one call as well", async () => {
      await openAccounts(stage.store, [bounded(EAST, 2)]);
      const { machines } = await putAll([lookup, lookup, lookup, look]);
      const claimed = await claimWhen(new Map([[machines[2], LOOK_AHEAD_MS / 2]]));
      expect(claimed.map(({ call }) => call).toSorted()).toEqual(["look", "lookup", "lookup"]);
      expect((await stage.store.read((tx) => tx.callRates())).get(EAST)).toEqual({ perMinute: 2, underWay: 2 });
    });

    test.each([look, lookup])("wait for those that are under way, and are not due meanwhile: $call", async (kind) => {
      await openAccounts(stage.store, [bounded(EAST, 9)]);
      const { id, machines } = await putAll([kind]);
      const [first] = await claim();
      const more = sampleMachine({
        ...kind,
        id: machineId("sw-late"),
        deployment: id,
        instance: "late",
        nonce: "late",
      });
      await putMachines(stage.store, id, [more]);
      expect(await claim()).toEqual([]);
      expect(await nextCall()).toBe(first?.claimedUntil);
      await stage.store.write((tx) => tx.endClaims(first === undefined ? [] : [first]));
      expect(ids(await claim())).toEqual([String(machines[0]?.id), "sw-late"].toSorted());
    });

    test("that are due soon alone are not handed out", async () => {
      await openAccounts(stage.store);
      const { machines } = await putAll([look]);
      expect(await claimWhen(new Map([[machines[0], LOOK_AHEAD_MS / 2]]))).toEqual([]);
    });
  });

  test("accounts take turns, so that one with much to do keeps none waiting", async () => {
    await openAccounts(stage.store, [bounded(EAST, 9), bounded(WEST, 9)]);
    await putAll([
      ...Array.from({ length: 4 }, () => ({ account: EAST })),
      ...Array.from({ length: 2 }, () => ({ account: WEST, callAt: SAMPLE_TIME + 1 })),
    ]);
    expect((await claim(3)).map(({ machine }) => machine.account).toSorted()).toEqual([EAST, EAST, WEST]);
  });

  test("those with the fewest calls in flight come first, and none has more of them than places are left", async () => {
    await openAccounts(stage.store, [bounded(EAST, 20), bounded(WEST, 20)]);
    await putAll(Array.from({ length: 12 }, () => ({ account: EAST })));
    const of = (claims: readonly ClaimedCall[], account: AccountId) =>
      claims.filter(({ machine }) => machine.account === account).length;
    const first = await claim(10);
    expect(of(first, EAST)).toBe(6);
    await putMore(Array.from({ length: 4 }, () => ({ account: WEST, callAt: SAMPLE_TIME + 1 })));
    // As many are in flight at EAST as places are left, and none at WEST.
    const second = await claim(4);
    expect([of(second, EAST), of(second, WEST)]).toEqual([0, 3]);
    const third = await claim(100);
    expect([of(third, EAST), of(third, WEST)]).toEqual([6, 1]);
  });

  test("a claim is renewed while it is nobody else's", async () => {
    await openAccounts(stage.store);
    await putAll([{}, {}]);
    const [kept, lost] = await claim(2, PAST_CLAIM);
    if (kept === undefined || lost === undefined) throw new Error("nothing was claimed");
    const [heir] = (await claim()).filter(({ machine }) => machine.id === lost.machine.id);
    expect(await stage.store.write((tx) => tx.renewClaims([{ ...kept, callNo: 2 }, lost], HOUR_MS))).toEqual([
      true,
      false,
    ]);
    expect(await stage.store.write((tx) => tx.endClaims([lost]))).toEqual([false]);
    const held = (await stage.store.read((tx) => tx.machine(kept.machine.id)))?.claimedUntil ?? 0;
    expect(held).toBeGreaterThanOrEqual((heir?.now ?? 0) + HOUR_MS);
    expect(await claim()).toEqual([]);
  });

  test("a claim that was given back is not renewed", async () => {
    await openAccounts(stage.store);
    await putAll([{}]);
    const [done] = await claim();
    if (done === undefined) throw new Error("nothing was claimed");
    await stage.store.write((tx) => tx.endClaims([done]));
    expect(await stage.store.write((tx) => tx.renewClaims([done], HOUR_MS))).toEqual([false]);
    expect((await stage.store.read((tx) => tx.machine(done.machine.id)))?.claimedUntil).toBeNull();
  });

  test("what is known of a machine's parts is kept under the fence, and refused where it is not wanted any more", async () => {
    await openAccounts(stage.store);
    const { id } = await putAll([{}]);
    const [sent] = await claim();
    if (sent === undefined) throw new Error("nothing was claimed");
    const keep = (callNo: number, disk: string) =>
      stage.store.write((tx) => tx.keepHandle({ machine: sent.machine, callNo }, { disk, ports: ["p-1", "p-2"] }));
    const handle = async () => (await stage.store.read((tx) => tx.machine(sent.machine.id)))?.handle;
    expect(await keep(1, "d-1")).toBe(true);
    expect(await handle()).toEqual({ disk: "d-1", ports: ["p-1", "p-2"] });
    expect(await keep(2, "d-2")).toBe(false);
    expect(await handle()).toMatchObject({ disk: "d-1" });
    const row = await stage.store.read((tx) => tx.machine(sent.machine.id));
    if (row === null) throw new Error("no such row");
    await change(stage.store, id, () => ({ machines: [{ ...row, undoAskedAt: SAMPLE_TIME }] }));
    expect(await keep(1, "d-3")).toBe(false);
    expect(await handle()).toMatchObject({ disk: "d-3" });
  });
}
