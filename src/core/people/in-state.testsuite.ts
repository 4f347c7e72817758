// A deployment in each state, as it comes there.

import { expect } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import type { DeploymentState } from "../states.ts";
import { changed } from "../change/changed.testsuite.ts";
import { by, fails, launched, PAIR, sight, up, World } from "../world/world.testsuite.ts";
import { askCancel, askRetryInstance, askStop } from "./requests.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

export const retry = (world: World, instance: string): string | null =>
  world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance }));

/** A deployment in the given state, and what became of it. */
const IN: Readonly<Record<DeploymentState, () => World>> = {
  new: () => new World({ blueprint: PAIR }),
  pending: () => launched(PAIR),
  running: () => up(PAIR),
  incomplete: () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    return world;
  },
  updating: () => {
    const world = up(PAIR);
    world.update(changed(PAIR, "web", { images: ["web:2"] }));
    return world;
  },
  reverting: () => {
    const world = IN.updating();
    world.answer("web", { kind: "created", observed: sight(world.machineOf("web"), "pending") });
    world.ask(askCancel(world.snapshot(), by(world)));
    return world;
  },
  rollback_in_progress: () => {
    const world = launched(PAIR);
    world.bringUp("db");
    world.answer("web", fails());
    return world;
  },
  rollback_complete: () => {
    const world = IN.rollback_in_progress();
    world.deployment = { ...world.deployment, wakeAt: null };
    world.machines.set(world.machineOf("db").id, { ...world.machineOf("db"), state: "gone", call: null, callAt: null });
    world.deployment = { ...world.deployment, state: "rollback_complete", wakeAt: world.now };
    return world;
  },
  rollback_failed: () => {
    const world = IN.rollback_in_progress();
    world.pass(undoMs);
    return world;
  },
  shutting_down: () => {
    const world = up(PAIR);
    world.ask(askStop(world.snapshot(), by(world)));
    return world;
  },
  stopped: () => {
    const world = IN.shutting_down();
    world.haulBack();
    return world;
  },
  failed: () => {
    const world = new World({ blueprint: PAIR, accounts: [] });
    world.settle();
    return world;
  },
};

export const inState = (state: DeploymentState): World => {
  const world = IN[state]();
  expect(world.deployment.state).toBe(state);
  return world;
};
