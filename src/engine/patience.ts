// Work under a claim while the database is away: what it has to write waits, for as long as the claim holds. Without that a minute of
// outage would cost whatever was under way its result, and then another minute until the claim has run out.

import { backoffMs } from "../core/world/backoff.ts";
import type { Clock } from "../ports/clock.ts";
import { type Store, StoreAway } from "../ports/store.ts";

const AGAIN = { firstMs: 100, mostMs: 1_000 } as const;

export interface Patience {
  readonly clock: Clock;
  /** On the monotonic clock: when the claim runs out. */
  readonly expiresAt: number;
  /** Spreads the tries of many. */
  readonly key: string;
  /** Ends the waiting: the process stops. */
  readonly cut: AbortSignal;
}

/** Does it again and again while the database is away; throws StoreAway when the claim would run out before the next try. */
export async function patiently<T>({ clock, expiresAt, key, cut }: Patience, act: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await act();
    } catch (error) {
      const pauseMs = backoffMs(AGAIN, failures, { key, retryAfterMs: null });
      if (!(error instanceof StoreAway) || cut.aborted || clock.monotonic() + pauseMs > expiresAt) throw error;
      await clock.sleep(pauseMs, cut);
    }
  }
}

/** The store whose transactions are each begun anew while the database is away. */
export function patientStore(store: Store, patience: Patience): Store {
  return {
    ...store,
    write: (act) => patiently(patience, () => store.write(act)),
    read: (act) => patiently(patience, () => store.read(act)),
  };
}
