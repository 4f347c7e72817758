import { expect, test } from "vitest";
import type { Deployment } from "../../core/deployment.ts";
import { accountId, machineId } from "../../core/ids.ts";
import type { ClaimedPoll, ClaimedProbe, PollOutcome } from "../claims.ts";
import { SAMPLE_TIME, sampleAccount, sampleBlueprint, sampleInstance, sampleMachine } from "../store.samples.ts";
import { change, HOUR_MS, launchBegun, openAccounts, putMachines, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

export function pollSuite(stage: Stage): void {
  const nextDue = () => stage.store.read((tx) => tx.nextDue());
  const claimProbes = (limit = 100, claimMs = HOUR_MS) => stage.store.write((tx) => tx.claimProbes(limit, claimMs));
  const endProbe = (claim: ClaimedProbe, probeAt: number | null, probeAnswer: string | null = null) =>
    stage.store.write((tx) => tx.endProbe(claim, { probeAt, probeAnswer, missed: 0 }));
  const claimPolls = (limit = 100, claimMs = HOUR_MS) => stage.store.write((tx) => tx.claimPolls(limit, claimMs));
  const endPoll = (claim: ClaimedPoll, found: PollOutcome) => stage.store.write((tx) => tx.endPoll(claim, found));

  /** `db` and `web`, each with a machine; `web` is to be probed at this time. */
  async function putProbed(probeAt: number, given: Partial<Deployment> = {}) {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store, given);
    const machine = sampleMachine({ deployment: id, instance: "web", state: "made", privateAddress: "10.0.0.9" });
    await putMachines(stage.store, id, [machine]);
    const web = sampleInstance({ deployment: id, name: "web", state: "pending", machine: machine.id, probeAt });
    await change(stage.store, id, () => ({ instances: [web] }));
    return { id, machine, web };
  }

  function one<T>(claims: readonly T[]): T {
    const [claim] = claims;
    if (claim === undefined || claims.length > 1) throw new Error(`${claims.length} claims`);
    return claim;
  }

  test("one that was up is claimed with its live check, and how often it has failed is kept", async () => {
    const live = { check: { kind: "tcp", port: 5432 }, periodMs: 1_000, failures: 3 } as const;
    const plain = sampleBlueprint();
    const blueprint = { ...plain, instances: plain.instances.map((spec) => ({ ...spec, live })) };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1";
    const { id, web } = await putProbed(SAMPLE_TIME, { blueprint, traceparent });
    await change(stage.store, id, () => ({
      instances: [{ ...web, state: "running", readyAt: SAMPLE_TIME, missed: 1 }],
    }));
    const claim = one(await claimProbes());
    expect(claim).toMatchObject({ check: live.check, live, missed: 1, answer: null, traceparent });
    const next = { probeAt: SAMPLE_TIME + 5, probeAnswer: "503", missed: 2 };
    await stage.store.write((tx) => tx.endProbe(claim, next));
    await change(stage.store, id, ({ instances }) => ({
      instances: instances.map((row) => (row.name === "web" ? { ...row, readyAt: null, deadSince: SAMPLE_TIME } : row)),
    }));
    expect(one(await claimProbes())).toMatchObject({ check: live.check, live, missed: 2, answer: "503" });
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    expect(snapshot?.instances[1]).toMatchObject({ ...next, deadSince: SAMPLE_TIME });
  });

  test("a poll's claim lasts on while it is nobody else's, and a wish to look sooner stays", async () => {
    await openAccounts(stage.store);
    const renew = (claim: ClaimedPoll, ms: number) => stage.store.write((tx) => tx.renewPoll(claim, ms));
    const dead = one(await claimPolls(1, -1));
    const heir = one(await claimPolls(1, 1_000));
    expect(await renew(dead, HOUR_MS)).toBe(false);
    expect(await renew(heir, HOUR_MS)).toBe(true);
    expect((await nextDue()).poll).toBeGreaterThanOrEqual(heir.now + HOUR_MS);
    expect(await claimPolls()).toEqual([]);
    await stage.store.write((tx) => tx.pollBy(heir.account.id, heir.now));
    expect(await renew(heir, HOUR_MS)).toBe(true);
    await stage.store.write((tx) =>
      tx.endPoll(heir, { health: "healthy", healthText: null, alert: null, pollAt: heir.now + HOUR_MS }),
    );
    expect((await nextDue()).poll).toBe(heir.now);
  });

  test("a due probe is claimed with its machine and its check, and only once", async () => {
    const { id, machine } = await putProbed(SAMPLE_TIME);
    expect((await nextDue()).probe).toBe(SAMPLE_TIME);
    expect(await claimProbes()).toEqual([
      {
        deployment: id,
        instance: "web",
        machine,
        check: { kind: "http", port: 80, path: "/" },
        live: null,
        missed: 0,
        answer: null,
        traceparent: null,
        probeNo: 1,
        dueAt: SAMPLE_TIME,
      },
    ]);
    expect(await claimProbes()).toEqual([]);
    const { now, probe } = await nextDue();
    expect(probe).toBeGreaterThan(now);
  });

  test("what the latest machines took to boot, to start and to be ready", async () => {
    const { machine, web } = await putProbed(SAMPLE_TIME);
    const past = (each = 9) => stage.store.read((tx) => tx.pastBoots(EAST, [machine.size, "none"], each));
    expect(await past()).toEqual([]);
    const made = { ...machine, madeAt: SAMPLE_TIME };
    const ran = { ...web, state: "running", runningAt: SAMPLE_TIME + 40_000, readyAt: SAMPLE_TIME + 45_000 } as const;
    const bootedAfter = (ms: number) =>
      change(stage.store, web.deployment, () => ({ machines: [{ ...made, bootedAt: SAMPLE_TIME + ms }] }));
    await change(stage.store, web.deployment, () => ({ machines: [made], instances: [ran] }));
    // It was found after a doubt, or up at once: nobody saw it boot.
    await bootedAfter(0);
    expect(await past()).toEqual([]);
    await bootedAfter(40_000);
    const took = { instance: "web", size: machine.size, bootMs: 40_000, startMs: null, readyMs: 5_000 };
    expect(await past()).toEqual([took]);
    expect(await past(0)).toEqual([]);
    await bootedAfter(30_000);
    expect(await past()).toEqual([{ ...took, bootMs: 30_000, startMs: 10_000 }]);
    // Ready or up after its launch was over: it had gone down, and came back.
    const endedAfter = (ms: number) =>
      change(stage.store, web.deployment, ({ attempts }) => ({
        attempts: attempts.map((one) => ({ ...one, outcome: "succeeded", endedAt: SAMPLE_TIME + ms })),
      }));
    await endedAfter(42_000);
    expect(await past()).toEqual([{ ...took, bootMs: 30_000, startMs: 10_000, readyMs: null }]);
    await endedAfter(39_000);
    expect(await past()).toEqual([]);
  });

  test("a probe that is not due is not claimed", async () => {
    const later = (await stage.store.read((tx) => tx.now())) + HOUR_MS;
    await putProbed(later);
    expect(await claimProbes()).toEqual([]);
    expect((await nextDue()).probe).toBe(later);
  });

  test("a probe that ended is due again when asked for, or never", async () => {
    const { id, web } = await putProbed(SAMPLE_TIME);
    expect(await endProbe(one(await claimProbes()), SAMPLE_TIME + 5, "503")).toBe(true);
    const probed = async () => (await stage.store.read((tx) => tx.snapshot(id)))?.instances[1];
    expect(await probed()).toEqual({ ...web, probeAt: SAMPLE_TIME + 5, probeAnswer: "503" });
    expect((await nextDue()).probe).toBe(SAMPLE_TIME + 5);
    const second = one(await claimProbes());
    expect(second.probeNo).toBe(2);
    expect(await endProbe(second, null)).toBe(true);
    expect(await probed()).toEqual({ ...web, probeAt: null, probeAnswer: null });
    expect((await nextDue()).probe).toBeNull();
    expect(await claimProbes()).toEqual([]);
  });

  test("a probe's claim that ran out is taken over, and the old one counts no more", async () => {
    await putProbed(SAMPLE_TIME);
    const dead = one(await claimProbes(1, -1));
    const heir = one(await claimProbes());
    expect(await endProbe(dead, null)).toBe(false);
    expect(await endProbe(heir, null)).toBe(true);
  });

  test("probes stop when a decision takes the time away", async () => {
    const { web } = await putProbed(SAMPLE_TIME);
    await change(stage.store, web.deployment, () => ({ instances: [{ ...web, probeAt: null }] }));
    expect(await claimProbes()).toEqual([]);
  });

  test("a probe that ends after a decision took its time away leaves it away", async () => {
    const { web } = await putProbed(SAMPLE_TIME);
    const late = one(await claimProbes());
    await change(stage.store, web.deployment, () => ({ instances: [{ ...web, probeAt: null }] }));
    await endProbe(late, SAMPLE_TIME + 5, "503");
    expect((await nextDue()).probe).toBeNull();
    expect(await claimProbes()).toEqual([]);
    const snapshot = await stage.store.read((tx) => tx.snapshot(web.deployment));
    expect(snapshot?.instances[1]?.probeAnswer).toBeNull();
  });

  test("a probe that ends after a decision took its time away and set another counts for nothing", async () => {
    const { web } = await putProbed(SAMPLE_TIME);
    const late = one(await claimProbes());
    await change(stage.store, web.deployment, () => ({ instances: [{ ...web, probeAt: null }] }));
    await change(stage.store, web.deployment, () => ({ instances: [{ ...web, probeAt: SAMPLE_TIME + 7 }] }));
    await endProbe(late, SAMPLE_TIME + 5, "503");
    const snapshot = await stage.store.read((tx) => tx.snapshot(web.deployment));
    expect(snapshot?.instances[1]).toMatchObject({ probeAt: SAMPLE_TIME + 7, probeAnswer: null });
    expect(one(await claimProbes()).probeNo).toBe(2);
  });

  test("a probe of a machine that was replaced meanwhile leaves the new one's time as it is", async () => {
    const { id, web } = await putProbed(SAMPLE_TIME);
    const late = one(await claimProbes());
    const next = sampleMachine({
      id: machineId("sw-web-t2"),
      deployment: id,
      instance: "web",
      state: "made",
      nonce: "n2",
    });
    await putMachines(stage.store, id, [next]);
    await change(stage.store, id, () => ({ instances: [{ ...web, machine: next.id, probeAt: SAMPLE_TIME + 1 }] }));
    await endProbe(late, SAMPLE_TIME + 5, "503");
    expect((await nextDue()).probe).toBe(SAMPLE_TIME + 1);
    expect((await stage.store.read((tx) => tx.snapshot(id)))?.instances[1]?.probeAnswer).toBeNull();
    expect(one(await claimProbes()).machine.id).toBe(next.id);
  });

  test("a due poll is claimed once, also of a disabled account: its machines go on being watched", async () => {
    const account = sampleAccount({ enabled: false });
    await openAccounts(stage.store, [account]);
    expect((await nextDue()).poll).toBe(SAMPLE_TIME);
    const claim = one(await claimPolls());
    expect(claim).toEqual({ account, pollNo: 1, now: claim.now });
    expect(claim.now).toBeGreaterThan(SAMPLE_TIME);
    expect(await claimPolls()).toEqual([]);
    expect((await nextDue()).poll).toBeGreaterThan(claim.now);
  });

  test("polls come by their due time, as many as asked for", async () => {
    const later = (await stage.store.read((tx) => tx.now())) + HOUR_MS;
    const north = accountId("acc-north");
    await openAccounts(stage.store, [
      sampleAccount({ id: EAST, pollAt: SAMPLE_TIME + 2 }),
      sampleAccount({ id: WEST, pollAt: SAMPLE_TIME + 1 }),
      sampleAccount({ id: north, pollAt: later }),
    ]);
    expect((await claimPolls(1)).map(({ account }) => account.id)).toEqual([WEST]);
    expect((await claimPolls()).map(({ account }) => account.id)).toEqual([EAST]);
    expect((await nextDue()).poll).toBe(later);
  });

  test("a poll that ended leaves what it found", async () => {
    const account = sampleAccount({ health: "unknown", healthAt: null });
    await openAccounts(stage.store, [account]);
    const claim = one(await claimPolls());
    const pollAt = claim.now + HOUR_MS;
    const found = {
      health: "healthy",
      healthText: null,
      alert: { text: "all gone at once?", realms: [] },
      pollAt,
    } as const;
    expect(await endPoll(claim, found)).toBe(true);
    const after = await stage.store.read((tx) => tx.account(EAST));
    expect(after).toEqual({ ...account, ...found, healthAt: after?.healthAt });
    expect(after?.healthAt).toBeGreaterThanOrEqual(claim.now);
    expect((await nextDue()).poll).toBe(pollAt);
  });

  test("a poll's claim that ran out is taken over, and what the old one found is not stored", async () => {
    await openAccounts(stage.store);
    const dead = one(await claimPolls(1, -1));
    const heir = one(await claimPolls());
    const lie = { health: "suspended", healthText: "lie", alert: null, pollAt: 1 } as const;
    expect(await endPoll(dead, lie)).toBe(false);
    const until = (await nextDue()).poll ?? 0;
    expect(await stage.store.read((tx) => tx.account(EAST))).toEqual(sampleAccount({ pollAt: until }));
    expect(await endPoll(heir, { ...lie, health: "healthy", healthText: null })).toBe(true);
  });

  test("a poll may be pulled forward, never put off", async () => {
    const later = (await stage.store.read((tx) => tx.now())) + HOUR_MS;
    await openAccounts(stage.store, [sampleAccount({ pollAt: later })]);
    const pollAt = async () => (await stage.store.read((tx) => tx.account(EAST)))?.pollAt;
    await stage.store.write((tx) => tx.pollBy(EAST, later + 1));
    expect(await pollAt()).toBe(later);
    await stage.store.write((tx) => tx.pollBy(EAST, later - 1));
    expect(await pollAt()).toBe(later - 1);
  });

  const wishes: [string, (at: number) => Promise<void>][] = [
    ["pollBy", (at) => stage.store.write((tx) => tx.pollBy(EAST, at))],
    ["putAccount", (at) => stage.store.write((tx) => tx.putAccount(sampleAccount({ pollAt: at }), null))],
  ];
  test.each(wishes)("a wish by %s to look sooner outlasts the poll that it falls into", async (_name, wish) => {
    await openAccounts(stage.store);
    const claim = one(await claimPolls());
    const found = { health: "healthy", healthText: null, alert: null } as const;
    await wish(claim.now + 500);
    await wish(claim.now + 250);
    expect(await endPoll(claim, { ...found, pollAt: claim.now + HOUR_MS })).toBe(true);
    expect((await nextDue()).poll).toBe(claim.now + 250);
    await stage.store.write((tx) => tx.pollBy(EAST, SAMPLE_TIME));
    const next = one(await claimPolls());
    await wish(next.now + 500);
    expect(await endPoll(next, { ...found, pollAt: next.now + 250 })).toBe(true);
    expect((await nextDue()).poll).toBe(next.now + 250);
  });

  test("a wish to look sooner waits for the end of the limiter's pause, also one that was made before the pause", async () => {
    const now = await stage.store.read((tx) => tx.now());
    const pausedUntil = now + HOUR_MS;
    await openAccounts(stage.store, [sampleAccount({ pollAt: pausedUntil + 5 })]);
    await stage.store.write((tx) => tx.setLimiter(EAST, { parallel: 1, pausedUntil }));
    await stage.store.write((tx) => tx.pollBy(EAST, now));
    expect((await nextDue()).poll).toBe(pausedUntil);

    await stage.store.write((tx) => tx.putAccount(sampleAccount({ pollAt: SAMPLE_TIME }), null));
    const claim = one(await claimPolls());
    await stage.store.write((tx) => tx.pollBy(EAST, claim.now));
    await stage.store.write((tx) => tx.setLimiter(EAST, { parallel: 1, pausedUntil }));
    const found = { health: "healthy", healthText: null, alert: null } as const;
    expect(await endPoll(claim, { ...found, pollAt: pausedUntil + 5 })).toBe(true);
    expect((await nextDue()).poll).toBe(pausedUntil);
  });

  test("an account whose cloud asked for a pause is not looked at before its end", async () => {
    const now = await stage.store.read((tx) => tx.now());
    const pausedUntil = now + HOUR_MS;
    await openAccounts(stage.store, [sampleAccount({ limiter: { parallel: 1, pausedUntil } })]);
    expect(await claimPolls()).toEqual([]);
    expect((await nextDue()).poll).toBe(pausedUntil);
    await stage.store.write((tx) => tx.setLimiter(EAST, { parallel: 1, pausedUntil: now }));
    expect(await claimPolls()).toHaveLength(1);
  });

  test("a pause or pace of the limiter is kept", async () => {
    await openAccounts(stage.store);
    const limiter = { parallel: 3.25, pausedUntil: SAMPLE_TIME + 7 };
    await stage.store.write((tx) => tx.setLimiter(EAST, limiter));
    expect(await stage.store.read((tx) => tx.account(EAST))).toEqual(sampleAccount({ limiter }));
  });

  test("after the death of the only process its probes and polls are due again", async () => {
    await putProbed(SAMPLE_TIME);
    expect([await claimProbes(), await claimPolls()]).toMatchObject([[{ probeNo: 1 }], [{ pollNo: 1 }]]);
    await stage.store.write((tx) => tx.voidClaims());
    expect([await claimProbes(), await claimPolls()]).toMatchObject([[{ probeNo: 2 }], [{ pollNo: 2 }]]);
  });

  test("with nothing to do, nothing is due", async () => {
    const { now, ...due } = await nextDue();
    expect(due).toEqual({ advance: null, call: null, probe: null, poll: null });
    expect(now).toBeGreaterThan(SAMPLE_TIME);
  });
}
