import { expect, test } from "vitest";
import { Action } from "../../contract/deployment.ts";
import { sampleDeployment, sampleInstance } from "../../ports/store.samples.ts";
import { allowedActions, mayRetry } from "./actions.ts";
import { DEPLOYMENT_STATES, type DeploymentState, INSTANCE_STATES } from "../states.ts";

const at = (state: DeploymentState, ended = state === "stopped" || state === "failed") =>
  sampleDeployment({ state, endedAt: ended ? 9 : null });

test("each state allows what the design says, by the names that the API knows", () => {
  const table = Object.fromEntries(DEPLOYMENT_STATES.map((state) => [state, allowedActions(at(state), 0)]));
  expect(table).toEqual({
    new: ["cancel"],
    pending: ["cancel"],
    running: ["stop", "update"],
    incomplete: ["stop", "update"],
    updating: ["cancel", "stop"],
    reverting: ["stop"],
    rollback_in_progress: ["cancel"],
    rollback_complete: ["cancel"],
    rollback_failed: ["cancel", "retry_rollback"],
    shutting_down: [],
    stopped: ["delete", "relaunch"],
    failed: ["delete", "relaunch"],
  });
  const owing = DEPLOYMENT_STATES.flatMap((state) => {
    const added = allowedActions(at(state), 1).filter((action) => !allowedActions(at(state), 0).includes(action));
    return added.map((action) => `${state}: ${action}`);
  });
  expect(owing).toEqual(["rollback_failed: abandon_debt", "stopped: abandon_debt", "failed: abandon_debt"]);
  expect(allowedActions(at("stopped"), 1)).toEqual(["abandon_debt", "relaunch"]);
  const leased = DEPLOYMENT_STATES.map((state) => allowedActions({ ...at(state), leaseEndsAt: 7 }, 0));
  expect(leased).toEqual(
    Object.entries(table).map(([state, actions]) =>
      ["running", "incomplete", "updating", "reverting"].includes(state) ? [...actions, "extend"] : actions,
    ),
  );
  expect(new Set([...Object.values(table).flat(), "abandon_debt", "extend", "release"])).toEqual(
    new Set(Action.options),
  );
});

test("what is held for study may be released, until it is cancelled", () => {
  const held = { ...at("pending"), studySince: 1, studyUntil: 2 };
  expect(allowedActions(held, 0)).toEqual(["release", "cancel"]);
  expect(allowedActions({ ...held, cancelAskedAt: 1 }, 0)).toEqual([]);
});

test("what was asked for already is no choice any more", () => {
  expect(allowedActions({ ...at("pending"), cancelAskedAt: 1 }, 0)).toEqual([]);
  expect(allowedActions({ ...at("running"), stopAskedAt: 1, leaseEndsAt: 7 }, 0)).toEqual([]);
  const deleting = { ...at("stopped"), deleteAskedAt: 1 };
  expect(allowedActions(deleting, 0)).toEqual(["relaunch"]);
  expect(allowedActions(deleting, 1)).toEqual(["abandon_debt", "relaunch"]);
  expect(allowedActions({ ...deleting, abandonDebt: true }, 1)).toEqual(["relaunch"]);
  expect(allowedActions({ ...deleting, deletedAt: 2 }, 1)).toEqual([]);
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
  const studied = { ...at("pending"), partial: true, studyUntil: 9 };
  expect(mayRetry(studied, sampleInstance({ state: "error" }))).toBe(false);
});
