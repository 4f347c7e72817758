// What people may do with a deployment now. API replies carry this list; page and CLI keep no rules of their own.

import type { Deployment, DeploymentHead, Instance } from "../deployment.ts";
import { hasFailed } from "../decision/failure.ts";
import type { Machine } from "../machine.ts";
import { DEPLOYMENT, type DeploymentState, next } from "../states.ts";

/**
 * `release`: what is held for study is rolled back now. `abandon_debt`: a delete that leaves machines behind which are not proven gone; they are tried on. `update`: another blueprint, other values or other counts. `extend`: its lease. `relaunch`: its
 * blueprint and values once more, as another deployment.
 */
export const ACTIONS = [
  "release",
  "cancel",
  "stop",
  "delete",
  "abandon_debt",
  "retry_rollback",
  "update",
  "extend",
  "relaunch",
] as const;
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
  const { state, cancelAskedAt, removingAt, stopAskedAt, deleteAskedAt, abandonDebt, deletedAt } = deployment;
  if (deletedAt !== null) return [];
  const hasEnded = deployment.endedAt !== null;
  const mayStop = next(DEPLOYMENT, state, "stop_asked") !== undefined && stopAskedAt === null;
  // A cancelled update goes back to what was before, as long as all of that is there.
  const mayRevert = state === "updating" && removingAt === null && stopAskedAt === null;
  const isLeft = deleteAskedAt !== null && abandonDebt;
  const can: Readonly<Record<Action, boolean>> = {
    release: state === "pending" && deployment.studyUntil !== null && cancelAskedAt === null,
    cancel: (isLaunching(state) || mayRevert) && cancelAskedAt === null,
    stop: mayStop,
    delete: hasEnded && debts === 0 && deleteAskedAt === null,
    abandon_debt: (hasEnded || state === "rollback_failed") && debts > 0 && !isLeft,
    retry_rollback: next(DEPLOYMENT, state, "rollback_retried") !== undefined,
    update: mayUpdate(deployment),
    extend: mayStop && deployment.leaseEndsAt !== null,
    relaunch: hasEnded,
  };
  return ACTIONS.filter((action) => can[action]);
}

/** A failed member of a deployment that goes on without it may be tried again by hand; a stopped one is started again. Not while all is held for study. */
export function mayRetry(deployment: Deployment, instance: Instance): boolean {
  if (deployment.studyUntil !== null) return false;
  if (deployment.state !== "incomplete" && !(deployment.state === "pending" && deployment.partial)) return false;
  return hasFailed(instance);
}

/** A member that is up, or that runs and is as good as dead, may be booted again; not while that is under way, nor while it is replaced. */
export function mayReboot(deployment: Deployment, instance: Instance, machine: Machine | null): boolean {
  if (machine === null || !mayUpdate(deployment) || instance.repairSince !== null) return false;
  const isThere = machine.state === "made" && machine.undoAskedAt === null && machine.rebootUntil === null;
  return isThere && instance.state === "running" && (instance.readyAt !== null || instance.deadSince !== null);
}

/** Another blueprint may be held against one that is up, in part or whole. */
export function mayUpdate({ state, stopAskedAt }: Pick<Deployment, "state" | "stopAskedAt">): boolean {
  return (state === "running" || state === "incomplete") && stopAskedAt === null;
}

/** A member that has failed, or that runs and is as good as dead, may be replaced by hand once the launch has settled. */
export function mayRepair(
  { state, stopAskedAt }: Pick<Deployment, "state" | "stopAskedAt">,
  instance: Instance,
): boolean {
  return mayUpdate({ state, stopAskedAt }) && (instance.state === "running" || hasFailed(instance));
}
