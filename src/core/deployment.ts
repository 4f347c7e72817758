// The rows of one deployment: itself, its attempts, its instances.

import type { AccountId, DeploymentId, MachineId } from "./ids.ts";
import type { InstanceChange } from "./change/difference.ts";
import type { ResolvedBlueprint } from "./blueprint/model.ts";
import type { Fault } from "./fault.ts";
import type { DeploymentState, InstanceState } from "./states.ts";

/** Since when, how often and why nothing could be decided for a deployment; see parking.ts. */
export interface Parking {
  readonly since: number;
  readonly tries: number;
  readonly text: string;
}

/** By then minutes have passed: nobody should wait beside it any more. */
export const STUCK_TRIES = 9;

export interface Deployment {
  readonly id: DeploymentId;
  /** Unique among the pool's deployments that are not deleted and have not left it to a successor. */
  readonly name: string;
  readonly pool: string;
  readonly state: DeploymentState;
  /** When the present state began. */
  readonly since: number;
  readonly blueprint: ResolvedBlueprint;
  /** Settle with what came up instead of rolling back for a part. */
  readonly partial: boolean;
  /** Seed of the weighted draws: the same launch draws the same. */
  readonly seed: number;
  /** The attempt under way or last made; 0 before the first. */
  readonly attemptNo: number;
  /** Of its revisions the one whose blueprint this is. */
  readonly revisionNo: number;
  /** Number of the last event. */
  readonly eventNo: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly firstRunningAt: number | null;
  readonly allRunningAt: number | null;
  /** When it stops by itself; null without a lease, and before the lease has begun. */
  readonly leaseEndsAt: number | null;
  /** That its lease ends soon has been told. */
  readonly leaseWarned: boolean;
  /** Since when, and until when, a failed attempt stays as it is before it is undone; null: none does. See decision/study.ts. */
  readonly studySince: number | null;
  readonly studyUntil: number | null;
  /** How long earlier ones stayed so, all together: the launch's deadline stood still meanwhile. */
  readonly studiedMs: number;
  /** When it reached a final state. */
  readonly endedAt: number | null;
  /** Why it failed or is incomplete, for people. */
  readonly failure: string | null;
  /** No relaunch after this rollback, whatever is left to try: cancelled, limit reached, or it would fail everywhere. */
  readonly relaunch: boolean;
  /** Asked to end a launch, or an update, for which it is null again when it is over. */
  readonly cancelAskedAt: number | null;
  /** Since when the former machines are removed by an update: from here on it goes forward. Null: none is. */
  readonly removingAt: number | null;
  readonly stopAskedAt: number | null;
  readonly deleteAskedAt: number | null;
  readonly abandonDebt: boolean;
  readonly deletedAt: number | null;
  /** The one that it launches once more. */
  readonly relaunchOf: DeploymentId | null;
  /** Of the trace that it goes on with, as its sender told it (W3C), with the `tracestate` behind a space; null: it has its own. */
  readonly traceparent: string | null;
  /** The one that has its name since. */
  readonly successor: DeploymentId | null;
  /** From when on it goes on, where the database was put back from a backup: no deadline counts from before. Null: never put back. */
  readonly resumedAt: number | null;
  /** How often it was put back. */
  readonly resumes: number;
  readonly parked: Parking | null;
  /** When `advance` looks at it next; null only in a final or settled state, and never while it is parked. */
  readonly wakeAt: number | null;
}

/** Without what may be large: of its blueprint the name and the policy. */
export type DeploymentHead = Omit<Deployment, "blueprint" | "seed"> & {
  readonly blueprint: Pick<ResolvedBlueprint, "name" | "policy">;
};

/** What a deadline counts from that began at `since`: what passed while nobody knew of it counts for nothing. */
export function countedFrom({ resumedAt }: Pick<Deployment, "resumedAt">, since: number): number {
  return Math.max(since, resumedAt ?? since);
}

/** When its launch has to be over. It stands still while a failed attempt is kept. */
export function launchDeadline(
  deployment: Pick<DeploymentHead, "createdAt" | "blueprint" | "resumedAt" | "studySince" | "studyUntil" | "studiedMs">,
): number {
  const { createdAt, blueprint, studySince, studyUntil, studiedMs } = deployment;
  const still = studiedMs + (Number(studyUntil) - Number(studySince));
  return countedFrom(deployment, createdAt) + blueprint.policy.deadlines.launchMs + still;
}

/** When an update has to have all that is new ready, counted from its own begin. */
export function updateDeadline(deployment: Pick<DeploymentHead, "since" | "blueprint" | "resumedAt">): number {
  return countedFrom(deployment, deployment.since) + deployment.blueprint.policy.deadlines.launchMs;
}

export const ATTEMPT_OUTCOMES = ["succeeded", "failed", "cancelled"] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** When the launch had settled, whole or in part, or was given up; null while it is under way. */
export function launchEnd(
  { state, endedAt }: Pick<Deployment, "state" | "endedAt">,
  attempt: Pick<Attempt, "outcome" | "endedAt"> | null,
): number | null {
  if (attempt?.outcome === "succeeded") return attempt.endedAt;
  return state === "failed" ? endedAt : null;
}

export const REVISION_REASONS = ["launch", "update"] as const;
export type RevisionReason = (typeof REVISION_REASONS)[number];

/** One blueprint that the deployment had, and what came of it. Never deleted. */
export interface Revision {
  readonly deployment: DeploymentId;
  /** 1, 2, … */
  readonly no: number;
  readonly why: RevisionReason;
  /** Name of the token. */
  readonly by: string;
  readonly begunAt: number;
  /** When it had settled, whole or in part, or was given up; null while it is under way. */
  readonly endedAt: number | null;
  /** With `endedAt`. */
  readonly outcome: AttemptOutcome | null;
  /** Why it came to nothing, for people. */
  readonly reason: string | null;
  /** What it makes of the one before it, as it was planned; of members that are not kept. None of a launch. */
  readonly changes: readonly InstanceChange[];
  /** Of an update under way, and until its way back is over. */
  readonly aside: Aside | null;
}

/** The other one of the two that a deployment is between: the former one, and on the way back the one that was to be. */
export interface Aside {
  readonly revision: number;
  readonly blueprint: ResolvedBlueprint;
  /** As they were, of members that the update replaces, removes, or asks anew whether they are ready. None on the way back. */
  readonly instances: readonly Instance[];
}

/** One try of a revision at one account. Never deleted; where its instances are placed: market/placement.ts. */
export interface Attempt {
  readonly deployment: DeploymentId;
  /** 1, 2, …, over all revisions. */
  readonly no: number;
  /** Number of the revision that it brings up. */
  readonly revision: number;
  readonly account: AccountId;
  readonly accountName: string;
  /** Null: in several, or none. */
  readonly realm: string | null;
  /** Millionths of a dollar per hour, of what was chosen at first and has a known price. */
  readonly hourlyMicros: number;
  /** Bytes of user data that each of its machines may have. */
  readonly userDataBytesMost: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string | null;
  readonly fault: Fault | null;
  /** The instance whose failure ended it. */
  readonly failedInstance: string | null;
}

export interface Instance {
  readonly deployment: DeploymentId;
  readonly name: string;
  /** Number of the revision that has begun this row: that of an update begins anew, whatever the row was before. */
  readonly revision: number;
  readonly state: InstanceState;
  readonly since: number;
  /** The machine that is this instance now; null while new. */
  readonly machine: MachineId | null;
  /** Machines asked for in this attempt: 1 for the first. */
  readonly tries: number;
  /** First time running in this attempt; tells a machine that never started from one that stopped. */
  readonly runningAt: number | null;
  readonly readyAt: number | null;
  readonly probeAt: number | null;
  /** What the last try of its readiness check met instead; null before the first, and while none is tried. */
  readonly probeAnswer: string | null;
  /** How often its live check has failed in a row. */
  readonly missed: number;
  /** Since when it counts as dead by its live check, though its cloud shows it running; null: it does not. */
  readonly deadSince: number | null;
  readonly fault: Fault | null;
  /** Since when it is being replaced in a deployment that has settled; null: it is not. See decision/repair.ts. */
  readonly repairSince: number | null;
  /** Repairs that began by themselves since `repairsFrom`, which a window of the blueprint's length follows. */
  readonly repairs: number;
  readonly repairsFrom: number | null;
}

/** Of an instance that nobody has repaired. */
export const UNREPAIRED = { repairSince: null, repairs: 0, repairsFrom: null } as const;

/** Of an instance of which no check is tried. */
export const UNPROBED = { probeAt: null, probeAnswer: null, missed: 0, deadSince: null } as const;
