import { describe, expect, test } from "vitest";
import { deploymentId } from "../ids.ts";
import { DEPLOYMENT_STATES, type DeploymentState } from "../states.ts";
import { by } from "../world/world.testsuite.ts";
import { inState } from "./in-state.testsuite.ts";
import { askSuccession } from "./relaunch.ts";

const ENDED: readonly DeploymentState[] = ["stopped", "failed"];
const successor = deploymentId("dep000000002");

describe("a name", () => {
  test.each(ENDED)("is left to a successor by one that is %s, which stays so", (state) => {
    const world = inState(state);
    expect(world.ask(askSuccession(world.snapshot(), { ...by(world), successor }))).toBeNull();
    expect(world.deployment).toMatchObject({ state, successor });
    expect(world.events.at(-1)?.body).toMatchObject({ kind: "relaunch_asked", successor });
  });

  test.each(DEPLOYMENT_STATES.filter((state) => !ENDED.includes(state)))("is kept by one that is %s", (state) => {
    const world = inState(state);
    expect(world.ask(askSuccession(world.snapshot(), { ...by(world), successor }))).toMatch(
      /is launched once more only when it has ended; `slipway down .*` ends it$/,
    );
    expect(world.deployment.successor).toBeNull();
  });
});
