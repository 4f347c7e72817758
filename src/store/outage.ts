// Whether the database does its work at present, as those find out who write: told once when it begins and once when it is over.
//
// An outage is over only when writing has gone well for longer than anybody pauses between two tries. A full disk refuses one statement
// and takes the next, and whoever asks in between would be told that all is well.

import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type AwayReason, type Store, StoreAway } from "../ports/store.ts";

/** Longer than the longest pause of a pump. */
const CALM_MS = 10_000;

export interface Watched {
  readonly store: Store;
  /** What writing fails with at present, or failed with a moment ago; null when it goes well. */
  readonly outage: () => StoreAway | null;
}

interface Outage {
  readonly error: StoreAway;
  readonly beganAt: number;
  readonly lastAt: number;
}

/** The same store, watched. */
export function watching(store: Store, { clock, events }: { readonly clock: Clock; readonly events: Events }): Watched {
  let outage: Outage | null = null;
  let isClosed = false;

  function failed(error: unknown): void {
    // A transaction that waited too long for others is no outage.
    if (!(error instanceof StoreAway) || error.reason === "busy" || isClosed) return;
    const told: AwayReason | null = outage?.error.reason ?? null;
    if (told !== error.reason) events.databaseAway(error.reason, error);
    const now = clock.monotonic();
    outage = { error, beganAt: outage?.beganAt ?? now, lastAt: now };
  }

  function wrote(): void {
    if (outage === null || clock.monotonic() - outage.lastAt < CALM_MS) return;
    events.databaseBack(Math.round(outage.lastAt - outage.beganAt));
    outage = null;
  }

  return {
    outage: () => outage?.error ?? null,
    store: {
      ...store,
      async write(act) {
        try {
          const result = await store.write(act);
          wrote();
          return result;
        } catch (error) {
          failed(error);
          throw error;
        }
      },
      async read(act) {
        try {
          return await store.read(act);
        } catch (error) {
          failed(error);
          throw error;
        }
      },
      close() {
        isClosed = true;
        return store.close();
      },
    },
  };
}
