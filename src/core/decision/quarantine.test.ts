import { describe, expect, test } from "vitest";
import { samplePool, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { askRelease, askCancel, askDelete, askRetryRollback, askStop } from "../people/requests.ts";
import { askReleaseInstance } from "../people/release.ts";
import { isOpen } from "../states.ts";
import { by, fails, launched, LOOSE, missing, PAIR, type World } from "../world/world.testsuite.ts";
import { toBeKept } from "./quarantine.ts";
import { comesUp, failed, keeping, KEPT_MS, releaseWeb, rowOf, told } from "./quarantine.testsuite.ts";
import { decide, needsMarket, nextDeadline } from "./decide.ts";

const { bootMs, undoMs } = DEFAULT_POLICY.deadlines;

describe("a machine that an attempt failed for, in quarantine", () => {
  test("is kept alone: the rest goes, the rollback is complete but for it, and the launch goes on with another", () => {
    const { world, web } = failed();
    const until = world.now + KEPT_MS;
    expect(web).toMatchObject({ state: "made", quarantinedUntil: until, undoAskedAt: null, call: null });
    expect(world.instance("web")).toMatchObject({ state: "error", machine: web.id });
    expect(told(world, "quarantine_begun")).toEqual([
      expect.objectContaining({ instance: "web", machine: web.id, endsAt: until, hourlyMicros: web.hourlyMicros }),
    ]);
    world.haulBack();
    const moves = world.events.flatMap(({ body }) => (body.kind === "deployment_moved" ? [body.reason] : []));
    expect(moves).toContainEqual(
      expect.stringMatching(new RegExp(`^complete but for machine ${web.id} of web, kept in quarantine until`)),
    );
    expect([...world.machines.values()].filter(isOpen).map(({ id }) => id)).toContain(web.id);
    expect([world.deployment.state, world.deployment.attemptNo]).toEqual(["pending", 2]);
    for (const name of ["db", "web"]) world.bringUp(name);
    expect(world.deployment.state).toBe("running");
    expect(world.machineOf("web").id).not.toBe(web.id);
    // Its place is held as long as it is there; the others' are not.
    expect(world.placements.filter(({ attempt, releasedAt }) => attempt === 1 && releasedAt === null)).toEqual([
      expect.objectContaining({ instance: "web" }),
    ]);
    expect(rowOf(world, web)).toMatchObject({ quarantinedUntil: until, debtSince: null });
  });

  test("is undone when its time is up, with its console read, whatever its deployment does", () => {
    const { world, web } = failed();
    comesUp(world);
    const until = Number(rowOf(world, web).quarantinedUntil);
    expect([world.deployment.wakeAt, nextDeadline(world.snapshot(), world.now)]).toEqual([until, until]);
    world.pass(until - world.now - 1);
    expect(rowOf(world, web).undoAskedAt).toBeNull();
    world.pass(1);
    expect(rowOf(world, web)).toMatchObject({ undoAskedAt: world.now, quarantinedUntil: null, call: "console" });
    expect(told(world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "time", by: null })]);
    world.haulBack();
    expect(rowOf(world, web).state).toBe("gone");
    expect(world.evidence.map(({ machine }) => machine)).toContain(web.id);
    expect([world.released(1), world.deployment.state]).toEqual([true, "running"]);
  });

  test("is debt when it does not go in time", () => {
    const { world, web } = failed();
    comesUp(world);
    releaseWeb(world);
    world.pass(undoMs);
    expect(rowOf(world, web).debtSince).toBe(world.now);
    expect(world.deployment.state).toBe("running");
  });

  test("is removed at once when it is released", () => {
    const { world, web } = failed();
    comesUp(world);
    expect(world.ask(askRelease(world.snapshot(), by(world)))).toContain(
      `slipway release ${world.deployment.name}/web`,
    );
    expect(world.ask(askReleaseInstance(world.snapshot(), { ...by(world), instance: "db" }))).toContain(
      "keeps no machine of db in quarantine, but web",
    );
    expect(world.ask(askReleaseInstance(world.snapshot(), { ...by(world), instance: "wbe" }))).toContain(
      "no instance wbe",
    );
    expect(releaseWeb(world)).toBeNull();
    expect(told(world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "released", by: "ada" })]);
    expect(releaseWeb(world)).toMatch(/keeps no machine of web in quarantine$/);
    world.haulBack();
    expect(rowOf(world, web).state).toBe("gone");
  });

  test("is kept by a launch that ends there, too: its instance goes with it", () => {
    const { world, web } = failed(keeping(PAIR), ["east"]);
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "failed", wakeAt: rowOf(world, web).quarantinedUntil });
    expect(world.instance("web")).toMatchObject({ state: "error", machine: web.id });
    releaseWeb(world);
    expect(world.instance("web").state).toBe("shutting_down");
    world.haulBack();
    expect([world.instance("web").state, world.deployment.wakeAt]).toEqual(["stopped", null]);
  });

  test("is ended by a cancel, which takes it along", () => {
    const { world, web } = failed();
    world.ask(askCancel(world.snapshot(), by(world)));
    expect(rowOf(world, web).undoAskedAt).toBe(world.now);
    expect(told(world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "cancelled" })]);
    world.haulBack();
    expect([world.deployment.state, world.instance("web").state]).toEqual(["failed", "stopped"]);
  });

  test("is ended by a stop of what runs, at the end of its lease as well", () => {
    const stopped = failed();
    comesUp(stopped.world);
    stopped.world.ask(askStop(stopped.world.snapshot(), by(stopped.world)));
    expect(told(stopped.world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "stopped" })]);
    const leased = failed(keeping(PAIR, { leaseMs: 60_000 }));
    comesUp(leased.world);
    leased.world.pass(60_000);
    expect(leased.world.deployment.state).toBe("shutting_down");
    expect(rowOf(leased.world, leased.web).undoAskedAt).toBe(leased.world.now);
  });

  test("is not ended by the cancel of an update", () => {
    const { world, web } = failed();
    comesUp(world);
    const { blueprint } = world.deployment;
    const cache = sampleResolvedInstance({ name: "cache" });
    world.update({ ...blueprint, instances: [...blueprint.instances, cache] });
    expect(world.deployment.state).toBe("updating");
    world.ask(askCancel(world.snapshot(), by(world)));
    expect(world.path().slice(-2)).toEqual(["reverting", "running"]);
    expect(rowOf(world, web).quarantinedUntil).not.toBeNull();
  });

  test("is ended by a stop of what has failed, once", () => {
    const { world, web } = failed(keeping(PAIR), ["east"]);
    world.haulBack();
    expect(world.ask(askStop(world.snapshot(), by(world)))).toBeNull();
    expect(rowOf(world, web).undoAskedAt).toBe(world.now);
    expect(world.ask(askStop(world.snapshot(), by(world)))).toContain("cannot be stopped");
  });

  test("goes first where its deployment is deleted", () => {
    const { world, web } = failed(keeping(PAIR), ["east"]);
    world.haulBack();
    const wish = { ...by(world), stop: false, abandonDebt: false };
    expect(world.ask(askDelete(world.snapshot(), wish))).toBeNull();
    expect(world.deployment.deletedAt).toBeNull();
    expect(told(world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "deleted" })]);
    world.haulBack();
    expect([world.deployment.deletedAt !== null, rowOf(world, web).state]).toEqual([true, "gone"]);
  });

  test("that goes by itself is in quarantine no more", () => {
    const { world, web } = failed();
    comesUp(world);
    world.seeMachine(rowOf(world, web), "gone");
    expect(rowOf(world, web)).toMatchObject({ state: "gone", quarantinedUntil: null });
    expect(told(world, "quarantine_ended")).toEqual([expect.objectContaining({ why: "gone" })]);
    const lost = failed(keeping(PAIR), ["east"]);
    lost.world.haulBack();
    for (let lists = 0; lists < 3; lists += 1) missing(lost.world);
    lost.world.answer("web", { kind: "looked", observed: null });
    expect(rowOf(lost.world, lost.web)).toMatchObject({ state: "gone", quarantinedUntil: null });
    expect(lost.world.deployment.wakeAt).toBeNull();
  });

  test("that runs after all does not come up any more", () => {
    const { world, web } = failed();
    world.see("web", "running");
    expect([world.instance("web").state, rowOf(world, web).observed]).toEqual(["error", "running"]);
    comesUp(world);
  });

  test("lets what it depends on go at once, and holds nothing back in the blueprint's order", () => {
    const { world } = failed(keeping(PAIR, { rollbackOrder: "reverse" }));
    expect(world.machineOf("db").undoAskedAt).toBe(world.now);
  });

  test("stays when a rollback that got stuck is tried again, which cannot skip it", () => {
    const { world, web } = failed();
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    const skip = ["web"];
    expect(world.ask(askRetryRollback(world.snapshot(), { ...by(world), skip }))).toContain("no machine web left");
    world.ask(askRetryRollback(world.snapshot(), by(world)));
    expect(rowOf(world, web)).toMatchObject({ debtSince: null, undoAskedAt: null });
    expect(told(world, "quarantine_begun")).toHaveLength(1);
    comesUp(world);
  });

  test("counts from the end of a study, in which it may have come to run", () => {
    const { world, web } = failed(keeping(PAIR, { studyMs: 60_000 }));
    expect(world.deployment.studyUntil).not.toBeNull();
    expect(web.quarantinedUntil).toBeNull();
    world.pass(60_000);
    expect(rowOf(world, web).quarantinedUntil).toBe(world.now + KEPT_MS);
    // One that stopped by itself, and runs again while it is looked at.
    const back = launched(keeping(LOOSE, { studyMs: 60_000 }));
    back.bringUp("web");
    back.see("web", "stopped");
    const { id } = back.machineOf("web");
    back.see("web", "running");
    expect(back.instance("web").state).toBe("running");
    back.pass(60_000);
    expect(back.machines.get(id)?.quarantinedUntil).toBe(back.now + KEPT_MS);
    const moves = back.events.flatMap(({ body }) => (body.kind === "instance_moved" ? [body] : []));
    expect(moves).toContainEqual(expect.objectContaining({ instance: "web", from: "running", move: "step_failed" }));
    expect(back.deployment).toMatchObject({ state: "pending", attemptNo: 2 });
  });

  test("is kept no longer than its pool allows by then, which is looked up first", () => {
    const world = launched(keeping(PAIR));
    const pool = samplePool({ maxQuarantineMs: 60_000, members: world.market().pool.members });
    const market = world.market.bind(world);
    world.market = () => ({ ...market(), pool });
    world.bringUp("db");
    world.answer("web", { kind: "created", observed: { ...world.seen("web"), state: "pending" } });
    const { id } = world.machineOf("web");
    world.now += bootMs;
    world.apply(decide(world.snapshot(), world.now, world.around(null)));
    expect(world.deployment).toMatchObject({ state: "rollback_in_progress", wakeAt: world.now });
    expect([needsMarket(world.snapshot()), world.machines.get(id)?.quarantinedUntil]).toEqual([true, null]);
    world.settle();
    expect(world.machines.get(id)?.quarantinedUntil).toBe(world.now + 60_000);
    expect(needsMarket(world.snapshot())).toBe(false);
  });

  test("is not cut short by the return of a backup", () => {
    const { world, web } = failed();
    comesUp(world);
    const until = Number(rowOf(world, web).quarantinedUntil);
    world.deployment = { ...world.deployment, resumedAt: until + 1_000, wakeAt: until };
    world.pass(until - world.now);
    expect(world.deployment.wakeAt).toBe(until + 1_000);
    world.pass(1_000);
    expect(rowOf(world, web).undoAskedAt).toBe(world.now);
  });
});

describe("nothing is kept", () => {
  const keeps = (world: World) => world.kinds().includes("quarantine_begun");

  test("without the word for it, nor of what is cancelled", () => {
    const plain = failed(PAIR);
    expect(plain.web.undoAskedAt).not.toBeNull();
    const cancelled = launched(keeping(LOOSE));
    cancelled.bringUp("db");
    cancelled.ask(askCancel(cancelled.snapshot(), by(cancelled)));
    cancelled.haulBack();
    const late = failed();
    late.world.ask(askCancel(late.world.snapshot(), by(late.world)));
    expect([plain.world, cancelled].map(keeps)).toEqual([false, false]);
    expect(told(late.world, "quarantine_begun")).toHaveLength(1);
  });

  test("of a launch that has made no attempt, nor of a machine that has left the ledger", () => {
    const { world } = failed();
    const before = { ...world.snapshot(), machines: [] };
    expect([before, { ...before, attempts: [] }, { ...before, instances: [] }].map(toBeKept)).toEqual([
      null,
      null,
      null,
    ]);
  });

  test("where nothing was made, where nobody knows whether it was, and where no instance failed", () => {
    const refused = launched(keeping(PAIR));
    refused.bringUp("db");
    refused.answer("web", fails());
    const doubtful = launched(keeping(LOOSE));
    doubtful.bringUp("db");
    doubtful.answer("web", fails({ class: "unknown", effect: "unknown" }));
    doubtful.pass(DEFAULT_POLICY.deadlines.createMs);
    const late = launched(keeping(PAIR, { deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: 60_000 } }));
    late.bringUp("db");
    late.pass(60_000);
    for (const world of [refused, doubtful, late]) {
      expect(world.path()).toContain("rollback_in_progress");
      expect(keeps(world)).toBe(false);
    }
  });
});
