// Every launch ends before its bound: by the launch's own deadline it is up, settled or being rolled back, and a rollback ends
// or is owed by its deadline.

import type { DeploymentState } from "../../src/core/states.ts";
import { rests } from "../rest.ts";
import type { CheckerOf } from "./checker.ts";

const UNDER_WAY: readonly DeploymentState[] = ["new", "pending", "rollback_in_progress", "rollback_complete"];
/** All processes may be dead or stand still for so long together, and answers may be waited for. */
const SLACK_MS = 120_000;

export const boundedLaunch: CheckerOf = (facts, find) => {
  const ended = new Set<string>();
  const askedAt = new Map<string, number>();
  /** When the update that is under way was asked for. */
  const updatedAt = new Map<string, number>();
  return {
    name: "bounded launch",
    commit({ changed }) {
      for (const { key, before, after } of changed.deployments) {
        if (after?.row.state !== "updating" && after?.row.state !== "reverting") updatedAt.delete(key);
        else if (!updatedAt.has(key)) updatedAt.set(key, facts.now());
        if (before === null) askedAt.set(key, facts.now());
        if (after !== null && !UNDER_WAY.includes(after.row.state)) ended.add(key);
      }
    },
    calm() {
      for (const [id, deployment] of facts.deployments) {
        if (!rests(facts, deployment)) find(`${id} is ${deployment.state} and does not come to rest`);
      }
    },
    glance() {
      for (const [id, at] of updatedAt) {
        const deployment = facts.deployments.get(id);
        if (deployment === undefined) continue;
        const { launchMs, undoMs } = deployment.blueprint.policy.deadlines;
        // What was before is removed one after the other.
        const most = launchMs + undoMs * (facts.machinesOf(id).length + 1) + SLACK_MS;
        if (facts.now() - at <= most) continue;
        updatedAt.delete(id);
        find(
          `${id} is still ${deployment.state} ${Math.round((facts.now() - at) / 1000)} s after its update was asked for`,
        );
      }
      for (const [id, { blueprint, state, studiedMs, studySince, studyUntil }] of facts.deployments) {
        const { launchMs, undoMs } = blueprint.policy.deadlines;
        // As time goes, not as the rows have it.
        const heldMs = studiedMs + (Number(studyUntil) - Number(studySince));
        const agoMs = facts.now() - (askedAt.get(id) ?? facts.now());
        if (ended.has(id) || agoMs <= launchMs + undoMs + heldMs + SLACK_MS) continue;
        ended.add(id);
        find(`${id} is still ${state} ${Math.round(agoMs / 1000)} s after it was asked for`);
      }
    },
  };
};
