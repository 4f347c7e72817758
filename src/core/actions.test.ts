import { expect, test } from "vitest";
import { Action } from "../contract/deployment.ts";
import { sampleDeployment, sampleInstance } from "../ports/store.samples.ts";
import { allowedActions, mayRetry } from "./actions.ts";
import { DEPLOYMENT_STATES, type DeploymentState, INSTANCE_STATES } from "./states.ts";

const at = (state: DeploymentState, ended = state === "stopped" || state === "failed") =>
  sampleDeployment({ state, endedAt: ended ? 9 : null });

test("each state allows what the design says, by the names that the API knows", () => {
  const table = Object.fromEntries(DEPLOYMENT_STATES.map((state) => [state, allowedActions(at(state))]));
  expect(table).toEqual({
    new: ["cancel"],
    pending: ["cancel"],
    running: ["stop"],
    incomplete: ["stop"],
    rollback_in_progress: ["cancel"],
    rollback_complete: ["cancel"],
    rollback_failed: ["cancel", "retry_rollback"],
    shutting_down: [],
    stopped: ["delete"],
    failed: ["delete"],
  });
  expect(new Set(Object.values(table).flat())).toEqual(new Set(Action.options));
});

test("what was asked for already is no choice any more", () => {
  expect(allowedActions({ ...at("pending"), cancelAskedAt: 1 })).toEqual([]);
  expect(allowedActions({ ...at("running"), stopAskedAt: 1 })).toEqual([]);
  expect(allowedActions({ ...at("stopped"), deleteAskedAt: 1 })).toEqual(["delete"]);
  expect(allowedActions({ ...at("stopped"), deleteAskedAt: 1, abandonDebt: true })).toEqual([]);
  expect(allowedActions({ ...at("stopped"), deleteAskedAt: 1, deletedAt: 2 })).toEqual([]);
});

test("a member may be retried once it has failed for good, where the deployment goes on without it", () => {
  const retried = (state: DeploymentState, partial: boolean) =>
    INSTANCE_STATES.filter((one) => mayRetry({ ...at(state), partial }, sampleInstance({ state: one, runningAt: 5 })));
  const failed = ["stopped", "create_failed", "error", "vanished"];
  expect(retried("incomplete", false)).toEqual(failed);
  expect(retried("pending", true)).toEqual(failed);
  expect(retried("pending", false)).toEqual([]);
  expect(retried("running", true)).toEqual([]);
  expect(mayRetry(at("incomplete"), sampleInstance({ state: "stopped" }))).toBe(false);
});
