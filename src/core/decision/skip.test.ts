import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import { askRetryRollback } from "../people/requests.ts";
import { by, fails, launched, LOOSE, type World } from "../world/world.testsuite.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

const skip = (world: World, ...names: string[]): string | null =>
  world.ask(askRetryRollback(world.snapshot(), { ...by(world), skip: names }));

/** Three of which none needs another; the last one fails, and nothing of the others goes. */
function stuck(blueprint: ResolvedBlueprint, accounts = ["east", "west"]): World {
  const world = launched(blueprint, { accounts });
  for (const { name } of blueprint.instances.slice(0, -1)) world.bringUp(name);
  world.answer(blueprint.instances.at(-1)?.name ?? "", fails());
  world.pass(undoMs);
  expect(world.deployment.state).toBe("rollback_failed");
  return world;
}

const TRIO: ResolvedBlueprint = {
  ...LOOSE,
  instances: ["db", "cache", "web"].map((name) => sampleResolvedInstance({ name })),
};

describe("a machine that is given up", () => {
  test("lets the launch go on at the next account, stays debt, and keeps its place until it is gone", () => {
    const world = stuck(LOOSE);
    const { id } = world.machineOf("db");
    expect(skip(world, id)).toBeNull();
    expect(world.path().slice(-3)).toEqual(["rollback_in_progress", "rollback_complete", "pending"]);
    const moves = world.events.flatMap(({ body }) => (body.kind === "deployment_moved" ? [body.reason] : []));
    expect(moves).toContain("left behind as debt: 1 machine is not proven gone");
    expect(world.kinds().filter((kind) => kind === "machine_skipped")).toHaveLength(1);
    expect(world.machines.get(id)).toMatchObject({ skippedAt: world.now, debtSince: world.now });
    expect(world.machineOf("db").id).not.toBe(id);
    expect([world.released(1), world.attempts.length]).toEqual([false, 2]);
    for (const name of ["db", "web"]) world.bringUp(name);
    expect(world.deployment.state).toBe("running");
    world.haulBack();
    expect(world.released(1)).toBe(true);
    expect(world.kinds()).toContain("debt_cleared");
  });

  test("by its instance's name, while the rollback waits for the others alone", () => {
    const world = stuck(TRIO);
    const { id } = world.machineOf("db");
    skip(world, "db");
    expect(world.deployment.state).toBe("rollback_in_progress");
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    world.answer("cache", { kind: "destroyed" });
    world.pass(300);
    world.answer("cache", { kind: "looked", observed: null });
    expect(world.path().slice(-4)).toEqual(["rollback_failed", "rollback_in_progress", "rollback_complete", "pending"]);
    expect(world.machines.get(id)?.closedAt).toBeNull();
  });

  test("is no reason to try further where no account is left: the launch ends, its debt is told", () => {
    const world = stuck(LOOSE, ["east"]);
    skip(world, "db");
    expect(world.deployment.state).toBe("failed");
    expect(world.instance("db").state).toBe("shutting_down");
    world.haulBack();
    expect(world.instance("db").state).toBe("stopped");
  });

  test("holds what it depends on back no longer", () => {
    const chain: ResolvedBlueprint = {
      ...LOOSE,
      policy: { ...DEFAULT_POLICY, rollbackOrder: "reverse", deadlines: { ...DEFAULT_POLICY.deadlines } },
      instances: [
        sampleResolvedInstance({ name: "db" }),
        sampleResolvedInstance({ name: "app", dependsOn: ["db"] }),
        sampleResolvedInstance({ name: "web", dependsOn: ["app"] }),
      ],
    };
    const world = stuck(chain);
    skip(world, "app");
    expect(world.machineOf("db").undoAskedAt).not.toBeNull();
    expect(world.deployment.state).toBe("rollback_in_progress");
  });

  test("twice is told once; one that turned up late is debt from then on", () => {
    const world = stuck(TRIO);
    const { id } = world.machineOf("db");
    world.machines.set(id, { ...world.machineOf("db"), debtSince: null, undoAskedAt: world.now });
    skip(world, "db");
    expect(world.machines.get(id)?.debtSince).toBe(world.now);
    world.pass(undoMs);
    skip(world, "db", id);
    expect(world.kinds().filter((kind) => kind === "machine_skipped")).toHaveLength(1);
  });

  test.each([
    ["dp", 'has no machine dp left: did you mean "db"? It waits for db ('],
    ["elsewhere", "has no machine elsewhere left; it waits for db ("],
  ])("must be one that is left, unlike %s", (name, text) => {
    const world = stuck(LOOSE);
    expect(skip(world, name)).toContain(text);
    expect(world.deployment.state).toBe("rollback_failed");
  });
});
