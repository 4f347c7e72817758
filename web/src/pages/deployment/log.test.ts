import { expect, test } from "vitest";
import { createChosen, instanceOf, lookOf, matches, NO_FILTER, offsetText, rowsInView } from "./log.ts";
import { numbered } from "./deployment.samples.ts";

const STEPS = numbered(1, [
  { kind: "launch_asked", by: "ada", partial: false },
  { kind: "instance_moved", instance: "db", from: "new", to: "pending", move: "launch_asked", reason: null },
  { kind: "instance_moved", instance: "web", from: "pending", to: "error", move: "seen_error", reason: null },
  { kind: "instance_ready", instance: "db" },
]);
const numbers = (filter: Partial<typeof NO_FILTER>, events = STEPS) =>
  createChosen((step) => matches(step, { ...NO_FILTER, ...filter }))(events).map(({ no }) => no);

test("a filter asks for an instance, a topic, a part of the sentence, and all of them at once", () => {
  expect(numbers({})).toEqual([1, 2, 3, 4]);
  expect(numbers({ instance: "db" })).toEqual([2, 4]);
  expect(numbers({ topics: new Set(["people"] as const) })).toEqual([1]);
  expect(numbers({ text: "READY" })).toEqual([4]);
  expect(numbers({ instance: "web", text: "ready" })).toEqual([]);
});

test("a log that grows in place is looked at once; without anything new the very same list comes back", () => {
  const growing = STEPS.slice(0, 2);
  const filtered = createChosen((step) => matches(step, { ...NO_FILTER, instance: "db" }));
  const before = filtered(growing);
  growing.push(...STEPS.slice(2));
  expect([before, filtered(growing)].map((rows) => rows.map(({ no }) => no))).toEqual([[2], [2, 4]]);
  expect(filtered(growing)).toBe(filtered(growing));
});

test("a step looks like the state it leads to", () => {
  expect(STEPS.map((step) => [lookOf(step).topic, lookOf(step).tone])).toEqual([
    ["people", "info"],
    ["states", "info"],
    ["states", "bad"],
    ["states", "good"],
  ]);
  expect(STEPS.map(instanceOf)).toEqual([null, "db", "web", "db"]);
});

test("a reboot that ends without its machine running is no good end", () => {
  const machine = "sw-dep1-a1-db-t1";
  const ends = [null, "its machine is pending"].map((reason) => ({
    kind: "reboot_over" as const,
    instance: "db",
    machine,
    reason,
  }));
  expect(numbered(1, ends).map((step) => lookOf(step).tone)).toEqual(["good", "warn"]);
});

test("offsets count from the launch", () => {
  const [second, hour] = [1_000, 3_600_000];
  expect([0, 59_949, 60_000, hour + 5 * second, 50 * hour].map(offsetText)).toEqual([
    "+0:00.0",
    "+0:59.9",
    "+1:00.0",
    "+1:00:05",
    "+2 d 2 h",
  ]);
});

test("only the rows in view are drawn, with a few around them", () => {
  const view = { scrollTop: 26_000, height: 260, rowHeight: 26, count: 5_000 };
  expect(rowsInView(view)).toEqual({ first: 992, end: 1_018 });
  expect(rowsInView({ ...view, scrollTop: 0, count: 3 })).toEqual({ first: 0, end: 3 });
  expect(rowsInView({ ...view, count: 10 })).toEqual({ first: 10, end: 10 });
});

test("what was cancelled is no failure, and a machine that was made standing still is on its way", () => {
  const [ended, moved, made, down] = numbered(1, [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "north",
      outcome: "cancelled",
      instance: null,
      reason: "cancelled",
      fault: null,
    },
    { kind: "deployment_moved", from: "rollback_complete", to: "failed", move: "cancelled", reason: "cancelled" },
    { kind: "instance_moved", instance: "db", from: "pending", to: "stopped", move: "seen_stopped", reason: null },
    { kind: "instance_moved", instance: "db", from: "running", to: "stopped", move: "seen_stopped", reason: null },
  ]).map(lookOf);
  expect([ended?.tone, moved?.tone, made?.tone, down?.tone]).toEqual(["neutral", "neutral", "info", "neutral"]);
});
