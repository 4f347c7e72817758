// Measures how long the database takes, as those who ask it find out.

import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type Store, StoreAway } from "../ports/store.ts";

/** The same store, measured. */
export function metering(store: Store, { clock, events }: { readonly clock: Clock; readonly events: Events }): Store {
  async function measured<T>(mode: "read" | "write", act: () => Promise<T>): Promise<T> {
    const begunAt = clock.monotonic();
    try {
      const result = await act();
      events.transacted(mode, "done", clock.monotonic() - begunAt);
      return result;
    } catch (error) {
      events.transacted(mode, error instanceof StoreAway ? "away" : "failed", clock.monotonic() - begunAt);
      throw error;
    }
  }
  return {
    ...store,
    write: (act) => measured("write", () => store.write(act)),
    read: (act, how) => measured("read", () => store.read(act, how)),
  };
}
