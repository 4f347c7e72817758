// A deployment that nothing can be decided for: the decision fails, or what it changes cannot be written. It is put off so that it holds
// up no other, and tried again by itself, later and later; at once when somebody asks for something, or when a program starts.

import { backoffMs } from "./backoff.ts";
import type { Deployment, Parking } from "./deployment.ts";
import type { Changes } from "./snapshot.ts";

const PARK_BACKOFF = { firstMs: 1_000, mostMs: 5 * 60_000 } as const;
/** By then minutes have passed: nobody should wait for it beside it any more. */
export const STUCK_TRIES = 9;

export interface ParkingReason {
  /** For people, without secrets, to follow "Slipway cannot go on with it". */
  readonly text: string;
  /** When its next deadline ends, which it must not sleep over; null when there is none, or none that is known. */
  readonly deadlineAt: number | null;
}

/** What puts it off. Told when it begins, and when it has lasted for minutes. */
export function park(deployment: Deployment, now: number, { text, deadlineAt }: ParkingReason): Changes {
  const { id, eventNo } = deployment;
  const parked: Parking = {
    since: deployment.parked?.since ?? now,
    tries: (deployment.parked?.tries ?? 0) + 1,
    text,
  };
  const again = now + backoffMs(PARK_BACKOFF, parked.tries, { key: id, retryAfterMs: null });
  const wakeAt = deadlineAt === null || deadlineAt <= now ? again : Math.min(again, deadlineAt);
  const isTold = parked.tries === 1 || parked.tries === STUCK_TRIES;
  const no = isTold ? eventNo + 1 : eventNo;
  return {
    deployment: { ...deployment, parked, wakeAt, eventNo: no },
    events: isTold ? [{ deployment: id, no, at: now, body: { kind: "parked", text, tries: parked.tries } }] : [],
    instances: [],
    attempts: [],
    machines: [],
    newMachines: [],
    blocks: [],
    unblocks: [],
    verdicts: [],
    evidence: [],
  };
}
