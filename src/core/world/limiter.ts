// Adaptive limit of calls in flight per account: additive increase, multiplicative decrease.

import type { Limiter } from "../account.ts";
import { type Fault, PAUSE_MOST_MS, pauseWished } from "../fault.ts";

export const PARALLEL_MOST = 32;
/** Pause after a throttle that names none. */
const PAUSE_MS = 1_000;

export const FRESH_LIMITER: Limiter = { parallel: 8, pausedUntil: null };

/** After a throttle: half as many calls at once, none before the cloud's wish, for an hour at most. */
export function slowed(limiter: Limiter, fault: Fault, now: number): Limiter {
  const until = Math.max(limiter.pausedUntil ?? 0, now + (pauseWished(fault.retryAfterMs) ?? PAUSE_MS));
  return { parallel: Math.max(1, limiter.parallel / 2), pausedUntil: Math.min(until, now + PAUSE_MOST_MS) };
}

/** After a call without an answer in its time: half as many at once, for a cloud that hangs must not take up what others need. */
export function strained(limiter: Limiter): Limiter {
  return { ...limiter, parallel: Math.max(1, limiter.parallel / 2) };
}

/** How long the account's cloud is still left alone. */
export function pauseLeftMs({ pausedUntil }: Limiter, now: number): number {
  return Math.max(0, (pausedUntil ?? 0) - now);
}

/** After a success: one call more per round of successes. */
export function sped(limiter: Limiter): Limiter {
  return { ...limiter, parallel: Math.min(PARALLEL_MOST, limiter.parallel + 1 / limiter.parallel) };
}
