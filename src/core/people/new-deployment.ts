// A deployment as it begins: nothing is chosen and nothing asked for yet, and it is due.

import type { ResolvedBlueprint } from "../blueprint/model.ts";
import { type Deployment, type Instance, UNREPAIRED } from "../deployment.ts";
import type { DeploymentEvent } from "../story/event.ts";
import type { DeploymentId } from "../ids.ts";

export interface LaunchOrder {
  readonly id: DeploymentId;
  readonly name: string;
  readonly pool: string;
  readonly blueprint: ResolvedBlueprint;
  readonly partial: boolean;
  /** The one that it launches once more; null: none. */
  readonly relaunchOf: DeploymentId | null;
  /** For the draws among equal matches. */
  readonly seed: number;
  /** Name of the token. */
  readonly by: string;
  readonly now: number;
}

/** The rows of a new launch: the deployment, its instances in the blueprint's order, and its first event. */
export function newDeployment({ by, now, ...order }: LaunchOrder): {
  readonly deployment: Deployment;
  readonly instances: readonly Instance[];
  readonly events: readonly DeploymentEvent[];
} {
  const { id, blueprint, partial } = order;
  const deployment: Deployment = {
    ...order,
    state: "new",
    since: now,
    attemptNo: 0,
    eventNo: 1,
    createdAt: now,
    createdBy: by,
    firstRunningAt: null,
    allRunningAt: null,
    leaseEndsAt: null,
    leaseWarned: false,
    endedAt: null,
    failure: null,
    relaunch: true,
    cancelAskedAt: null,
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
  const instances = blueprint.instances.map(({ name }) => newInstance(id, name, now));
  return {
    deployment,
    instances,
    events: [{ deployment: id, no: 1, at: now, body: { kind: "launch_asked", by, partial } }],
  };
}

function newInstance(deployment: DeploymentId, name: string, now: number): Instance {
  return {
    deployment,
    name,
    state: "new",
    since: now,
    machine: null,
    tries: 0,
    runningAt: null,
    readyAt: null,
    probeAt: null,
    probeAnswer: null,
    fault: null,
    ...UNREPAIRED,
  };
}
