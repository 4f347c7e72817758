// A deployment that nothing can be decided for: the decision fails, or what it changes cannot be written. It is put off so that it holds
// up no other, and tried again by itself, later and later; at once when somebody asks for something, or when a program starts.

import { backoffMs } from "../world/backoff.ts";
import { type Deployment, type Parking, STUCK_TRIES } from "../deployment.ts";
import { draftOf } from "./draft.ts";
import type { Changes } from "../snapshot.ts";

const PARK_BACKOFF = { firstMs: 1_000, mostMs: 5 * 60_000 } as const;

export interface ParkingReason {
  /** For people, without secrets, to follow "Slipway cannot go on with it". */
  readonly text: string;
  /** When its next deadline ends, which it must not sleep over; null when there is none, or none that is known. */
  readonly deadlineAt: number | null;
}

/** What puts it off. Told when it begins, and when it has lasted for minutes. */
export function park(deployment: Deployment, now: number, { text, deadlineAt }: ParkingReason): readonly Changes[] {
  const { id } = deployment;
  const parked: Parking = {
    since: deployment.parked?.since ?? now,
    tries: (deployment.parked?.tries ?? 0) + 1,
    text,
  };
  const again = now + backoffMs(PARK_BACKOFF, parked.tries, { key: id, retryAfterMs: null });
  const wakeAt = deadlineAt === null || deadlineAt <= now ? again : Math.min(again, deadlineAt);
  // Nothing but its own row is looked at: the rest may be what is wrong.
  const draft = draftOf({ deployment, instances: [], revisions: [], attempts: [], placements: [], machines: [] }, now);
  draft.setDeployment({ parked, wakeAt });
  if (parked.tries === 1 || parked.tries === STUCK_TRIES) draft.tell({ kind: "parked", text, tries: parked.tries });
  return draft.waves();
}
