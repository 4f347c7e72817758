// A deployment as it begins: nothing is chosen and nothing asked for yet, and it is due.

import type { ResolvedBlueprint } from "../blueprint/model.ts";
import { type Deployment, type Instance, type Revision, UNREPAIRED } from "../deployment.ts";
import type { DeploymentEvent } from "../story/event.ts";
import type { DeploymentId } from "../ids.ts";

/** Of a revision that has just begun. */
export const UNDER_WAY = { endedAt: null, outcome: null, reason: null, changes: [], aside: null } as const;

export interface LaunchOrder {
  readonly id: DeploymentId;
  readonly name: string;
  readonly pool: string;
  readonly blueprint: ResolvedBlueprint;
  readonly partial: boolean;
  /** The one that it launches once more; null: none. */
  readonly relaunchOf: DeploymentId | null;
  /** Of the trace that it goes on with, as its sender told it (W3C); null: it begins its own. */
  readonly traceparent: string | null;
  /** For the draws among equal matches. */
  readonly seed: number;
  /** Name of the token. */
  readonly by: string;
  readonly now: number;
}

/** The rows of a new launch: the deployment, its first revision, its instances in the blueprint's order, and its first event. */
export function newDeployment({ by, now, ...order }: LaunchOrder): {
  readonly deployment: Deployment;
  readonly revision: Revision;
  readonly instances: readonly Instance[];
  readonly events: readonly DeploymentEvent[];
} {
  const { id, blueprint, partial } = order;
  const deployment: Deployment = {
    ...order,
    state: "new",
    since: now,
    attemptNo: 0,
    revisionNo: 1,
    eventNo: 1,
    createdAt: now,
    createdBy: by,
    firstRunningAt: null,
    allRunningAt: null,
    leaseEndsAt: null,
    leaseWarned: false,
    studySince: null,
    studyUntil: null,
    studiedMs: 0,
    endedAt: null,
    failure: null,
    relaunch: true,
    cancelAskedAt: null,
    removingAt: null,
    stopAskedAt: null,
    deleteAskedAt: null,
    abandonDebt: false,
    deletedAt: null,
    successor: null,
    resumedAt: null,
    resumes: 0,
    parked: null,
    wakeAt: now,
  };
  const instances = blueprint.instances.map(({ name }) =>
    newInstance({ deployment: id, name, revision: 1, since: now }),
  );
  return {
    deployment,
    revision: { deployment: id, no: 1, why: "launch", by, begunAt: now, ...UNDER_WAY },
    instances,
    events: [{ deployment: id, no: 1, revision: 1, at: now, body: { kind: "launch_asked", by, partial } }],
  };
}

/** Nothing was asked for yet. */
export function newInstance(of: Pick<Instance, "deployment" | "name" | "revision" | "since">): Instance {
  return {
    ...of,
    state: "new",
    machine: null,
    tries: 0,
    runningAt: null,
    readyAt: null,
    missed: 0,
    deadSince: null,
    probeAt: null,
    probeAnswer: null,
    fault: null,
    ...UNREPAIRED,
  };
}
