import { describe, expect, test } from "vitest";
import { sampleFault } from "../ports/store.samples.ts";
import { DEFAULT_POLICY } from "./blueprint/model.ts";
import { askStop } from "./requests.ts";
import { by, LOOSE, openMachines, up, type World } from "./world.testsuite.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

/** Why the deployment moved, of its last move. */
function lastReason(world: World): string | null | undefined {
  const moves = world.events.flatMap(({ body }) => (body.kind === "deployment_moved" ? [body] : []));
  return moves.at(-1)?.reason;
}

describe("a deployment that is stopped", () => {
  const stopping = (): World => {
    const world = up(LOOSE);
    world.ask(askStop(world.snapshot(), by(world)));
    return world;
  };

  test("gives no reason when all of it is gone", () => {
    const world = stopping();
    world.haulBack();
    expect([world.deployment.state, lastReason(world)]).toEqual(["stopped", null]);
  });

  test("says how many of its machines it has left behind", () => {
    const world = stopping();
    const count = openMachines(world).length;
    world.pass(undoMs);
    expect(world.deployment.state).toBe("stopped");
    expect(lastReason(world)).toMatch(new RegExp(`^${count} `));
  });
});

describe("a deployment in part", () => {
  test("tells all that it lacks, also what it loses later", () => {
    const world = up(LOOSE);
    world.see("db", "stopped");
    const { failure } = world.deployment;
    expect(failure).toContain("db: ");
    expect(failure).not.toContain("web: ");
    world.see("web", "error");
    expect(world.deployment.failure).toContain("db: ");
    expect(world.deployment.failure).toContain("web: ");
  });

  test("tells the beginning of a long cause, and the next one", () => {
    const world = up(LOOSE);
    const fault = sampleFault({ text: "x".repeat(300) });
    for (const { name } of world.deployment.blueprint.instances) world.see(name, "error", fault);
    const causes = ["db", "web"].map(
      (name) => `${name}: ${"x".repeat(256 - name.length - 2)}… ${44 + name.length + 2} more characters`,
    );
    expect(world.deployment.failure).toBe(causes.join("; "));
  });

  test("has not stopped while a machine in error is there, and has when nothing is left", () => {
    const world = up(LOOSE);
    for (const { name } of world.deployment.blueprint.instances.slice(1)) world.see(name, "stopped");
    world.see("db", "error");
    expect(world.deployment.state).toBe("incomplete");
    world.see("db", "gone");
    expect([world.deployment.state, lastReason(world)]).toEqual(["stopped", "all instances stopped by themselves"]);
  });
});
