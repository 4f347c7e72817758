// The real clock.

import type { Clock } from "./ports/clock.ts";

/** A timer of Node holds 31 bits of milliseconds; longer waits end early, which every waiter allows for. */
const LONGEST_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms))));
      signal?.addEventListener("abort", wake, { once: true });
    });
  },
};
