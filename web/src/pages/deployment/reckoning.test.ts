import { expect, test } from "vitest";
import { costNow, launchEnd, tallyOf } from "./reckoning.ts";
import { at, sampleDeployment, sampleInstance } from "./deployment.samples.ts";

test("cost goes on by the hour from where the reply left it", () => {
  const cost = { total: 1, perHour: 3.6, failedAttempts: 0.5 };
  expect([-5_000, 0, 10_000].map((ms) => costNow({ cost }, ms))).toEqual([1, 1, 1.01]);
});

test("a launch lasts until all runs, or until it is given up; a stop later is no part of it", () => {
  const times = { since: at(50), allRunningAt: at(20), endedAt: at(60) };
  const end = (state: Parameters<typeof sampleDeployment>[0] & object) =>
    launchEnd(sampleDeployment({ ...times, ...state }));
  expect(end({ state: "running" })).toBe(at(20));
  expect(end({ state: "stopped" })).toBe(at(20));
  expect(end({ state: "incomplete" })).toBe(at(50));
  expect(end({ state: "failed" })).toBe(at(60));
  expect(end({ state: "rollback_in_progress" })).toBeNull();
});

test("each instance is counted once", () => {
  const instances = [
    sampleInstance("a", { state: "running", ready: true }),
    sampleInstance("b", { state: "running" }),
    sampleInstance("c", { state: "pending" }),
    sampleInstance("d", { state: "vanished" }),
    sampleInstance("e", { state: "shutting_down" }),
    sampleInstance("f"),
  ];
  expect(tallyOf(instances)).toEqual({ ready: 1, rising: 2, bad: 1, leaving: 1, rest: 1 });
});
