import { describe, expect, test } from "vitest";
import { sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { launchDeadline } from "../deployment.ts";
import { askCancel, askRelease, askRetryInstance } from "../people/requests.ts";
import { needsMarket, nextDeadline } from "./decide.ts";
import { ALONE, by, fails, launched, LOOSE, openMachines, PAIR, type World } from "../world/world.testsuite.ts";

const HOLD_MS = 30 * 60_000;

const holding = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy> = {}): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, studyMs: HOLD_MS, ...policy },
});

/** `db` is up, and `web` is refused. */
function held(blueprint = holding(PAIR)): World {
  const world = launched(blueprint);
  world.bringUp("db");
  world.answer("web", fails());
  return world;
}

const release = (world: World) => world.ask(askRelease(world.snapshot(), by(world)));

describe("a failed attempt that is held for study", () => {
  test("stays as it is, pending, with its price and its end told, until its time is over", () => {
    const world = held();
    const until = world.now + HOLD_MS;
    expect(world.deployment).toMatchObject({
      state: "pending",
      studySince: world.now,
      studyUntil: until,
      wakeAt: until,
    });
    expect(world.attempts[0]).toMatchObject({ outcome: "failed", endedAt: world.now });
    expect(world.events.at(-1)?.body).toMatchObject({ kind: "study_begun", endsAt: until, unpriced: 0 });
    expect(openMachines(world)).toHaveLength(1);
    world.pass(HOLD_MS - 1);
    expect([world.deployment.state, world.instance("db").readyAt === null]).toEqual(["pending", false]);
    world.pass(1);
    expect(world.deployment).toMatchObject({ state: "rollback_in_progress", studyUntil: null, studiedMs: HOLD_MS });
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "pending", attemptNo: 2 });
  });

  test("is told with what it costs, as far as that is known", () => {
    const world = launched(holding(LOOSE));
    world.bringUp("db");
    const { id } = world.machineOf("db");
    world.machines.set(id, { ...world.machineOf("db"), hourlyMicros: null });
    world.answer("web", fails());
    expect(world.events.at(-1)?.body).toMatchObject({ kind: "study_begun", hourlyMicros: 0, unpriced: 1 });
  });

  test("goes on at once when it is released: rollback, then the next match", () => {
    const world = held();
    world.pass(60_000);
    expect(release(world)).toBeNull();
    expect(world.deployment.state).toBe("rollback_in_progress");
    expect(release(world)).toContain("holds nothing for study");
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "pending", attemptNo: 2, studiedMs: 60_000 });
  });

  test("is ended by a cancel", () => {
    const world = held();
    world.ask(askCancel(world.snapshot(), by(world)));
    expect(release(world)).toContain("holds nothing for study");
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "failed", failure: "cancelled", attemptNo: 1 });
  });

  test("lets the launch's deadline stand still", () => {
    const world = held(holding(PAIR, { deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: 60_000 } }));
    const begun = world.deployment.createdAt;
    expect(launchDeadline(world.deployment)).toBe(begun + 60_000 + HOLD_MS);
    expect(nextDeadline(world.snapshot(), world.now)).toBe(world.now + HOLD_MS);
    expect(needsMarket(world.snapshot())).toBe(false);
    world.pass(HOLD_MS);
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "pending", attemptNo: 2 });
    expect(launchDeadline(world.deployment)).toBe(begun + 60_000 + HOLD_MS);
  });

  test("asks for nothing new: what was not sent is withdrawn, what is on its way comes up", () => {
    const trio = ["db", "cache", "web"].map((name) => sampleResolvedInstance({ name }));
    const world = launched(holding({ ...LOOSE, instances: trio }));
    world.claim(world.machineOf("cache"));
    world.answer("web", fails());
    expect(world.machineOf("db")).toMatchObject({ state: "absent" });
    expect(world.machineOf("cache")).toMatchObject({ state: "intent", undoAskedAt: null });
    world.bringUp("cache");
    world.pass(60_000);
    expect(openMachines(world)).toHaveLength(1);
    expect(world.instance("db").state).toBe("pending");
    release(world);
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "pending", attemptNo: 2 });
  });

  test("is no member's to be tried again: what is looked at would be removed", () => {
    const world = held(holding(PAIR));
    const retry = askRetryInstance(world.snapshot(), { ...by(world), instance: "web" });
    expect(retry).toMatchObject({ refused: { text: expect.stringContaining("held for study: release it first") } });
  });

  test("is none where nothing is left of it", () => {
    const world = launched(holding(ALONE));
    world.answer("db", fails());
    expect(world.deployment).toMatchObject({ studyUntil: null, attemptNo: 2 });
  });

  test("is one that would fail everywhere, too, and one whose time was up; but not one that is cancelled", () => {
    const hopeless = launched(holding(PAIR));
    hopeless.bringUp("db");
    hopeless.answer("web", fails(sampleFault({ class: "config", scope: "deployment", effect: "none" })));
    expect(hopeless.deployment.state).toBe("pending");
    release(hopeless);
    hopeless.haulBack();
    expect(hopeless.deployment).toMatchObject({ state: "failed", attemptNo: 1 });
    const late = launched(holding(PAIR, { deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: 1_000 } }));
    late.bringUp("db");
    late.pass(1_000);
    expect(late.deployment).toMatchObject({ state: "pending", relaunch: false, studyUntil: late.now + HOLD_MS });
    const cancelled = launched(holding(PAIR));
    cancelled.bringUp("db");
    cancelled.ask(askCancel(cancelled.snapshot(), by(cancelled)));
    expect(cancelled.deployment.state).toBe("rollback_in_progress");
  });
});
