// When each row is due, as the pumps see it.

import { holdAt } from "./hold.ts";
import { bound, callsInFlight, isAllowed, isFresh } from "./machines.ts";
import type { MachineRow, Views } from "./rows.ts";

/** When each row is due, by the pump that takes it. */
export function dueTimes(views: Views, now: number): Record<"advance" | "call" | "probe" | "poll", () => number[]> {
  const inFlight = callsInFlight(views, now);
  const hold = holdAt(views, now);
  const callTime = ({ row }: MachineRow): number | null => {
    const account = views.accounts.get(row.account)?.row;
    if (row.call === null || row.callAt === null || account === undefined || !isAllowed(account, row, hold))
      return null;
    const flying = inFlight.get(account.id) ?? new Set();
    const full = flying.size >= bound(account) || flying.has(row.call);
    if (full && !isFresh(row.claimedUntil, now)) return null;
    return Math.max(row.callAt, row.claimedUntil ?? 0, account.limiter.pausedUntil ?? 0);
  };
  return {
    advance: () => timesOf(views.deployments.all(), ({ row }) => row.wakeAt),
    call: () => timesOf(views.machines.all(), callTime),
    probe: () =>
      timesOf(views.instances.all(), ({ row, probeClaimedUntil }) =>
        row.probeAt === null ? null : Math.max(row.probeAt, probeClaimedUntil ?? 0),
      ),
    poll: () =>
      timesOf(views.accounts.all(), ({ row, pollClaimedUntil }) =>
        Math.max(row.pollAt, pollClaimedUntil ?? 0, row.limiter.pausedUntil ?? 0),
      ),
  };
}

function timesOf<R>(rows: Iterable<R>, timeOf: (row: R) => number | null): number[] {
  const times: number[] = [];
  for (const row of rows) {
    const at = timeOf(row);
    if (at !== null) times.push(at);
  }
  return times;
}

export function earliest(times: readonly number[]): number | null {
  let first: number | null = null;
  for (const at of times) if (first === null || at < first) first = at;
  return first;
}
