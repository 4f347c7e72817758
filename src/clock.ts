// The real clock of this process.

import type { Clock } from "./ports/clock.ts";

/** A timer of Node holds 31 bits of milliseconds; longer waits end early, which every waiter allows for. */
const LONGEST_MS = 2 ** 31 - 1;

/** Both clocks that sleep is told by are read a moment apart, and one is rounded. */
const NOISE_MS = 1_000;

/** The day's clock moves in the same moment as the machine's uptime; so much is no drift of a clock that is being set right. */
const MOVED_MS = 20;
const LOOK_MS = 1_000;

/**
 * The process's clock. Node's stands still while the machine sleeps; `uptimeS` (that of node:os) does not: seconds since the machine
 * was started. To read it takes longer than all else here, so it is read when `wallMs`, the day's clock in ms, tells that something has
 * moved, and once a second.
 */
export function openClock(uptimeS: () => number, wallMs: () => number = Date.now): Clock {
  const aheadMs = (): number => uptimeS() * 1000 - performance.now();
  // Held up between the two, it is too little.
  const atStart = Math.max(aheadMs(), aheadMs(), aheadMs());
  let sleptMs = 0;
  let looked = { at: -Infinity, wallAhead: 0 };
  return {
    monotonic() {
      const at = performance.now();
      const wallAhead = wallMs() - at;
      if (at - looked.at > LOOK_MS || Math.abs(wallAhead - looked.wallAhead) > MOVED_MS) {
        looked = { at, wallAhead };
        const slept = aheadMs() - atStart;
        if (slept - sleptMs > NOISE_MS) sleptMs = slept;
      }
      return performance.now() + sleptMs;
    },
    sleep,
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
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
}
