import { expect, test } from "vitest";
import { sampleInstance, sampleMachine } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { stepOf } from "./deadlines.ts";
import type { Instance } from "../deployment.ts";
import type { Machine } from "../machine.ts";

const { deadlines } = DEFAULT_POLICY;
const HERE = { blueprint: { name: "shop", policy: DEFAULT_POLICY }, resumedAt: null };
const step = (instance: Partial<Instance>, machine: Partial<Machine> | null = {}) =>
  stepOf(HERE, sampleInstance({ since: 1_000, ...instance }), machine === null ? null : sampleMachine(machine));

test("a create counts from the instance's turn, and a boot from when the machine was made", () => {
  expect(step({ state: "pending" })).toMatchObject({ step: "create", from: 1_000, at: 1_000 + deadlines.createMs });
  expect(step({ state: "pending" }, { madeAt: 5_000 })).toMatchObject({ step: "boot", at: 5_000 + deadlines.bootMs });
});

test("a start counts from when it was asked for, and before from when the machine stood still", () => {
  expect(step({ state: "stopped" })).toMatchObject({ step: "start", from: 1_000 });
  expect(step({ state: "stopped" }, { startAskedAt: 9_000 })).toMatchObject({
    from: 9_000,
    at: 9_000 + deadlines.startMs,
  });
});

test("readiness counts from running", () => {
  expect(step({ state: "running" })).toMatchObject({ step: "ready", at: 1_000 + deadlines.readyMs });
});

test("what waits for nothing of its own has no deadline", () => {
  expect(step({ state: "running", readyAt: 2_000 })).toBeNull();
  expect(step({ state: "stopped", runningAt: 2_000 })).toBeNull();
  for (const state of ["new", "shutting_down", "create_failed", "error", "vanished"] as const) {
    expect(step({ state })).toBeNull();
  }
  expect(step({ state: "pending" }, null)).toBeNull();
});

test("after a return from a backup a step counts from then on", () => {
  const instance = sampleInstance({ state: "pending", since: 1_000 });
  const after = (resumedAt: number) => stepOf({ ...HERE, resumedAt }, instance, sampleMachine({ madeAt: null }));
  expect(after(5_000)).toMatchObject({ from: 5_000, at: 5_000 + deadlines.createMs });
  expect(after(500)).toMatchObject({ from: 1_000 });
});
