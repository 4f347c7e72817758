// What people may do with a deployment now. API replies carry this list; page and CLI keep no rules of their own.

import type { Deployment, DeploymentHead, Instance } from "../deployment.ts";
import { hasFailed } from "../decision/failure.ts";
import { DEPLOYMENT, type DeploymentState, next } from "../states.ts";

/**
 * `abandon_debt`: a delete that leaves machines behind which are not proven gone; they are tried on. `extend`: its lease. `relaunch`: its
 * blueprint and values once more, as another deployment.
 */
export const ACTIONS = ["cancel", "stop", "delete", "abandon_debt", "retry_rollback", "extend", "relaunch"] as const;
export type Action = (typeof ACTIONS)[number];

/** A cancel removes the relaunch; before the launch has settled there is one to remove. */
const CANCELLABLE: readonly DeploymentState[] = [
  "new",
  "pending",
  "rollback_in_progress",
  "rollback_complete",
  "rollback_failed",
];

/** Its launch has not settled: what ends it is a cancel. */
export const isLaunching = (state: DeploymentState): boolean => CANCELLABLE.includes(state);

/** `debts`: how many of its machines should be gone and are not proven gone. */
export function allowedActions(deployment: DeploymentHead, debts: number): Action[] {
  const { state, cancelAskedAt, stopAskedAt, deleteAskedAt, abandonDebt, deletedAt } = deployment;
  if (deletedAt !== null) return [];
  const hasEnded = deployment.endedAt !== null;
  const mayStop = next(DEPLOYMENT, state, "stop_asked") !== undefined && stopAskedAt === null;
  const isLeft = deleteAskedAt !== null && abandonDebt;
  const can: Readonly<Record<Action, boolean>> = {
    cancel: isLaunching(state) && cancelAskedAt === null,
    stop: mayStop,
    delete: hasEnded && debts === 0 && deleteAskedAt === null,
    abandon_debt: (hasEnded || state === "rollback_failed") && debts > 0 && !isLeft,
    retry_rollback: next(DEPLOYMENT, state, "rollback_retried") !== undefined,
    extend: mayStop && deployment.leaseEndsAt !== null,
    relaunch: hasEnded,
  };
  return ACTIONS.filter((action) => can[action]);
}

/** A failed member of a deployment that goes on without it may be tried again by hand; a stopped one is started again. */
export function mayRetry(deployment: Deployment, instance: Instance): boolean {
  if (deployment.state !== "incomplete" && !(deployment.state === "pending" && deployment.partial)) return false;
  return hasFailed(instance);
}

/** A member that has failed, or that runs and is as good as dead, may be replaced by hand once the launch has settled. */
export function mayRepair(
  { state, stopAskedAt }: Pick<Deployment, "state" | "stopAskedAt">,
  instance: Instance,
): boolean {
  if ((state !== "running" && state !== "incomplete") || stopAskedAt !== null) return false;
  return instance.state === "running" || hasFailed(instance);
}
