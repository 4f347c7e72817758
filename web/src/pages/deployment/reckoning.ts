// Times and money of a launch, as they stand now.

import type { Deployment } from "../../../../src/contract/deployment.ts";

const HOUR_MS = 3_600_000;

/** What a reply said when it came in, and what has been added since by machines that cost by the hour. */
export function costNow({ cost }: Pick<Deployment, "cost">, msSinceReply: number): number {
  return cost.total + (cost.perHour * Math.max(0, msSinceReply)) / HOUR_MS;
}

/** When the launch was over; null while it is under way. */
export function launchEnd({
  state,
  since,
  allRunningAt,
  endedAt,
}: Pick<Deployment, "state" | "since" | "allRunningAt" | "endedAt">): string | null {
  switch (state) {
    case "running":
      return allRunningAt ?? since;
    case "incomplete":
      return since;
    case "stopped":
    case "shutting_down":
      return allRunningAt ?? endedAt;
    case "failed":
      return endedAt;
    case "new":
    case "pending":
    case "rollback_in_progress":
    case "rollback_complete":
    case "rollback_failed":
      return null;
  }
}

/** How many instances are how far, in the order of a bar. */
export function tallyOf(
  instances: Deployment["instances"],
): Readonly<Record<"ready" | "rising" | "leaving" | "bad" | "rest", number>> {
  const tally = { ready: 0, rising: 0, leaving: 0, bad: 0, rest: 0 };
  for (const { ready, state } of instances) {
    if (ready) tally.ready += 1;
    else if (state === "pending" || state === "running") tally.rising += 1;
    else if (state === "shutting_down") tally.leaving += 1;
    else if (state === "create_failed" || state === "error" || state === "vanished") tally.bad += 1;
    else tally.rest += 1;
  }
  return tally;
}
