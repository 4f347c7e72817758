// Adaptive limit of calls in flight per account: additive increase, multiplicative decrease.

import type { Limiter } from "./account.ts";
import type { Fault } from "./fault.ts";

export const PARALLEL_MOST = 32;
/** Pause after a throttle that names none. */
const PAUSE_MS = 1_000;

export const FRESH_LIMITER: Limiter = { parallel: 8, pausedUntil: null };

/** After a throttle: half as many calls at once, none before the cloud's wish. */
export function slowed(limiter: Limiter, fault: Fault, now: number): Limiter {
  return {
    parallel: Math.max(1, limiter.parallel / 2),
    pausedUntil: Math.max(limiter.pausedUntil ?? 0, now + (fault.retryAfterMs ?? PAUSE_MS)),
  };
}

/** After a success: one call more per round of successes. */
export function sped(limiter: Limiter): Limiter {
  return { ...limiter, parallel: Math.min(PARALLEL_MOST, limiter.parallel + 1 / limiter.parallel) };
}
