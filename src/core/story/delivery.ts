// Webhooks: who is told of which events, and what comes of a try that failed. Events of one deployment are told one after the other, so
// one that is not taken holds up those behind it, for as long as it is tried.

import type { DeploymentId } from "../ids.ts";
import { backoffMs } from "../world/backoff.ts";
import type { EventKind } from "./event.ts";

export interface Webhook {
  readonly name: string;
  /** May hold something secret: for admins, and for no log. */
  readonly url: string;
  /** Of deployments in this pool, which may be gone by now; null: of all. */
  readonly pool: string | null;
  /** Null: all kinds. */
  readonly kinds: readonly EventKind[] | null;
  readonly createdAt: number;
  readonly createdBy: string;
}

/** Whether it is told of such an event, of a deployment in that pool. */
export function tells({ pool, kinds }: Webhook, of: { readonly pool: string; readonly kind: EventKind }): boolean {
  return (pool === null || pool === of.pool) && (kinds === null || kinds.includes(of.kind));
}

/** What waits for one webhook of one deployment: its events from `nextNo` on, in their order, after what is told again. */
export interface Lane {
  readonly webhook: string;
  readonly deployment: DeploymentId;
  readonly nextNo: number;
  /** When the next try is due; under a claim, when that runs out. */
  readonly dueAt: number;
  /** Unguessable text of who is at it; null: nobody is. */
  readonly claim: string | null;
  /** Of the event that is next. */
  readonly tries: number;
  /** In a row, whichever events they were. */
  readonly failures: number;
  readonly failingSince: number | null;
  /** How the last try failed, for people. */
  readonly text: string | null;
}

const DAY_MS = 24 * 3_600_000;
/** An event is tried for so long, from when it was written or, later, from the first failure. */
export const GIVE_UP_MS = 3 * DAY_MS;
export const DELIVERY_BACKOFF = { firstMs: 5_000, mostMs: DAY_MS } as const;

/** What was delivered is shown for so long, and may be told again; so long a dead letter is kept. */
export const KEPT_MS = { delivered: 7 * DAY_MS, dead: 90 * DAY_MS } as const;

interface Failed {
  readonly now: number;
  /** When the event was written. */
  readonly at: number;
  /** It was told again because a person asked: that is tried once, so that it does not hold up what is new. */
  readonly again: boolean;
  /** The receiver wants no more of it. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number | null;
}

/** What a failed try makes of the lane. `isDead`: this event is not tried any more, and the next one is due at once. */
export function afterFailure(
  lane: Pick<Lane, "webhook" | "deployment" | "failures" | "failingSince">,
  { now, at, again, isFinal, retryAfterMs }: Failed,
): Pick<Lane, "failures" | "failingSince" | "dueAt"> & { readonly isDead: boolean } {
  const failures = lane.failures + 1;
  const failingSince = lane.failingSince ?? now;
  const isDead = again || isFinal || now - Math.max(at, failingSince) >= GIVE_UP_MS;
  const key = `${lane.webhook}/${lane.deployment}`;
  const dueAt = isDead ? now : now + backoffMs(DELIVERY_BACKOFF, failures, { key, retryAfterMs });
  return { failures, failingSince, isDead, dueAt };
}
