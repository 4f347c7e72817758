// What an update leaves right behind it: times, leases, checks and offers.

import { expect, test } from "vitest";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LiveCheck, type ResolvedBlueprint } from "../blueprint/model.ts";
import { changed } from "../change/changed.testsuite.ts";
import { UNLIMITED } from "../market/amount.ts";
import { undoneBy } from "./undo.ts";
import { fails, openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";

const NEW_WEB = changed(PAIR, "web", { images: ["web:2"] });
const NEW_BOTH = changed(NEW_WEB, "db", { images: ["db:2"] });
const { undoMs } = DEFAULT_POLICY.deadlines;

function updating(after: ResolvedBlueprint, from = up(PAIR)): World {
  expect(from.update(after)).toBeNull();
  return from;
}

const formerWeb = (world: World) => {
  const found = openMachines(world).find(({ id }) => id.endsWith("web-t1"));
  if (found === undefined) throw new Error("no former machine");
  return found;
};

test("a way back in order never wakes for a time that is past, and its order ends with its time", () => {
  const policy = { ...NEW_BOTH.policy, rollbackOrder: "reverse" as const };
  const world = updating({ ...NEW_BOTH, policy });
  world.bringUp("db");
  const by = (state = world.deployment) => undoneBy(state, [...world.machines.values()], world.now);
  expect(by()).toBeNull();
  world.answer("web", { kind: "created", observed: { ...world.seen("web"), state: "error" } });
  const begun = world.now;
  const going = () =>
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ id }) => id.slice(-6));
  expect([going(), by()]).toEqual([["web-t2"], begun + undoMs]);
  world.pass(undoMs);
  expect(going()).toEqual(["-db-t2", "web-t2"]);
  expect(world.deployment).toMatchObject({ state: "reverting", wakeAt: begun + 2 * undoMs });
  expect(by()).toBe(begun + 2 * undoMs);
  expect(undoneBy(world.deployment, [], world.now)).toBeNull();
  expect(by({ ...world.deployment, state: "shutting_down" })).toBe(begun + undoMs);
  world.pass(undoMs);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
});

test("what is late in its order goes all the same", () => {
  const policy = { ...NEW_BOTH.policy, rollbackOrder: "reverse" as const };
  const app = sampleResolvedInstance({ name: "app", dependsOn: ["web"] });
  const world = updating({ ...NEW_BOTH, policy, instances: [...NEW_BOTH.instances, app] });
  world.bringUp("db");
  world.bringUp("web");
  const failed = world.machineOf("app");
  world.answer("app", { kind: "created", observed: { ...world.seen("app"), state: "error" } });
  const going = () =>
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ id }) => id.slice(-6));
  world.pass(undoMs - 1_000);
  world.seeMachine(failed, "gone");
  expect(going()).toEqual(["web-t2"]);
  world.pass(1_000);
  expect(going().toSorted()).toEqual(["-db-t2", "web-t2"]);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
});

test("a lease that an update adds begins when all that is new is ready, also where it ends in part", () => {
  const leased = { ...NEW_WEB, policy: { ...NEW_WEB.policy, leaseMs: 600_000 } };
  const world = updating(leased);
  world.bringUp("web");
  const readyAt = world.now;
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: readyAt + 600_000 });
  const part = updating(leased);
  part.bringUp("web");
  part.see("db", "stopped");
  part.haulBack();
  expect(part.deployment.state).toBe("incomplete");
  expect(part.deployment.leaseEndsAt).not.toBeNull();
});

test("a lease that runs is not begun anew by an update", () => {
  const policy = { ...PAIR.policy, leaseMs: 600_000 };
  const world = up({ ...PAIR, policy });
  const { leaseEndsAt } = world.deployment;
  world.pass(1_000);
  updating({ ...NEW_WEB, policy }, world);
  world.bringUp("web");
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt });
});

test("a former member that had stopped, and runs again by then, is up on the way back", () => {
  const world = up(PAIR);
  world.see("web", "stopped");
  updating(NEW_WEB, world);
  world.seeMachine(formerWeb(world), "running");
  world.answer("web", fails());
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  expect(world.instance("web")).toMatchObject({ state: "running", readyAt: world.now });
});

test("a former member that had stopped, and is broken by then, is told so on the way back", () => {
  const world = up(PAIR);
  world.see("web", "stopped");
  updating(NEW_WEB, world);
  world.seeMachine(formerWeb(world), "error");
  world.answer("web", fails());
  expect([world.deployment.state, world.instance("web").state]).toEqual(["incomplete", "error"]);
});

const LIVE: LiveCheck = { check: { kind: "tcp", port: 80 }, periodMs: 10_000, failures: 3 };
const withLive = (live: LiveCheck | null) => changed(PAIR, "web", { live });

test("a live check that an update takes away is tried no more", () => {
  const world = up(withLive(LIVE));
  world.instances = world.instances.map((row) => ({ ...row, missed: 1, probeAnswer: "refused" }));
  expect(world.instance("web").probeAt).not.toBeNull();
  updating(PAIR, world);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  expect(world.instance("web")).toMatchObject({ probeAt: null, probeAnswer: null, missed: 0 });
});

test("a live check that is added or another is tried as it is now", () => {
  const world = updating(withLive(LIVE));
  expect(world.instance("web").probeAt).toBe(world.now + 10_000);
  world.instances = world.instances.map((row) => ({ ...row, missed: 2 }));
  updating(withLive({ ...LIVE, periodMs: 1_000, failures: 2 }), world);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 3 });
  expect(world.instance("web")).toMatchObject({ probeAt: world.now + 1_000, missed: 0 });
});

test("on the way back the former live check is tried as before", () => {
  const world = up(withLive(LIVE));
  const before = world.instance("web");
  const more = { ...PAIR, instances: [...PAIR.instances, sampleResolvedInstance({ name: "app" })] };
  updating(more, world);
  expect(world.instance("web")).toMatchObject({ state: "running", probeAt: null });
  world.answer("app", fails());
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  expect(world.instance("web")).toEqual(before);
});

test("only offers that an update has asked for are proven by it", () => {
  const world = up(PAIR);
  const before = world.unblocks.length;
  updating({ ...PAIR, policy: { ...PAIR.policy, maxAttempts: 7 } }, world);
  expect(world.unblocks).toHaveLength(before);
  updating(NEW_WEB, world);
  world.bringUp("web");
  expect(world.unblocks.length).toBeGreaterThan(before);
});

test("an update that brings its pool near its limit tells so", () => {
  const world = up(PAIR);
  world.limit = { ...UNLIMITED, instances: 3 };
  updating(NEW_WEB, world);
  expect(world.events.flatMap(({ body }) => (body.kind === "quota_near" ? [body] : []))).toMatchObject([
    { of: "pool", quota: "instances", used: 3, most: 3 },
  ]);
});
