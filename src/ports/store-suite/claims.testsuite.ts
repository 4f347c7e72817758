import { UNLIMITED } from "../../core/market/amount.ts";
import { expect, test } from "vitest";
import { accountId, type AccountId, type DeploymentId, machineId } from "../../core/ids.ts";
import type { Call, Machine } from "../../core/machine.ts";
import type { ClaimedCall } from "../claims.ts";
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

export function claimSuite(stage: Stage): void {
  const claim = (limit = 100, claimMs = HOUR_MS) => stage.store.write((tx) => tx.claimCalls(limit, claimMs));
  const ids = (claims: readonly ClaimedCall[]) => claims.map(({ machine }) => machine.id).toSorted();
  const nextCall = async () => (await stage.store.read((tx) => tx.nextDue())).call;
  const now = () => stage.store.read((tx) => tx.now());

  /** One deployment with these machines; the n-th belongs to instance `in`. */
  async function putAll(rows: readonly Partial<Machine>[]): Promise<{ id: DeploymentId; machines: Machine[] }> {
    const id = await launchBegun(stage.store);
    const machines = rows.map((row, n) => sampleMachine({ deployment: id, instance: `i${n}`, ...row }));
    await putMachines(stage.store, id, machines);
    return { id, machines };
  }

  const bounded = (id: AccountId, parallel: number, pausedUntil: number | null = null) =>
    sampleAccount({ id, limiter: { parallel, pausedUntil } });

  test("a due create is claimed with its request, and may be sent from now on", async () => {
    await openAccounts(stage.store);
    const { machines } = await putAll([{}]);
    const before = await now();
    const [claimed, ...others] = await claim();
    expect(others).toEqual([]);
    expect(claimed).toEqual({
      machine: { ...machines[0], callNo: 1, claimedUntil: claimed?.claimedUntil, sentAt: claimed?.machine.sentAt },
      call: "create",
      callNo: 1,
      traceparent: null,
      request: `sealed ${machines[0]?.id}`,
      parallel: 10,
      claimedUntil: (claimed?.now ?? 0) + HOUR_MS,
      now: claimed?.now,
    });
    expect(claimed?.now).toBeGreaterThanOrEqual(before);
    expect(claimed?.machine.sentAt).toBeGreaterThanOrEqual(before);
    expect(await stage.store.read((tx) => tx.machine(machineId(machines[0]?.id ?? "")))).toEqual(claimed?.machine);
  });

  test("a claim says which trace its deployment goes on with; a stray's says none", async () => {
    await openAccounts(stage.store);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const id = await launchBegun(stage.store, { traceparent });
    expect((await stage.store.read((tx) => tx.deploymentHead(id)))?.traceparent).toBe(traceparent);
    await putMachines(stage.store, id, [sampleMachine({ deployment: id, instance: "i0" })]);
    const stray = sampleMachine({ deployment: null, instance: null, state: "made", call: "destroy", externalId: "x" });
    await stage.store.write((tx) => tx.putStray(stray));
    const claims = await claim();
    expect(new Map(claims.map((one) => [one.call, one.traceparent]))).toEqual(
      new Map([
        ["create", traceparent],
        ["destroy", null],
      ]),
    );
  });

  test("every call but create is claimed without a request", async () => {
    await openAccounts(stage.store);
    const calls: readonly Call[] = ["lookup", "start", "console", "destroy", "look"];
    const rows = calls.map((call) => ({ call, state: call === "lookup" ? ("in_doubt" as const) : ("made" as const) }));
    await putAll(rows);
    const claimed = await claim(100, 10_001);
    expect(claimed.map(({ call }) => call).toSorted()).toEqual(calls.toSorted());
    for (const one of claimed) {
      expect(one).toMatchObject({ request: null, callNo: 1, claimedUntil: one.now + 10_001 });
      expect(one.machine.sentAt).toBeNull();
    }
  });

  test("what is not due, or has no call, is not claimed", async () => {
    await openAccounts(stage.store);
    const later = (await now()) + HOUR_MS;
    const { machines } = await putAll([
      { callAt: later },
      { call: null, callAt: null, state: "made" },
      { call: "look", callAt: SAMPLE_TIME, state: "made" },
    ]);
    expect(ids(await claim())).toEqual([machines[2]?.id]);
    expect(await nextCall()).toBeLessThanOrEqual(later);
  });

  test("as many are claimed as asked for, those due longest first", async () => {
    await openAccounts(stage.store);
    const { machines } = await putAll([3, 1, 2].map((n) => ({ callAt: SAMPLE_TIME + n })));
    expect(await nextCall()).toBe(SAMPLE_TIME + 1);
    expect(ids(await claim(2))).toEqual([machines[1]?.id, machines[2]?.id]);
    expect(ids(await claim(2))).toEqual([machines[0]?.id]);
  });

  test("a row under a fresh claim is not handed out again, and due when the claim runs out", async () => {
    await openAccounts(stage.store);
    await putAll([{ call: "destroy", state: "made" }]);
    const [claimed] = await claim();
    expect(await claim()).toEqual([]);
    expect(await nextCall()).toBe(claimed?.claimedUntil);
  });

  test("a claim that ran out is taken over, with the next number, and the old one counts no more", async () => {
    await openAccounts(stage.store);
    const { machines } = await putAll([{ call: "destroy", state: "made" }]);
    const id = machineId(machines[0]?.id ?? "");
    const [dead] = await claim(1, PAST_CLAIM);
    const [heir] = await claim(1, HOUR_MS);
    expect([dead?.callNo, heir?.callNo]).toEqual([1, 2]);
    expect(await stage.store.write((tx) => tx.endClaims([{ machine: { id }, callNo: 1 }]))).toEqual([false]);
    expect((await stage.store.read((tx) => tx.machine(id)))?.claimedUntil).toBe(heir?.claimedUntil);
    expect(await stage.store.write((tx) => tx.endClaims([{ machine: { id }, callNo: 2 }]))).toEqual([true]);
    expect(await stage.store.read((tx) => tx.machine(id))).toMatchObject({ callNo: 2, claimedUntil: null });
    const nobody = { machine: { id: machineId("sw-nobody") }, callNo: 1 };
    expect(await stage.store.write((tx) => tx.endClaims([nobody]))).toEqual([false]);
  });

  test("claims that end together are each judged by their own number", async () => {
    await openAccounts(stage.store);
    await putAll([
      { call: "destroy", state: "made" },
      { call: "destroy", state: "made" },
    ]);
    const dead = await claim(1, PAST_CLAIM);
    const [other, heir] = await claim(2, HOUR_MS);
    if (other === undefined || heir === undefined) throw new Error("nothing was claimed");
    const all = [...dead, other, heir];
    const isDead = ({ machine }: ClaimedCall) => machine.id === dead[0]?.machine.id;
    expect(all.filter(isDead).map(({ callNo }) => callNo)).toEqual([1, 2]);
    expect(await stage.store.write((tx) => tx.endClaims(all))).toEqual([false, true, true]);
    expect(await stage.store.write((tx) => tx.endClaims([]))).toEqual([]);
    for (const { machine } of all) {
      expect((await stage.store.read((tx) => tx.machine(machine.id)))?.claimedUntil).toBeNull();
    }
  });

  test("a late answer counts as long as nobody took the call over", async () => {
    await openAccounts(stage.store);
    await putAll([{ call: "look", state: "made" }]);
    const [slow] = await claim(1, PAST_CLAIM);
    if (slow === undefined) throw new Error("nothing was claimed");
    expect(await stage.store.write((tx) => tx.endClaims([slow]))).toEqual([true]);
  });

  test("once a claim is given back, the row's next call may be claimed", async () => {
    await openAccounts(stage.store);
    const { id } = await putAll([{ call: "console", state: "made" }]);
    const [first] = await claim();
    if (first === undefined) throw new Error("nothing was claimed");
    await stage.store.write(async (tx) => {
      await tx.lock([id]);
      expect(await tx.endClaims([first])).toEqual([true]);
    });
    await change(stage.store, id, ({ machines }) => ({
      machines: machines.map((machine) => ({ ...machine, call: "destroy" as const, callAt: SAMPLE_TIME })),
    }));
    const [second] = await claim();
    expect(second).toMatchObject({ call: "destroy", callNo: 2 });
  });

  test("a call that is asked for while another is on its way waits for its answer", async () => {
    await openAccounts(stage.store);
    const { id } = await putAll([{}]);
    const [create] = await claim();
    if (create === undefined) throw new Error("nothing was claimed");
    await change(stage.store, id, () => ({
      machines: [{ ...create.machine, call: "destroy", callAt: SAMPLE_TIME, undoAskedAt: SAMPLE_TIME }],
    }));
    expect(await claim()).toEqual([]);
    await stage.store.write((tx) => tx.endClaims([create]));
    expect(await claim()).toMatchObject([{ call: "destroy" }]);
  });

  test("a create that was sent and never answered is looked up, not sent again", async () => {
    await openAccounts(stage.store);
    await putAll([{}]);
    const [sent] = await claim(1, PAST_CLAIM);
    expect(sent).toMatchObject({ call: "create" });
    const [again] = await claim(1, HOUR_MS + 1);
    expect(again).toMatchObject({ call: "lookup", callNo: 2, request: null });
    expect(again?.claimedUntil).toBe((again?.now ?? 0) + HOUR_MS + 1);
    expect(again?.machine).toMatchObject({ state: "intent", sentAt: sent?.machine.sentAt });
  });

  test("a reboot that was sent and never answered is looked at, not sent again", async () => {
    await openAccounts(stage.store);
    await putAll([{ call: "reboot", state: "made", rebootUntil: SAMPLE_TIME }]);
    const [sent] = await claim(1, PAST_CLAIM);
    expect(sent).toMatchObject({ call: "reboot", machine: { rebootUntil: SAMPLE_TIME } });
    expect(sent?.machine.rebootSentAt).toBe(sent?.now);
    const [again] = await claim(1, HOUR_MS + 1);
    expect(again).toMatchObject({ call: "look", callNo: 2, machine: { call: "reboot" } });
    expect(again?.machine.rebootSentAt).toBe(sent?.machine.rebootSentAt);
  });

  test("a create with a known answer that nothing was made is sent again", async () => {
    await openAccounts(stage.store);
    const { id } = await putAll([{}]);
    const [sent] = await claim();
    if (sent === undefined) throw new Error("nothing was claimed");
    await stage.store.write((tx) => tx.endClaims([sent]));
    await change(stage.store, id, () => ({ machines: [{ ...sent.machine, sentAt: null, failures: 1 }] }));
    expect(await claim()).toMatchObject([{ call: "create", request: sent.request, callNo: 2 }]);
  });

  test("no more calls are in flight than the account's limiter allows, in whole calls", async () => {
    await openAccounts(stage.store, [bounded(EAST, 2.9), bounded(WEST, 1 / 64)]);
    await putAll([
      ...Array.from({ length: 4 }, () => ({ account: EAST })),
      ...Array.from({ length: 4 }, () => ({ account: WEST })),
    ]);
    const first = await claim();
    expect(first.map(({ machine }) => machine.account).toSorted()).toEqual([EAST, EAST, WEST]);
    expect(await claim()).toEqual([]);
    const done = first.find(({ machine }) => machine.account === WEST);
    if (done === undefined) throw new Error("nothing was claimed");
    await stage.store.write((tx) => tx.endClaims([done]));
    await change(stage.store, nthId(1), () => ({ machines: [{ ...done.machine, call: null, callAt: null }] }));
    const second = await claim();
    expect(second.map(({ machine }) => machine.account)).toEqual([WEST]);
    await stage.store.write((tx) => tx.setLimiter(EAST, { parallel: 3, pausedUntil: null }));
    expect((await claim()).map(({ machine }) => machine.account)).toEqual([EAST]);
  });

  test("claimed calls and polls are counted, and those that wait for their answer", async () => {
    await openAccounts(stage.store, [bounded(EAST, 3), bounded(WEST, 3)]);
    await putAll([{ account: EAST }, { account: EAST }]);
    const rates = () => stage.store.read((tx) => tx.callRates());
    expect((await rates()).get(EAST)).toEqual({ perMinute: 0, underWay: 0 });
    const [first] = await claim();
    if (first === undefined) throw new Error("nothing was claimed");
    expect(Object.fromEntries(await rates())).toEqual({
      [EAST]: { perMinute: 2, underWay: 2 },
      [WEST]: { perMinute: 0, underWay: 0 },
    });
    await stage.store.write((tx) => tx.endClaims([first]));
    await stage.store.write((tx) => tx.claimPolls(9, HOUR_MS));
    expect(Object.fromEntries(await rates())).toEqual({
      [EAST]: { perMinute: 3, underWay: 1 },
      [WEST]: { perMinute: 1, underWay: 0 },
    });
  });

  test("claims that ran out hold no place in the limiter", async () => {
    await openAccounts(stage.store, [bounded(EAST, 1)]);
    await putAll([{ callAt: SAMPLE_TIME + 1 }, { callAt: SAMPLE_TIME + 2 }]);
    const [dead] = await claim(1, PAST_CLAIM);
    const [heir] = await claim(1);
    expect(heir?.machine.id).toBe(dead?.machine.id);
    expect(await claim()).toEqual([]);
  });

  test("what the limiter holds back is not counted as due", async () => {
    await openAccounts(stage.store, [bounded(EAST, 1)]);
    await putAll([{}, {}]);
    const [claimed] = await claim();
    expect(await nextCall()).toBe(claimed?.claimedUntil);
  });

  test("a paused account gets no calls until the pause is over, and holds no others up", async () => {
    const pausedUntil = (await now()) + HOUR_MS;
    await openAccounts(stage.store, [bounded(EAST, 9, pausedUntil), bounded(WEST, 9, SAMPLE_TIME)]);
    const { machines } = await putAll([{ account: EAST }, { account: WEST, callAt: SAMPLE_TIME + 1 }]);
    expect(ids(await claim(1))).toEqual([machines[1]?.id]);
    expect(await claim()).toEqual([]);
    await stage.store.write((tx) => tx.setLimiter(EAST, { parallel: 9, pausedUntil: null }));
    expect(ids(await claim())).toEqual([machines[0]?.id]);
  });

  test("a paused account's calls are due after the pause", async () => {
    const pausedUntil = (await now()) + HOUR_MS;
    await openAccounts(stage.store, [bounded(EAST, 9, pausedUntil)]);
    await putAll([{}]);
    expect(await nextCall()).toBe(pausedUntil);
  });

  test("a disabled account still undoes and looks, but creates and starts nothing", async () => {
    await openAccounts(stage.store, [sampleAccount({ enabled: false })]);
    const { machines } = await putAll([
      { call: "create" },
      { call: "start", state: "made" },
      { call: "destroy", state: "made" },
      { call: "console", state: "made" },
      { call: "look", state: "made" },
      { call: "lookup", state: "in_doubt", sentAt: SAMPLE_TIME },
      { call: "create", sentAt: SAMPLE_TIME },
    ]);
    const claimed = await claim();
    expect(ids(claimed)).toEqual(
      machines
        .slice(2)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(claimed.map(({ call }) => call).toSorted()).toEqual(["console", "destroy", "look", "lookup", "lookup"]);
    expect(await nextCall()).toBeGreaterThan(SAMPLE_TIME);
    await stage.store.write((tx) => tx.putAccount(sampleAccount(), null));
    expect((await claim()).map(({ call }) => call).toSorted()).toEqual(["create", "start"]);
  });

  test("a quota that is used up does not hold calls back: only the choice of an account looks at it", async () => {
    await openAccounts(stage.store, [sampleAccount({ limit: { ...UNLIMITED, instances: 0 } })]);
    await putAll([{}]);
    expect(await claim()).toHaveLength(1);
  });

  test("after the death of the only process its claims are void, and what it may have sent is looked up", async () => {
    await openAccounts(stage.store, [bounded(EAST, 2)]);
    await putAll([{}, { call: "destroy", state: "made" }]);
    expect(await claim()).toHaveLength(2);
    expect(await claim()).toEqual([]);
    await stage.store.write((tx) => tx.voidClaims());
    const claimed = await claim();
    expect(claimed.map(({ call }) => call).toSorted()).toEqual(["destroy", "lookup"]);
    expect(claimed.map(({ callNo }) => callNo)).toEqual([2, 2]);
  });
}
