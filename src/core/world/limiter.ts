// Adaptive limit of calls in flight per account: additive increase, multiplicative decrease.

import type { Limiter } from "../account.ts";
import { type Fault, PAUSE_MOST_MS, pauseWished } from "../fault.ts";

export const PARALLEL_MOST = 32;
/** Pause after a throttle that names none. */
const PAUSE_MS = 1_000;

export const FRESH_LIMITER: Limiter = { parallel: 8, pausedUntil: null };

/** After a throttle of the only call that there was the next pause is twice as long: up to so many times. */
const LEAST = 1 / 64;
/** What is added to the cloud's own wish for that. */
const LONGER_MOST_MS = 60_000;

/** When something was asked and answered, by the database's clock, ms since 1970. */
export interface Answered {
  readonly askedAt: number;
  readonly now: number;
}

/**
 * After a throttle: half as many calls at once, none before the cloud's wish, for an hour at most. Below one it is longer pauses: what a call
 * asks for may be several requests, of which the first ones would use up what the cloud allows again and again, and none come through.
 */
export function slowed(limiter: Limiter, fault: Fault, { askedAt, now }: Answered): Limiter {
  const { parallel, pausedUntil } = limiter;
  // What was on its way when the cloud said so before says nothing new, however late it is answered.
  const isNew = askedAt >= (pausedUntil ?? 0);
  const longerMs = isNew && parallel < 1 ? Math.min(LONGER_MOST_MS, Math.max(PAUSE_MS, wishOf(fault)) / parallel) : 0;
  const least = isNew ? LEAST : Math.min(1, parallel);
  return paused({ parallel: Math.max(least, parallel / 2), pausedUntil }, Math.max(wishOf(fault), longerMs), now);
}

/** After a throttle of what is asked beside calls, such as lists: the same, but pauses become no longer, for that is for calls which come to nothing. */
export function slowedBeside(limiter: Limiter, fault: Fault, now: number): Limiter {
  const { parallel, pausedUntil } = limiter;
  return paused({ parallel: Math.max(Math.min(1, parallel), parallel / 2), pausedUntil }, wishOf(fault), now);
}

const wishOf = ({ retryAfterMs }: Fault): number => pauseWished(retryAfterMs) ?? PAUSE_MS;

function paused({ parallel, pausedUntil }: Limiter, ms: number, now: number): Limiter {
  const until = Math.max(pausedUntil ?? 0, now + ms);
  return { parallel, pausedUntil: Math.min(until, now + PAUSE_MOST_MS) };
}

/** After a call without an answer in its time: half as many at once, for a cloud that hangs must not take up what others need. */
export function strained(limiter: Limiter): Limiter {
  const { parallel } = limiter;
  return { ...limiter, parallel: Math.max(Math.min(1, parallel), parallel / 2) };
}

/** After a list that came whole: pauses half as long, for an account may be asked for nothing else. More calls at once take calls that are answered. */
export function eased(limiter: Limiter): Limiter {
  const { parallel } = limiter;
  return parallel < 1 ? { ...limiter, parallel: Math.min(1, parallel * 2) } : limiter;
}

/**
 * How many machines are asked about in one call, of those that the provider takes at once. It may be a request for each of them: where the only
 * call that there is was throttled as well they become fewer, or none would ever be told of.
 */
export function lookedTogether({ parallel }: Pick<Limiter, "parallel">, lookMost: number): number {
  if (parallel >= 1) return Math.max(1, lookMost);
  return parallel <= LEAST ? 1 : Math.max(1, Math.floor(lookMost * parallel));
}

/** How many calls there may be at once. */
export const callsAtOnce = ({ parallel }: Limiter): number => Math.max(1, Math.floor(parallel));

/** How long the account's cloud is still left alone. */
export function pauseLeftMs({ pausedUntil }: Limiter, now: number): number {
  return Math.max(0, (pausedUntil ?? 0) - now);
}

/**
 * After a success: one call more per round of successes, or pauses a quarter as long. Half as long would leave them as they are where each call
 * that comes through is followed by one that does not, however long they are.
 */
export function sped(limiter: Limiter): Limiter {
  const { parallel } = limiter;
  const more = parallel < 1 ? Math.min(1, parallel * 4) : Math.min(PARALLEL_MOST, parallel + 1 / parallel);
  return { ...limiter, parallel: more };
}
