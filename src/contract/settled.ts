// Whether anything is under way in a deployment, for all who wait beside it.

import { type Deployment, type Instance, STUCK_TRIES } from "./deployment.ts";

/** Nothing is under way: it will stay so until somebody asks for something or something breaks. */
export function isSettled({ state, instances, parked, stopAskedAt, seeksUntil }: Deployment): boolean {
  // Tried again by itself: most pass in seconds.
  if (parked !== null) return parked.tries >= STUCK_TRIES;
  switch (state) {
    case "running":
      return stopAskedAt === null;
    case "failed":
    case "stopped":
      return true;
    case "rollback_failed":
      return seeksUntil === null;
    case "incomplete":
      if (stopAskedAt !== null || instances.every(({ ready }) => ready)) return false;
      return !instances.some((instance) => isBusy(instance, instances));
    case "new":
    case "pending":
    case "updating":
    case "reverting":
    case "rollback_in_progress":
    case "rollback_complete":
    case "shutting_down":
      return false;
  }
}

/** On its way up, or down to be made anew, or about to be asked for because what it depends on is ready. */
function isBusy({ step, state, dependsOn }: Instance, all: readonly Instance[]): boolean {
  if (step !== null || state === "shutting_down") return true;
  return state === "new" && all.every(({ name, ready }) => ready || !dependsOn.includes(name));
}
