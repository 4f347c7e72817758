// How a state looks in one column: a symbol, and a colour that only repeats what symbol and word say.

import type { Instance, InstanceState } from "../contract/deployment.ts";
import type { Standing } from "../contract/standing.ts";
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
const OWING: Look = { symbol: "!", colour: "red" };

const DEPLOYMENT_LOOKS: Readonly<Record<Standing, Look>> = {
  new: WAITING,
  pending: UNDER_WAY,
  running: UP,
  incomplete: IN_PART,
  updating: UNDER_WAY,
  reverting: GOING_BACK,
  rollback_in_progress: GOING_BACK,
  rollback_complete: GOING_BACK,
  rollback_failed: BROKEN,
  shutting_down: GOING_BACK,
  stopped: AT_REST,
  failed: BROKEN,
  cancelled: AT_REST,
};

/** What has ended is not at rest while machines of it are not proven gone: they may cost money, and nobody watches. */
export function deploymentLook(standing: Standing, debts: number): Look {
  const hasEnded = standing === "stopped" || standing === "failed" || standing === "cancelled";
  return hasEnded && debts > 0 ? OWING : DEPLOYMENT_LOOKS[standing];
}

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

export function instanceLook({ state, ready, step }: Pick<Instance, "state" | "ready" | "step">): Look {
  if (ready && state === "running") return UP;
  // Made standing still, and on its way up all the same.
  return step === null ? INSTANCE_LOOKS[state] : UNDER_WAY;
}

export const ATTEMPT_LOOKS = {
  under_way: UNDER_WAY,
  succeeded: UP,
  in_part: IN_PART,
  failed: BROKEN,
  cancelled: AT_REST,
} as const;
