// A database that was put back from a backup: what was under way then waits, and nothing that passed meanwhile counts.

import { expect, test } from "vitest";
import { sampleBlueprint, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { ALONE, fails, launched, PAIR, up, type World } from "../world/world.testsuite.ts";
import { alone, bringUpAt, panic, replacing, shop, told } from "./repair.testsuite.ts";
import { seeksUntil } from "./rollback.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The database is a day old when it is put back. */
function putBack(world: World, resumes = 1): number {
  world.now += DAY_MS;
  const resumedAt = world.now + HOUR_MS;
  const { wakeAt } = world.deployment;
  world.deployment = { ...world.deployment, resumedAt, resumes, wakeAt: wakeAt === null ? null : world.now };
  world.settle();
  return resumedAt;
}

test("a launch under way waits for the end of the hold, and then has all of its time", () => {
  const world = launched(PAIR);
  const resumedAt = putBack(world);
  expect(world.deployment).toMatchObject({ state: "pending", wakeAt: resumedAt });
  world.pass(HOUR_MS - 1);
  expect(world.deployment.wakeAt).toBe(resumedAt);
  world.pass(1);
  expect(world.deployment).toMatchObject({ state: "pending" });
  world.bringUp("db");
  world.bringUp("web");
  expect(world.deployment.state).toBe("running");
});

test("what is asked for after that has names that no lost time can have used", () => {
  const world = launched(PAIR);
  putBack(world, 2);
  world.bringUp("db");
  world.pass(HOUR_MS);
  expect(world.machineOf("web").id).toMatch(/-web-t21$/);
  const often = launched(PAIR);
  putBack(often, 99);
  often.bringUp("db");
  often.pass(HOUR_MS);
  expect(often.machineOf("web").id).toMatch(/-web-t81$/);
});

test("a rollback waits as well, and owes nothing before it had its time", () => {
  const world = launched(PAIR);
  world.bringUp("db");
  world.answer("web", fails({ class: "capacity", scope: "offer" }));
  expect(world.deployment.state).toBe("rollback_in_progress");
  const resumedAt = putBack(world);
  world.pass(HOUR_MS);
  expect(world.deployment).toMatchObject({ state: "rollback_in_progress" });
  expect(world.machineOf("db").debtSince).toBeNull();
  world.pass(DEFAULT_POLICY.deadlines.undoMs - 1);
  expect(world.machineOf("db").debtSince).toBeNull();
  world.pass(1);
  expect(world.machineOf("db").debtSince).toBe(resumedAt + DEFAULT_POLICY.deadlines.undoMs);
});

test("a launch that seeks beside its debt does so for as long as a new one would", () => {
  const policy = { ...DEFAULT_POLICY, onRollbackFailure: "continue" } as const;
  const world = launched({ ...ALONE, policy });
  world.deployment = { ...world.deployment, state: "rollback_failed", resumedAt: world.now + HOUR_MS };
  expect(seeksUntil(world.deployment)).toBe(world.now + HOUR_MS + policy.deadlines.launchMs);
});

test("what runs is watched at once, and its lease ends no sooner than the hold", () => {
  const policy = { ...DEFAULT_POLICY, leaseMs: HOUR_MS };
  const world = up(sampleBlueprint({ instances: [sampleResolvedInstance()], policy }));
  const resumedAt = putBack(world);
  expect(world.deployment).toMatchObject({ state: "running", stopAskedAt: null });
  world.pass(HOUR_MS - 1);
  expect(world.deployment.stopAskedAt).toBeNull();
  world.pass(1);
  expect(world.deployment).toMatchObject({ state: "shutting_down", stopAskedAt: resumedAt });
});

test("a stop that is asked for meanwhile is begun, and is not late before the hold is over", () => {
  const world = up(ALONE);
  const resumedAt = putBack(world);
  world.deployment = { ...world.deployment, stopAskedAt: world.now, wakeAt: world.now };
  world.settle();
  expect(world.deployment).toMatchObject({ state: "shutting_down" });
  world.pass(HOUR_MS - 1);
  expect(world.now).toBe(resumedAt - 1);
  expect(world.machineOf("db")).toMatchObject({ call: "destroy", debtSince: null });
  world.pass(1);
  world.haulBack();
  expect(world.deployment.state).toBe("stopped");
});

test("nobody is repaired before the hold is over: what was launched since the backup is looked for first", () => {
  const world = up(alone());
  const resumedAt = putBack(world);
  world.see("db", "error", panic);
  expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: resumedAt });
  expect(world.deployment.failure).toMatch(/not repaired now: the database was put back from a backup, next 20/);
  expect(told(world)).toEqual([]);
  world.pass(HOUR_MS);
  world.haulBack();
  expect(world.machineOf("db").id).toMatch(/-t12$/);
  world.bringUp("db");
  expect(world.deployment.state).toBe("running");
});

test("what a repair had asked for goes on meanwhile, and no other member is removed after it", () => {
  const world = up(shop(replacing({ cascade: true })));
  world.pass(1_000);
  world.see("db", "error", panic);
  world.haulBack();
  putBack(world);
  bringUpAt(world, "db", "10.0.0.8");
  expect(world.deployment.state).toBe("running");
  expect(world.instance("web").state).toBe("running");
});
