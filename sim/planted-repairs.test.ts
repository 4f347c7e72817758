// Planted faults of repairs, as in planted.test.ts.

import { expect, test } from "vitest";
import { repairs } from "./checkers/repairs.ts";
import { found, inWrites } from "./plants.samples.ts";
import { plainBlueprint } from "./scenario.samples.ts";
import type { Mishap } from "./scenario.ts";

/** `i2` is repaired, twice in a long while; it dies again and again. */
function dyingScenario() {
  const blueprint = plainBlueprint();
  const repair = { mode: "replace", tries: 2, withinMs: 600_000, cascade: false } as const;
  const instances = blueprint.instances.map((one) => ({ ...one, repair }));
  const die = (atMs: number): Mishap => ({ kind: "accident", atMs, cloud: "east", pick: 1, to: "error" });
  return {
    launches: [{ atMs: 2_000, blueprint: { ...blueprint, instances }, partial: false }],
    mishaps: [20_000, 80_000, 140_000, 200_000].map(die),
  };
}

test("repairs: they are not counted", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    instances: changes.instances.map((row) => ({ ...row, repairs: 0 })),
  }));
  expect(await found(repairs, plant, dyingScenario())).toContainEqual(
    expect.stringMatching(/^repairs: dep000000001\/i\d is repaired 3 times within its window/),
  );
});

test("repairs: nobody comes for who was repaired too often", async () => {
  const plant = inWrites((changes) => {
    const { deployment } = changes;
    return deployment.state === "incomplete" && String(deployment.failure).includes("not repaired now")
      ? { ...changes, deployment: { ...deployment, wakeAt: null } }
      : changes;
  });
  expect(await found(repairs, plant, dyingScenario())).toContainEqual(
    expect.stringMatching(/^repairs: dep000000001\/i\d is error, and nobody comes to repair it/),
  );
});
