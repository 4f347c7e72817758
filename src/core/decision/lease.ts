// The lease: how long a deployment runs until it stops by itself. It begins when the launch has settled in part, and anew when all of it
// runs for the first time, or when an update has another one.

import type { LaunchPolicy } from "../blueprint/model.ts";
import { countedFrom, type Deployment } from "../deployment.ts";
import type { Draft } from "./draft.ts";

const WARNING_MS_MOST = 60 * 60_000;
const WARNING_SHARE = 0.1;

export function beginLease(draft: Draft): void {
  const { leaseMs } = draft.deployment.blueprint.policy;
  if (leaseMs === null) return;
  // An extension of what ran in part stands.
  const endsAt = Math.max(draft.deployment.leaseEndsAt ?? 0, draft.now + leaseMs);
  draft.setDeployment({ leaseEndsAt: endsAt, leaseWarned: false });
  draft.tell({ kind: "lease_begun", endsAt });
}

/** Another revision with another lease is in force from now on: what it says counts from here, whatever the former one was extended to. */
export function turnLease(draft: Draft, former: LaunchPolicy): void {
  const { leaseMs } = draft.deployment.blueprint.policy;
  if (leaseMs === former.leaseMs) return;
  draft.setDeployment({ leaseEndsAt: null, leaseWarned: false });
  if (leaseMs === null) return draft.tell({ kind: "lease_lifted" });
  beginLease(draft);
}

/** An update is under way, and what it says of the lease does not count yet. */
export const isBeforeTurn = ({ state, removingAt }: Pick<Deployment, "state" | "removingAt">): boolean =>
  state === "updating" && removingAt === null;

/** Told before it ends, and stopped when it has: from then on it is as if somebody had asked for that. */
export function keepLease(draft: Draft): void {
  const { leaseWarned, stopAskedAt } = draft.deployment;
  const leaseEndsAt = endOf(draft.deployment);
  if (leaseEndsAt === null || stopAskedAt !== null) return;
  if (draft.now >= leaseEndsAt) {
    draft.tell({ kind: "lease_ended" });
    return draft.setDeployment({ stopAskedAt: draft.now });
  }
  if (leaseWarned || draft.now < warningAt(draft, leaseEndsAt)) return;
  draft.tell({ kind: "lease_ending", endsAt: leaseEndsAt });
  draft.setDeployment({ leaseWarned: true });
}

/** When something of the lease is due next. */
export function leaseTimes(draft: Draft): readonly number[] {
  const { leaseWarned } = draft.deployment;
  const leaseEndsAt = endOf(draft.deployment);
  if (leaseEndsAt === null) return [];
  return [leaseWarned ? leaseEndsAt : warningAt(draft, leaseEndsAt)];
}

/** A lease that has been extended since a backup was made is not ended by its return. */
function endOf(deployment: Deployment): number | null {
  const { leaseEndsAt } = deployment;
  return leaseEndsAt === null ? null : countedFrom(deployment, leaseEndsAt);
}

/** An hour before its end, or a tenth of what the blueprint says, whichever is shorter: the former one, until an update has turned it. */
function warningAt(draft: Draft, leaseEndsAt: number): number {
  const { blueprint } = isBeforeTurn(draft.deployment) ? draft.change().aside : draft.deployment;
  const { leaseMs } = blueprint.policy;
  return leaseEndsAt - Math.min(WARNING_MS_MOST, Math.round(Number(leaseMs) * WARNING_SHARE));
}
