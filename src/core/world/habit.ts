// When a step of machines on their way up is looked for: around the time at which its like ended here before.

import { glanceMs } from "./backoff.ts";
import type { CallOutcome } from "./record.ts";
import type { Observed } from "../machine.ts";
import type { PastBoot } from "./usual.ts";

/** A step of machines of one size that are on their way up. */
export interface TransitStep {
  readonly step: "boot" | "start";
  readonly size: string;
}

/** When the like of a step has ended before, in ms after its begin. */
export interface Habit {
  /** Few have ended before. */
  readonly fromMs: number;
  /** Between two looks from then on. */
  readonly everyMs: number;
  /** So few are known that quicker ones are looked for each time. */
  readonly isYoung: boolean;
}

/** So many past machines of a size tell how long it takes. */
export const PAST_MOST = 20;
/** Of fewer nobody can tell which is the odd one. */
const PAST_LEAST = 3;
const YOUNG_BELOW = 9;
/** Between two looks around the time at which a step ends, as the past tells. */
const CLOSE_MS = 35;
/** A look that finds what has ended is so much later than its end, with its own way. */
const LEAD_MS = 150;
const APART_MOST_MS = 1_500;
/** So many looks over the time within which nearly all have ended. */
const LOOKS_OVER = 12;
const LATE_MOST_MS = 2_000;
/** How often a step is looked for before its time, once that is well known: boots may have become quicker. */
const EARLY_SHARE = 1 / 8;

/**
 * What the past tells of a step; null while too few are known. It counts from the quickest eighth, but never from the quickest of all, and its width
 * leaves out as many at the other end: one odd value, however small or large, changes the answer by one place in their order and no more. A little
 * less than they were seen to take, since a look finds what has ended before it. The wider it is, the farther apart are the looks: a step
 * takes some five of them, however much boots differ.
 */
export function habitOf(past: readonly PastBoot[], { step, size }: TransitStep): Habit | null {
  const times = past
    .filter((one) => one.size === size)
    .map(({ bootMs, startMs }) => (step === "boot" ? bootMs : startMs))
    .filter((time) => time !== null)
    .toSorted((a, b) => a - b);
  if (times.length < PAST_LEAST) return null;
  const odd = Math.max(1, Math.floor((times.length - 1) / 8));
  const [first = 0, last = 0] = [times[odd], times[times.length - 1 - odd]];
  return {
    fromMs: Math.max(0, Math.round(first * 0.97) - LEAD_MS),
    everyMs: Math.min(APART_MOST_MS, Math.max(CLOSE_MS, Math.round((last - first) / LOOKS_OVER))),
    isYoung: times.length < YOUNG_BELOW,
  };
}

export interface Expectation {
  readonly habit: Habit | null;
  /** What the provider thinks that it takes. */
  readonly usualMs: number;
  /** Drawn from [0, 1). */
  readonly random: number;
  /** Its cloud tells by itself what changes: looks are there for what it forgets to tell. */
  readonly isAnnounced: boolean;
}

/**
 * When a step is looked for, in ms after its begin, the latest last. What was learnt from boots that were noticed late would prove itself right
 * for ever without looks before it.
 */
function looksAt({ habit, usualMs, random, isAnnounced }: Expectation): readonly number[] {
  if (habit === null) return [usualMs];
  const { fromMs } = habit;
  // A look on its way when a change is announced would have to be made again.
  if (isAnnounced) return [endOf(habit)];
  const early = habit.isYoung || random < EARLY_SHARE ? [fromMs / 2, usualMs].filter((ms) => ms < fromMs) : [];
  return [...early, fromMs];
}

/** When nearly all of its like have ended. */
const endOf = ({ fromMs, everyMs }: Habit): number => fromMs + everyMs * LOOKS_OVER;

/**
 * How long after the begin of a step the first look at it is due. Where nothing is known, and nothing else is under way at its account,
 * that is at once: some clouds boot in no time, and others show by it that they do not.
 */
export function firstLookMs(expected: Expectation & { readonly isFirst: boolean }): number {
  if (expected.habit === null && expected.isFirst) return Math.round(expected.usualMs / 20);
  return Math.round(Math.min(...looksAt(expected)));
}

/** How long until the next look at a step that has been under way for so long; not in whole ms. */
export function nextLookMs(expected: Expectation, waitedMs: number): number {
  const ahead = looksAt(expected).filter((ms) => waitedMs < ms);
  if (ahead.length > 0) return Math.min(...ahead) - waitedMs;
  const { habit } = expected;
  if (habit === null) return glanceMs(waitedMs);
  // Within the width they stay as close as it says; what is later still is waited for more and more calmly.
  const lateMs = waitedMs - endOf(habit);
  return Math.max(habit.everyMs, Math.min(LATE_MOST_MS, lateMs / 4));
}

/** How long after an answer its account is worth a look, null when the answer says that nothing is under way. */
export function usualChangeMs(outcome: CallOutcome, expectedMs: number): number | null {
  switch (outcome.kind) {
    case "created":
      return isUnderWay(outcome.observed) ? expectedMs : null;
    case "found":
      return outcome.observed.some(isUnderWay) ? expectedMs : null;
    case "started":
    case "rebooted":
      return expectedMs;
    case "fault":
      // A list may show what the lost answer would have said.
      return outcome.fault.effect === "none" ? null : 0;
    case "looked":
    case "console":
    case "destroyed":
    case "not_sent":
      return null;
  }
}

function isUnderWay({ state }: Observed): boolean {
  return state === "pending" || state === "stopping" || state === "unknown";
}
