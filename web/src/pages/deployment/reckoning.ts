// Times and money of a launch, as they stand now.

import type { Deployment } from "../../../../src/contract/deployment.ts";

const HOUR_MS = 3_600_000;

/** What a reply said when it came in, and what has been added since by machines that cost by the hour; null when it is not kept. */
export function costNow({ cost }: Pick<Deployment, "cost">, msSinceReply: number): number | null {
  return cost.total === null ? null : cost.total + (cost.perHour * Math.max(0, msSinceReply)) / HOUR_MS;
}

/** How many instances are how far, in the order of a bar: on the way up, what is left of it only grows. */
export function tallyOf({
  instances,
  state,
}: Pick<Deployment, "instances" | "state">): Readonly<Record<(typeof PARTS)[number], number>> {
  const tally = { ready: 0, rising: 0, leaving: 0, bad: 0, stopped: 0, rest: 0 };
  const goesOn = state === "pending" || state === "incomplete";
  for (const instance of instances) tally[partOf(instance, goesOn)] += 1;
  return tally;
}

const PARTS = ["ready", "rising", "leaving", "bad", "stopped", "rest"] as const;

function partOf(
  { ready, state, step, live }: Deployment["instances"][number],
  goesOn: boolean,
): (typeof PARTS)[number] {
  if (ready) return "ready";
  if (live !== null && live.deadSince !== null) return "bad";
  switch (state) {
    case "pending":
    case "running":
      return "rising";
    case "shutting_down":
      return "leaving";
    case "create_failed":
    case "error":
    case "vanished":
      return "bad";
    case "stopped":
      // Made standing still it waits for its start; one that ran has stopped by itself.
      if (step !== null) return "rising";
      return goesOn ? "bad" : "stopped";
    case "new":
      return "rest";
  }
}
