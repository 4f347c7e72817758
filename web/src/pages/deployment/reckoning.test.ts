import { expect, test } from "vitest";
import { costNow, tallyOf } from "./reckoning.ts";
import { sampleDeployment, sampleInstance } from "./deployment.samples.ts";

test("cost goes on by the hour from where the reply left it", () => {
  const cost = { total: 1, perHour: 3.6, failedAttempts: 0.5, unpriced: 0, unpricedNow: 0 };
  expect([-5_000, 0, 10_000].map((ms) => costNow({ cost }, ms))).toEqual([1, 1, 1.01]);
});

test("each instance is counted once", () => {
  const instances = [
    sampleInstance("a", { state: "running", ready: true }),
    sampleInstance("b", { state: "running" }),
    sampleInstance("c", { state: "pending" }),
    sampleInstance("d", { state: "vanished" }),
    sampleInstance("e", { state: "shutting_down" }),
    sampleInstance("f"),
    sampleInstance("g", { state: "stopped" }),
  ];
  const counts = { ready: 1, rising: 2, bad: 1, leaving: 1, rest: 1 };
  expect(tallyOf(sampleDeployment({ state: "rollback_in_progress", instances }))).toEqual({ ...counts, stopped: 1 });
  // Where it goes on without it, one that stopped by itself has failed.
  const incomplete = sampleDeployment({ state: "incomplete", instances });
  expect(tallyOf(incomplete)).toEqual({ ...counts, bad: 2, stopped: 0 });
});

test("the bar does not run backwards while a machine that was made standing still waits for its start", () => {
  const stages = [
    sampleInstance("a"),
    sampleInstance("a", { state: "pending", step: "boot" }),
    sampleInstance("a", { state: "stopped", step: "start" }),
    sampleInstance("a", { state: "running", step: "ready" }),
    sampleInstance("a", { state: "running", ready: true }),
  ];
  const filled = stages.map((instance) => {
    const { ready, rising } = tallyOf(sampleDeployment({ instances: [instance] }));
    return [ready, ready + rising];
  });
  expect(filled).toEqual([
    [0, 0],
    [0, 1],
    [0, 1],
    [0, 1],
    [1, 1],
  ]);
});
