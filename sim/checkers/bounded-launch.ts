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
  return {
    name: "bounded launch",
    commit({ changed }) {
      for (const { key, before, after } of changed.deployments) {
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
      for (const [id, { blueprint, state }] of facts.deployments) {
        const { launchMs, undoMs } = blueprint.policy.deadlines;
        // As time goes, not as the rows have it.
        const agoMs = facts.now() - (askedAt.get(id) ?? facts.now());
        if (ended.has(id) || agoMs <= launchMs + undoMs + SLACK_MS) continue;
        ended.add(id);
        find(`${id} is still ${state} ${Math.round(agoMs / 1000)} s after it was asked for`);
      }
    },
  };
};
