import { type Store, StoreAway } from "../src/ports/store.ts";

const AGAIN_MS = 1_000;

/** The store as people use it: who is told that it is away asks again, for somebody may stand still with its locks. */
export function patient(store: Store, clock: { sleep(ms: number): Promise<void> }): Store {
  return {
    ...store,
    async write(act) {
      for (;;) {
        try {
          return await store.write(act);
        } catch (error) {
          if (!(error instanceof StoreAway)) throw error;
          await clock.sleep(AGAIN_MS);
        }
      }
    },
  };
}
