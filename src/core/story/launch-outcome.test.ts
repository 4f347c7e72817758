import { expect, test } from "vitest";
import type { DeploymentMove, DeploymentState } from "../states.ts";
import { launchOutcome } from "./launch-outcome.ts";

const moved = (from: DeploymentState, move: DeploymentMove) =>
  launchOutcome({ body: { kind: "deployment_moved", from, to: "running", move, reason: null } });

test("a launch ends with what it settles as, or when it is given up", () => {
  expect(moved("pending", "all_ready")).toBe("running");
  expect(moved("pending", "settled_in_part")).toBe("incomplete");
  expect(moved("rollback_complete", "gave_up")).toBe("failed");
  expect(moved("pending", "cancelled")).toBe("cancelled");
});

test("one in part that becomes whole has been launched before, and what else is told ends none", () => {
  expect(moved("incomplete", "all_ready")).toBeNull();
  expect(moved("pending", "rollback_begun")).toBeNull();
  expect(launchOutcome({ body: { kind: "launch_asked", by: "ada", partial: false } })).toBeNull();
});
