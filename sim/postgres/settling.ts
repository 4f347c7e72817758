// What is on its way to the database: time stands still until it has been answered, or waits for somebody whom only time lets go on.

import { setImmediate, setTimeout } from "node:timers/promises";

/** So long nothing has been answered, before it is asked whether all that is asked waits for locks. Real time. */
const SILENCE_MS = 10;

export interface Traffic {
  /** Counts the work as on its way until it has ended. `pid`: of the connection that it goes over; null: it is being made. */
  during<T>(pid: number | null, work: () => Promise<T>): Promise<T>;
  /** Returns when nothing is on its way any more but what waits for locks, as `waiting` tells by their connections. */
  calm(waiting: () => Promise<ReadonlySet<number>>): Promise<void>;
  /** True while something is on its way. */
  isBusy(): boolean;
  /** A transaction that notifies is about to commit. */
  notify(): void;
  /** How many of those there were. */
  notified(): number;
}

export function createTraffic(): Traffic {
  const under = new Map<symbol, number | null>();
  let count = 0;
  let notified = 0;
  let ended = Promise.withResolvers<void>();
  return {
    async during(pid, work) {
      const key = Symbol("work");
      under.set(key, pid);
      count += 1;
      try {
        return await work();
      } finally {
        under.delete(key);
        ended.resolve();
        ended = Promise.withResolvers();
      }
    },
    async calm(waiting) {
      for (;;) {
        // What was answered goes on first, and may ask for more.
        await setImmediate();
        if (under.size === 0) return;
        const before = count;
        const timer = new AbortController();
        const silence = setTimeout(SILENCE_MS, "silence", { signal: timer.signal }).catch(() => "ended");
        const how = await Promise.race([ended.promise, silence]);
        timer.abort();
        if (how !== "silence" || count !== before) continue;
        const stuck = await waiting();
        if ([...under.values()].every((pid) => pid !== null && stuck.has(pid))) return;
      }
    },
    isBusy: () => under.size > 0,
    notify: () => void (notified += 1),
    notified: () => notified,
  };
}
