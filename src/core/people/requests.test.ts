import { describe, expect, test } from "vitest";
import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { inState, retry } from "./in-state.testsuite.ts";
import { askCancel, askDelete, askRetryRollback, askStop } from "./requests.ts";
import type { DeploymentState } from "../states.ts";
import {
  ALONE,
  by,
  fails,
  launched,
  LOOSE,
  openMachines,
  PAIR,
  sight,
  up,
  type World,
} from "../world/world.testsuite.ts";

const { startMs, undoMs } = DEFAULT_POLICY.deadlines;

const wishToDelete = (world: World, given: { stop?: boolean; abandonDebt?: boolean } = {}) =>
  world.ask(askDelete(world.snapshot(), { ...by(world), stop: false, abandonDebt: false, ...given }));

describe("a cancel", () => {
  test.each<[DeploymentState, string | null]>([
    ["new", null],
    ["pending", null],
    ["rollback_in_progress", null],
    ["rollback_complete", null],
    ["rollback_failed", null],
    ["running", "is running and cannot be cancelled; stop it instead"],
    ["incomplete", "is incomplete and cannot be cancelled; stop it instead"],
    ["shutting_down", "is shutting_down and cannot be cancelled"],
    ["stopped", "is stopped and cannot be cancelled"],
    ["failed", "is failed and cannot be cancelled"],
  ])("in %s", (state, refusal) => {
    const world = inState(state);
    const said = world.ask(askCancel(world.snapshot(), by(world)));
    if (refusal !== null) return expect(said).toBe(`deployment ${world.deployment.name} ${refusal}`);
    expect(said).toBeNull();
    world.haulBack();
    expect(world.deployment).toMatchObject({
      state: "failed",
      failure: "cancelled",
      cancelAskedAt: expect.any(Number),
    });
    expect(world.attempts.length).toBeLessThanOrEqual(1);
    expect(openMachines(world)).toEqual([]);
  });

  test("asked twice does nothing twice", () => {
    const world = inState("rollback_in_progress");
    world.ask(askCancel(world.snapshot(), by(world)));
    const told = world.events.length;
    expect(world.ask(askCancel(world.snapshot(), by(world)))).toBeNull();
    expect(world.events).toHaveLength(told);
  });
});

describe("a delete", () => {
  test.each<[DeploymentState, string]>([
    ["new", "cancel it first"],
    ["pending", "cancel it first"],
    ["running", "stop it first"],
    ["incomplete", "stop it first"],
    ["rollback_failed", "cancel it first"],
  ])("in %s says what to do first; with stop it does both", (state, remedy) => {
    const world = inState(state);
    expect(wishToDelete(world)).toContain(`cannot be deleted yet; ${remedy}`);
    expect(wishToDelete(world, { stop: true })).toBeNull();
    world.haulBack();
    expect(world.deployment).toMatchObject({ deletedAt: expect.any(Number), wakeAt: null });
    expect(openMachines(world)).toEqual([]);
    expect(world.kinds().at(-1)).toBe("deleted");
  });

  test("of what has ended and left nothing is done with the answer, so that its name can be used at once", () => {
    const world = inState("stopped");
    const asked = askDelete(world.snapshot(), { ...by(world), stop: false, abandonDebt: false });
    const waves = "changes" in asked ? asked.changes : [];
    expect(waves.at(-1)?.deployment).toMatchObject({ deletedAt: world.now });
    expect(waves.flatMap(({ events }) => events).map(({ body }) => body.kind)).toEqual(["delete_asked", "deleted"]);
  });

  test("while it is shutting down asks to wait, not to cancel what cannot be cancelled", () => {
    expect(wishToDelete(inState("shutting_down"))).toContain("wait until it has stopped");
  });

  test("with open debt needs a word, and then goes on trying to remove it", () => {
    const world = inState("shutting_down");
    world.pass(undoMs);
    expect(wishToDelete(world)).toContain("2 machines are not proven gone; wait, or delete with abandonDebt");
    expect(wishToDelete(world, { abandonDebt: true })).toBeNull();
    expect(world.deployment.deletedAt).toBe(world.now);
    world.haulBack();
    expect(openMachines(world)).toEqual([]);
    expect(world.released(1)).toBe(true);
  });

  test("of one machine in debt speaks of one", () => {
    const world = up(ALONE);
    world.ask(askStop(world.snapshot(), by(world)));
    world.pass(undoMs);
    expect(wishToDelete(world)).toContain("1 machine is not proven gone");
  });

  test("of a rollback that got stuck ends it and leaves its debt behind, which is tried on", () => {
    const world = inState("rollback_failed");
    expect(wishToDelete(world, { stop: true })).toBeNull();
    expect(world.deployment).toMatchObject({ state: "rollback_failed", deletedAt: null });
    expect(wishToDelete(world, { stop: true, abandonDebt: true })).toBeNull();
    expect(world.path().slice(-3)).toEqual(["rollback_in_progress", "rollback_complete", "failed"]);
    expect(world.deployment).toMatchObject({ deletedAt: world.now, failure: "cancelled", wakeAt: null });
    expect(world.released(1)).toBe(false);
    world.haulBack();
    expect(openMachines(world)).toEqual([]);
    expect(world.released(1)).toBe(true);
  });

  test("of a rollback under way waits for its deadline before anything is left behind", () => {
    const world = inState("rollback_in_progress");
    wishToDelete(world, { stop: true, abandonDebt: true });
    expect(world.deployment.state).toBe("rollback_in_progress");
    world.pass(undoMs);
    expect(world.deployment.deletedAt).toBe(world.now);
    expect(world.events.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ move: "rolled_back", reason: "left behind as debt: 1 machine is not proven gone" }),
    );
  });

  test("of what stopped by itself turns into debt when it does not get through, and waits for a word", () => {
    const world = up(ALONE);
    world.see("db", "stopped");
    expect(world.deployment.state).toBe("stopped");
    wishToDelete(world);
    expect(world.deployment.wakeAt).toBe(world.now + undoMs);
    world.pass(undoMs);
    expect(world.machineOf("db").debtSince).toBe(world.now);
    expect(world.deployment).toMatchObject({ deletedAt: null, wakeAt: null });
    expect(wishToDelete(world)).toContain("not proven gone");
    expect(wishToDelete(world, { abandonDebt: true })).toBeNull();
    expect(world.deployment.deletedAt).toBe(world.now);
  });

  test("asked twice does nothing twice", () => {
    const world = up(ALONE);
    world.see("db", "stopped");
    wishToDelete(world);
    const told = world.events.length;
    expect(wishToDelete(world)).toBeNull();
    expect(world.events).toHaveLength(told);
    world.haulBack();
    expect(wishToDelete(world)).toBeNull();
    expect(world.kinds().at(-1)).toBe("deleted");
  });
});

describe("a retry of the rollback", () => {
  test("is refused unless the rollback has failed", () => {
    const world = inState("rollback_in_progress");
    expect(world.ask(askRetryRollback(world.snapshot(), by(world)))).toContain("has no failed rollback to retry");
  });

  test("asks for each machine again at once, those in doubt by looking for them", () => {
    const world = launched(LOOSE);
    world.bringUp("db");
    world.claim(world.machineOf("web"));
    world.ask(askCancel(world.snapshot(), by(world)));
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    world.ask(askRetryRollback(world.snapshot(), by(world)));
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now, failures: 0 });
    expect(world.machineOf("web")).toMatchObject({ state: "intent", callAt: world.now });
    world.haulBack();
    world.pass(200_000);
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
  });

  test("leaves alone what has gone meanwhile, and may get stuck again", () => {
    const world = inState("rollback_failed");
    world.ask(askRetryRollback(world.snapshot(), by(world)));
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    expect(world.machineOf("db").debtSince).toBeLessThan(world.now);
    expect(world.kinds().filter((kind) => kind === "debt_opened")).toHaveLength(1);
  });
});

describe("a retry of a member", () => {
  test.each([
    ["cache", "; it has db, web"],
    ["wbe", ': did you mean "web"? It has db, web'],
  ])("that does not exist, %s, names those that do", (name, told) => {
    expect(retry(inState("incomplete"), name)).toContain(` has no instance ${name}${told}`);
  });

  test.each<[DeploymentState, string]>([
    ["running", "web"],
    ["incomplete", "db"],
    ["pending", "db"],
  ])("in %s is refused when nothing failed there", (state, instance) => {
    expect(retry(inState(state), instance)).toMatch(
      /cannot retry \w+ \(\w+\); only failed members of an incomplete one/,
    );
  });

  test("starts one that stopped long ago, and gives the start its whole time", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    world.pass(24 * 3_600_000);
    retry(world, "web");
    expect(world.instance("web").state).toBe("stopped");
    expect(world.machineOf("web")).toMatchObject({ call: "start", callAt: world.now });
    expect(world.kinds()).toContain("start_asked");
    world.pass(startMs - 1);
    world.answer("web", { kind: "started" });
    world.see("web", "running");
    expect(world.deployment.state).toBe("running");
  });

  test("whose start does not come through fails, and no start is left to be sent", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    retry(world, "web");
    world.answer("web", fails({ class: "transient" }));
    world.pass(startMs);
    expect(world.instance("web")).toMatchObject({ state: "error", fault: { code: "start_deadline" } });
    const idle = { call: null, callAt: null, failures: 0, startAskedAt: null };
    expect(world.machineOf("web")).toMatchObject(idle);
    expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: null });
  });

  test("asks again for one that the cloud refused, that vanished, or that left nothing", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.bringUp("db");
    world.answer("web", fails());
    expect(world.deployment.state).toBe("incomplete");
    retry(world, "web");
    expect(world.machineOf("web")).toMatchObject({ state: "intent", call: "create" });
    expect(world.machineOf("web").id).toMatch(/-t2$/);
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
    world.see("web", "gone");
    expect(world.instance("web").state).toBe("vanished");
    expect(world.deployment.failure).toBe("web: the machine is gone, and nobody here asked for that");
    retry(world, "web");
    expect(world.machineOf("web").id).toMatch(/-t3$/);
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });

  test("in a partial launch still under way goes on within the same attempt", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.answer("web", fails());
    expect(world.deployment.state).toBe("pending");
    retry(world, "web");
    world.bringUp("web");
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
    expect(world.attempts).toHaveLength(1);
  });

  test("waits for what it left behind until that is debt, and goes on beside it", () => {
    const world = up(PAIR);
    world.see("web", "error", sampleFault({ class: "unknown", text: "kernel panic" }));
    retry(world, "web");
    expect(world.deployment.wakeAt).toBe(world.now + undoMs);
    for (const _ of ["console", "destroy"]) world.answer("web", fails({ class: "auth", text: "not allowed" }));
    world.pass(undoMs);
    const debts = [...world.machines.values()].filter(({ debtSince }) => debtSince !== null);
    expect(debts).toMatchObject([{ instance: "web", debtSince: world.now }]);
    expect(world.machineOf("web")).toMatchObject({ state: "intent", placementNo: 2 });
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });
});

test("a launch that is given up after its create was sent resolves the doubt before it ends", () => {
  const world = launched(ALONE);
  const machine = world.machineOf("db");
  world.claim(machine);
  world.ask(askCancel(world.snapshot(), by(world)));
  world.pass(60_000);
  expect(world.answer("db", { kind: "found", observed: [sight(machine, "pending")] })).toBe("lookup");
  expect(world.machineOf("db")).toMatchObject({ state: "made", call: "console" });
  world.haulBack();
  expect(world.deployment.state).toBe("failed");
  expect(world.evidence).toHaveLength(1);
});

test("a partial launch whose time is up keeps what is up", () => {
  const LATE: ResolvedBlueprint = sampleBlueprint({
    instances: LOOSE.instances.map((one) => sampleResolvedInstance({ name: one.name })),
    policy: { ...DEFAULT_POLICY, deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: 120_000 } },
  });
  const world = launched(LATE, { deployment: { partial: true } });
  world.bringUp("db");
  world.pass(120_000);
  expect(world.deployment.state).toBe("incomplete");
  world.bringUp("web");
  expect(world.deployment.state).toBe("running");
});
