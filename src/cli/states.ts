// How a state looks in one column: a symbol, and a colour that only repeats what symbol and word say.

import type { DeploymentState, InstanceState } from "../contract/deployment.ts";
import type { Colour } from "./print.ts";

export interface Look {
  readonly symbol: string;
  readonly colour: Colour;
}

const WAITING: Look = { symbol: "○", colour: "dim" };
const UNDER_WAY: Look = { symbol: "◐", colour: "cyan" };
const UP: Look = { symbol: "●", colour: "green" };
const IN_PART: Look = { symbol: "◒", colour: "yellow" };
const GOING_BACK: Look = { symbol: "↺", colour: "yellow" };
const AT_REST: Look = { symbol: "■", colour: "dim" };
const BROKEN: Look = { symbol: "✗", colour: "red" };

export const DEPLOYMENT_LOOKS: Readonly<Record<DeploymentState, Look>> = {
  new: WAITING,
  pending: UNDER_WAY,
  running: UP,
  incomplete: IN_PART,
  rollback_in_progress: GOING_BACK,
  rollback_complete: GOING_BACK,
  rollback_failed: BROKEN,
  shutting_down: GOING_BACK,
  stopped: AT_REST,
  failed: BROKEN,
};

/** Of an instance that is not ready; one that is ready looks `UP`. */
const INSTANCE_LOOKS: Readonly<Record<InstanceState, Look>> = {
  new: WAITING,
  pending: UNDER_WAY,
  running: UNDER_WAY,
  stopped: AT_REST,
  shutting_down: GOING_BACK,
  create_failed: BROKEN,
  error: BROKEN,
  vanished: BROKEN,
};

export function instanceLook(instance: { readonly state: InstanceState; readonly ready: boolean }): Look {
  return instance.ready && instance.state === "running" ? UP : INSTANCE_LOOKS[instance.state];
}

export const ATTEMPT_LOOKS = { under_way: UNDER_WAY, succeeded: UP, failed: BROKEN, cancelled: AT_REST } as const;
