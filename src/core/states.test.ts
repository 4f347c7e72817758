import { describe, expect, test } from "vitest";
import {
  arcs,
  DEPLOYMENT,
  DEPLOYMENT_STATES,
  finalStates,
  INSTANCE,
  INSTANCE_STATES,
  isOpen,
  MACHINE,
  MACHINE_STATES,
  next,
  OPEN_MACHINE_STATES,
} from "./states.ts";

const grouped = <S extends string>(pairs: readonly [S, S][]) =>
  Object.fromEntries(
    [...new Set(pairs.map(([from]) => from))].map((from) => [
      from,
      pairs
        .filter(([f]) => f === from)
        .map(([, to]) => to)
        .sort(),
    ]),
  );

describe("the design's tables, written out once more", () => {
  test("deployment", () => {
    expect(grouped(arcs(DEPLOYMENT))).toEqual({
      new: ["pending"],
      pending: ["failed", "incomplete", "rollback_in_progress", "running"],
      running: ["incomplete", "shutting_down", "stopped", "updating"],
      incomplete: ["running", "shutting_down", "stopped", "updating"],
      updating: ["incomplete", "reverting", "running", "shutting_down"],
      reverting: ["incomplete", "running", "shutting_down"],
      rollback_in_progress: ["rollback_complete", "rollback_failed"],
      rollback_complete: ["failed", "pending"],
      rollback_failed: ["pending", "rollback_in_progress"],
      shutting_down: ["stopped"],
    });
    expect(finalStates(DEPLOYMENT)).toEqual(["stopped", "failed"]);
  });

  test("instance", () => {
    expect(grouped(arcs(INSTANCE))).toEqual({
      new: ["pending"],
      pending: ["create_failed", "error", "running", "shutting_down", "stopped", "vanished"],
      stopped: ["error", "new", "running", "shutting_down", "vanished"],
      running: ["error", "shutting_down", "stopped", "vanished"],
      shutting_down: ["error", "stopped", "vanished"],
      create_failed: ["new"],
      error: ["new", "shutting_down"],
      vanished: ["new"],
    });
  });

  test("machine: a row is closed by proof alone, and opened again only by the sweeper", () => {
    expect(grouped(arcs(MACHINE))).toEqual({
      intent: ["absent", "in_doubt", "made", "refused"],
      in_doubt: ["absent", "made"],
      made: ["gone"],
      refused: ["made"],
      absent: ["made"],
      gone: ["made"],
    });
    expect(MACHINE_STATES.filter((state) => isOpen({ state }))).toEqual([...OPEN_MACHINE_STATES]);
  });
});

test("every state has a row, and a move that a row lacks leads nowhere", () => {
  expect(Object.keys(DEPLOYMENT)).toEqual([...DEPLOYMENT_STATES]);
  expect(Object.keys(INSTANCE).sort()).toEqual([...INSTANCE_STATES].sort());
  expect(Object.keys(MACHINE)).toEqual([...MACHINE_STATES]);
  expect(next(DEPLOYMENT, "new", "launch_begun")).toBe("pending");
  expect(next(DEPLOYMENT, "failed", "launch_begun")).toBeUndefined();
});

test("an arc that two moves share is listed once", () => {
  expect(arcs<"a" | "b", "x" | "y">({ a: { x: "b", y: "b" }, b: {} })).toEqual([["a", "b"]]);
});
