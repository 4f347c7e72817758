// Which of the events of a deployment ends its launch, and as what.

import type { DeploymentMove } from "../states.ts";
import type { DeploymentEvent } from "./event.ts";

export const LAUNCH_OUTCOMES = ["running", "incomplete", "failed", "cancelled"] as const;
/** `incomplete`: it settled with a part. */
export type LaunchOutcome = (typeof LAUNCH_OUTCOMES)[number];

/** What ends a launch, of the moves of a deployment that is being launched. */
const OUTCOMES: Partial<Record<DeploymentMove, LaunchOutcome>> = {
  all_ready: "running",
  settled_in_part: "incomplete",
  gave_up: "failed",
  cancelled: "cancelled",
};

/** Null for what ends none. */
export function launchOutcome({ body }: Pick<DeploymentEvent, "body">): LaunchOutcome | null {
  // One in part that becomes whole has been launched before.
  if (body.kind !== "deployment_moved" || body.from === "incomplete") return null;
  return OUTCOMES[body.move] ?? null;
}
