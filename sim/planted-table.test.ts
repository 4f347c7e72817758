// A table with an arc too many, planted before anything is made from it.

import { expect, test } from "vitest";
import { DEPLOYMENT } from "../src/core/states.ts";

test("legal moves: a table that lets a launch stop before it ran", async () => {
  Object.assign(DEPLOYMENT.pending, { all_ready: "stopped" });
  const { play } = await import("./run.ts");
  const { plainScenario } = await import("./scenario.samples.ts");
  const { findings } = await play(plainScenario());
  expect(findings).toContainEqual({
    checker: "legal moves",
    atMs: expect.any(Number),
    text: expect.stringMatching(/^dep000000001 #\d+: deployment_moved pending → stopped is no arc of the table/),
  });
});
