import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import type { DeploymentState } from "../states.ts";
import { by, openMachines } from "../world/world.testsuite.ts";
import { inState, retry } from "./in-state.testsuite.ts";
import { askStop } from "./requests.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

describe("a stop", () => {
  test.each<[DeploymentState, string | null]>([
    ["running", null],
    ["incomplete", null],
    ["failed", "is failed and cannot be stopped"],
  ])("in %s", (state, refusal) => {
    const world = inState(state);
    const said = world.ask(askStop(world.snapshot(), by(world)));
    if (refusal !== null) return expect(said).toBe(`deployment ${world.deployment.name} ${refusal}`);
    expect(said).toBeNull();
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(world.instances.map((one) => one.state)).toEqual(["stopped", "stopped"]);
    expect(openMachines(world)).toEqual([]);
    expect(world.released()).toBe(true);
    expect(world.evidence).toEqual([]);
  });

  test.each<DeploymentState>(["new", "pending", "rollback_in_progress", "rollback_failed"])(
    "of a launch under way, here in %s, is a cancel, also when asked twice",
    (state) => {
      const world = inState(state);
      expect(world.ask(askStop(world.snapshot(), by(world)))).toBeNull();
      expect(world.deployment).toMatchObject({ stopAskedAt: null, cancelAskedAt: world.now });
      expect(askStop(world.snapshot(), by(world))).toEqual(
        world.deployment.endedAt === null ? { changes: [] } : { refused: expect.anything() },
      );
      expect(world.kinds()).toContain("cancel_asked");
      expect(world.kinds()).not.toContain("stop_asked");
    },
  );

  test("asked twice does nothing twice", () => {
    const world = inState("shutting_down");
    const told = world.events.length;
    expect(world.ask(askStop(world.snapshot(), by(world)))).toBeNull();
    expect(world.events).toHaveLength(told);
  });

  test("takes along what a retry by hand has on its way", () => {
    const world = inState("incomplete");
    world.see("web", "error");
    retry(world, "web");
    world.ask(askStop(world.snapshot(), by(world)));
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(openMachines(world)).toEqual([]);
  });

  test("that does not get through ends as stopped with debt, and follows it when it clears", () => {
    const world = inState("shutting_down");
    world.pass(undoMs);
    expect(world.deployment).toMatchObject({ state: "stopped", wakeAt: null });
    expect(openMachines(world).map(({ debtSince }) => debtSince)).toEqual([world.now, world.now]);
    expect(world.released(1)).toBe(false);
    world.haulBack();
    expect(world.kinds().filter((kind) => kind === "debt_cleared")).toHaveLength(2);
    expect(world.instances.map((one) => one.state)).toEqual(["stopped", "stopped"]);
    expect(world.released(1)).toBe(true);
  });
});
