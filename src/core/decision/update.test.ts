// Updates as a whole: what comes up, what goes, and what there is after each way out.

import { expect, test } from "vitest";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { askCancel, askDelete, askStop } from "../people/requests.ts";
import { needsMarket } from "./decide.ts";
import { isHeld } from "../market/market.ts";
import { changed } from "../change/changed.testsuite.ts";
import { by, fails, launched, LOOSE, openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";

const NEW_WEB = changed(PAIR, "web", { images: ["web:2"] });
const NEW_BOTH = changed(NEW_WEB, "db", { images: ["db:2"] });
const THREE: ResolvedBlueprint = {
  ...PAIR,
  instances: [...PAIR.instances, sampleResolvedInstance({ name: "web-2", dependsOn: ["db"] })],
};
const [DB] = PAIR.instances;
const ONLY_DB: ResolvedBlueprint = { ...PAIR, instances: DB === undefined ? [] : [DB] };

function updating(after: ResolvedBlueprint, from = up(PAIR)): World {
  expect(from.update(after)).toBeNull();
  return from;
}

/** Who is there, as its cloud sees it. */
const open = (world: World): string[] =>
  openMachines(world)
    .map(({ id }) => id.slice(-"web-t2".length))
    .toSorted();
const outcomes = (world: World) => world.revisions.map(({ no, outcome, reason }) => [no, outcome, reason]);
const members = (world: World) =>
  world.instances.map(({ name, state, readyAt }) => `${name} ${state}${readyAt === null ? "" : " ready"}`);

test("what is new comes up beside what is there, and what was before goes last", () => {
  const world = updating(NEW_WEB);
  expect(world.deployment).toMatchObject({ state: "updating", revisionNo: 2, blueprint: NEW_WEB });
  expect(open(world)).toEqual(["-db-t1", "web-t1", "web-t2"]);
  expect(members(world)).toEqual(["db running ready", "web pending"]);
  world.bringUp("web");
  expect(world.deployment).toMatchObject({ state: "updating", removingAt: world.now });
  expect(
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ id }) => id.slice(-6)),
  ).toEqual(["web-t1"]);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", removingAt: null, revisionNo: 2, failure: null });
  expect(open(world)).toEqual(["-db-t1", "web-t2"]);
  expect(outcomes(world)).toEqual([
    [1, "succeeded", null],
    [2, "succeeded", null],
  ]);
  expect(world.placements.filter(isHeld).map(({ instance, no }) => [instance, no])).toEqual([
    ["db", 1],
    ["web", 2],
  ]);
  expect(world.path().slice(-2)).toEqual(["updating", "running"]);
});

test("dependents wait for what is new, and go before what they need", () => {
  const world = updating(NEW_BOTH);
  expect(open(world)).toEqual(["-db-t1", "-db-t2", "web-t1"]);
  world.bringUp("db");
  expect(open(world)).toEqual(["-db-t1", "-db-t2", "web-t1", "web-t2"]);
  world.bringUp("web");
  const going = () =>
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ instance }) => instance);
  expect(going()).toEqual(["web"]);
  world.haulBack();
  expect(world.deployment.state).toBe("running");
  expect(open(world)).toEqual(["-db-t2", "web-t2"]);
});

test("members are added and removed", () => {
  const world = updating(THREE);
  expect(members(world)).toEqual(["db running ready", "web running ready", "web-2 pending"]);
  world.bringUp("web-2");
  expect(world.deployment.state).toBe("running");
  updating(ONLY_DB, world);
  expect(members(world)).toEqual(["db running ready"]);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 3 });
  expect(open(world)).toEqual(["-db-t1"]);
});

test("a failure leads back: what was added goes, the former revision is whole and untouched", () => {
  const world = up(PAIR);
  const before = structuredClone(world.instances);
  updating(THREE, world);
  const former = openMachines(world).filter(({ instance }) => instance !== "web-2");
  world.answer("web-2", fails());
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1, blueprint: PAIR, failure: null });
  expect(world.instances).toEqual(before);
  expect(openMachines(world)).toEqual(former);
  expect(outcomes(world)[1]).toEqual([2, "failed", expect.stringMatching(/^web-2: /)]);
  expect(world.blocks).toHaveLength(1);
});

test("while what was added is hauled back it is on its way there, and deadlines turn what stays into debt", () => {
  const world = updating(NEW_BOTH);
  world.bringUp("db");
  world.answer("web", fails());
  expect(world.deployment).toMatchObject({ state: "reverting", revisionNo: 1, blueprint: PAIR });
  expect(members(world)).toEqual(["db running ready", "web running ready"]);
  expect(
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ id }) => id.slice(-5)),
  ).toEqual(["db-t2"]);
  world.pass(DEFAULT_POLICY.deadlines.undoMs);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  expect(openMachines(world).filter(({ debtSince }) => debtSince !== null)).toHaveLength(1);
  world.haulBack();
  expect(open(world)).toEqual(["-db-t1", "web-t1"]);
});

test("an update that takes too long leads back, counted from its own begin", () => {
  const { launchMs } = DEFAULT_POLICY.deadlines;
  const world = up(PAIR);
  world.pass(launchMs * 3);
  const late = {
    ...NEW_WEB,
    policy: { ...NEW_WEB.policy, deadlines: { ...NEW_WEB.policy.deadlines, createMs: launchMs * 2 } },
  };
  updating(late, world);
  world.pass(launchMs - 1);
  expect(world.deployment.state).toBe("updating");
  world.pass(1);
  expect(outcomes(world)[1]?.[2]).toMatch(/^the update took longer than \d+ min; web is not up/);
  expect(open(world)).toEqual(["-db-t1", "web-t1"]);
});

test("a cancelled update leads back; once removal has begun it can only be stopped", () => {
  const world = updating(NEW_WEB);
  world.ask(askCancel(world.snapshot(), by(world)));
  expect(world.deployment).toMatchObject({ state: "running", cancelAskedAt: null, revisionNo: 1 });
  expect(outcomes(world)[1]).toEqual([2, "cancelled", "cancelled"]);
  updating(NEW_WEB, world);
  expect(world.deployment.revisionNo).toBe(3);
  world.bringUp("web");
  expect(world.ask(askCancel(world.snapshot(), by(world)))).toMatch(
    /any more: what was before is being removed; stop it/,
  );
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 3 });
});

test.each(["stopped", "error", "gone"] as const)(
  "a former member that is %s meanwhile is told so on the way back",
  (state) => {
    const world = updating(NEW_WEB);
    const former = openMachines(world).find(({ id }) => id.endsWith("web-t1"));
    if (former === undefined) throw new Error("no former machine");
    world.seeMachine(former, state);
    expect(world.deployment.state).toBe("updating");
    world.answer("web", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
    expect(world.deployment.failure).toMatch(/^web: /);
    expect(world.instance("web").state).toBe(state === "gone" ? "vanished" : state);
    expect(world.placements.filter(isHeld).map(({ instance, no }) => [instance, no])).toEqual([
      ["db", 1],
      ["web", 1],
    ]);
  },
);

test("a kept member that dies before the end leads back, and is missing there; one that dies after it is missing from what is new", () => {
  const world = updating(NEW_WEB);
  world.see("db", "stopped");
  expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
  const late = updating(NEW_WEB);
  late.bringUp("web");
  late.see("db", "stopped");
  expect(late.deployment.state).toBe("updating");
  late.haulBack();
  expect(late.deployment).toMatchObject({ state: "incomplete", revisionNo: 2 });
  expect(outcomes(late)[1]).toEqual([2, "succeeded", null]);
});

test("what cannot be removed is debt, and the update is done", () => {
  const world = updating(NEW_WEB);
  world.bringUp("web");
  world.pass(DEFAULT_POLICY.deadlines.undoMs);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  expect(openMachines(world).filter(({ debtSince }) => debtSince !== null)).toHaveLength(1);
});

test.each(["updating", "removing", "reverting"])("a stop while it is %s undoes both sets", (when) => {
  const world = updating(NEW_BOTH);
  world.bringUp("db");
  if (when === "removing") world.bringUp("web");
  if (when === "reverting") world.answer("web", fails());
  expect(world.ask(askStop(world.snapshot(), by(world)))).toBeNull();
  expect(world.deployment).toMatchObject({ state: "shutting_down", removingAt: null });
  world.haulBack();
  expect(world.deployment.state).toBe("stopped");
  expect(openMachines(world)).toEqual([]);
  expect(outcomes(world)[1]?.[1]).toBe(when === "reverting" ? "failed" : "cancelled");
  expect(world.placements.filter(isHeld)).toEqual([]);
});

test("a delete with stop ends an update, and all of it", () => {
  const world = updating(NEW_WEB);
  world.ask(askDelete(world.snapshot(), { ...by(world), stop: true, abandonDebt: false }));
  world.haulBack();
  expect(world.deployment.deletedAt).not.toBeNull();
  expect(openMachines(world)).toEqual([]);
});

test("the end of a lease ends an update", () => {
  const leased = { ...PAIR, policy: { ...PAIR.policy, leaseMs: 600_000 } };
  const world = updating({ ...NEW_WEB, policy: leased.policy }, up(leased));
  world.pass(600_000);
  expect(world.deployment.state).toBe("shutting_down");
});

test("a second update is refused, and names the first", () => {
  const world = updating(NEW_WEB);
  expect(world.update(THREE)).toMatch(/is updating: the update to revision 2, which ada asked for, is not over/);
});

test("nothing is updated while a member is on its way", () => {
  const world = up(PAIR);
  world.see("web", "stopped");
  expect(world.deployment.state).toBe("incomplete");
  expect(world.update(NEW_WEB)).toBeNull();
  expect(world.update(PAIR)).toMatch(/not over/);
});

test("the same blueprint once more changes nothing", () => {
  const world = up(PAIR);
  expect(world.update(structuredClone(PAIR))).toBeNull();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
});

test("another policy alone is another revision, and no machine changes", () => {
  const world = updating({ ...PAIR, policy: { ...PAIR.policy, maxAttempts: 7 } }, up(PAIR));
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  expect(open(world)).toEqual(["-db-t1", "web-t1"]);
});

test("another readiness check is asked of the machine that there is; where it fails, all is as it was", () => {
  const world = updating(changed(PAIR, "web", { ready: { kind: "tcp", port: 80 } }));
  expect(world.instance("web")).toMatchObject({ state: "running", readyAt: null, probeAt: world.now });
  expect(open(world)).toEqual(["-db-t1", "web-t1"]);
  world.pass(PAIR.policy.deadlines.readyMs);
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  expect(members(world)).toEqual(["db running ready", "web running ready"]);
  expect(open(world)).toEqual(["-db-t1", "web-t1"]);
});

test("on the way back what depends goes first, where the blueprint wants that", () => {
  const policy = { ...NEW_BOTH.policy, rollbackOrder: "reverse" as const };
  const world = updating({ ...NEW_BOTH, policy });
  world.bringUp("db");
  world.answer("web", { kind: "created", observed: { ...world.seen("web"), state: "error" } });
  const going = () =>
    openMachines(world)
      .filter(({ undoAskedAt }) => undoAskedAt !== null)
      .map(({ id }) => id.slice(-6));
  expect(going()).toEqual(["web-t2"]);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
});

test("a place that is refused is sought once more at the same account, as at a launch", () => {
  const policy = { ...LOOSE.policy, onRefusal: "replace" as const };
  const loose = { ...LOOSE, policy };
  const world = up(loose);
  expect(world.update(changed(loose, "web", { images: ["web:2"] }))).toBeNull();
  world.answer("web", fails({ class: "capacity", scope: "offer" }));
  expect(world.deployment.state).toBe("running");
  expect(outcomes(world)[1]?.[1]).toBe("failed");
});

test("who decides about one that has failed in an update knows the market", () => {
  const world = updating(NEW_WEB);
  expect(needsMarket(world.snapshot())).toBe(false);
  world.atOnce(() => {
    world.answer("web", fails());
    expect(needsMarket(world.snapshot())).toBe(true);
  });
  const late = updating(NEW_WEB);
  late.bringUp("web");
  expect(needsMarket(late.snapshot())).toBe(false);
  const back = updating(NEW_BOTH);
  back.bringUp("db");
  back.answer("web", fails());
  expect([back.deployment.state, needsMarket(back.snapshot())]).toEqual(["reverting", false]);
});

test("one in part is whole after an update that replaces what is not up, and its lease begins anew", () => {
  const leased = { ...PAIR, policy: { ...PAIR.policy, leaseMs: 600_000 } };
  const world = launched(leased, { deployment: { partial: true } });
  world.bringUp("db");
  world.answer("web", fails());
  expect(world.deployment).toMatchObject({ state: "incomplete", allRunningAt: null });
  world.pass(1_000);
  world.blocks = [];
  updating(leased, world);
  expect(members(world)).toEqual(["db running ready", "web pending"]);
  world.bringUp("web");
  expect(world.deployment).toMatchObject({
    state: "running",
    allRunningAt: world.now,
    leaseEndsAt: world.now + 600_000,
  });
});

test("a member that had stopped before, and is gone by then, is told so on the way back", () => {
  const world = up(PAIR);
  world.see("web", "stopped");
  updating(NEW_WEB, world);
  const former = openMachines(world).find(({ id }) => id.endsWith("web-t1"));
  if (former === undefined) throw new Error("no former machine");
  world.seeMachine(former, "gone");
  world.answer("web", fails());
  expect([world.deployment.state, world.instance("web").state]).toEqual(["incomplete", "vanished"]);
});

test("one that never came to run is as it was on the way back", () => {
  const world = launched(PAIR, { deployment: { partial: true } });
  world.bringUp("db");
  world.answer("web", fails());
  world.blocks = [];
  updating(NEW_WEB, world);
  world.answer("web", fails());
  expect([world.deployment.state, world.instance("web").state]).toEqual(["incomplete", "create_failed"]);
});

test("several that were added go at once", () => {
  const world = updating(
    {
      ...LOOSE,
      instances: [
        ...LOOSE.instances,
        sampleResolvedInstance({ name: "a" }),
        sampleResolvedInstance({ name: "b" }),
        sampleResolvedInstance({ name: "c" }),
      ],
    },
    up(LOOSE),
  );
  world.bringUp("a");
  world.bringUp("b");
  world.answer("c", fails());
  expect(openMachines(world).filter(({ undoAskedAt }) => undoAskedAt !== null)).toHaveLength(2);
  expect(world.instances.map(({ name }) => name)).toEqual(["db", "web"]);
});
