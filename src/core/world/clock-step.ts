// Slipway's time is the database's clock plus an offset, the same for every process. A clock that is set while Slipway runs would
// move all deadlines and due times at once, so a process holds what it reads against its own monotonic clock, and changes the
// offset when the database's clock has stepped: Slipway's time goes on as if nothing had been.

import type { DeploymentState } from "../states.ts";

/** Deployments with deadlines ahead: they are told of a step. */
export const TOLD_OF_STEPS: readonly DeploymentState[] = [
  "new",
  "pending",
  "updating",
  "reverting",
  "rollback_in_progress",
  "rollback_complete",
  "rollback_failed",
  "shutting_down",
];

/** A smaller difference is no step: clocks drift, and are corrected a little at a time. */
export const STEP_MS = 2_000;

/** The database's clock was set while processes ran, or before this one began. */
export interface ClockStep {
  /** By how much it was moved. */
  readonly byMs: number;
  /** What Slipway's time is ahead of the database's clock by from now on. */
  readonly offsetMs: number;
  /** Whether it was this process that changed the offset. */
  readonly isOurs: boolean;
}

/** Where Slipway's time stands above the monotonic clock of one process: somewhere between these two. */
export interface Baseline {
  /** Of the reading that it was taken from. */
  readonly steps: number;
  readonly least: number;
  readonly most: number;
}

/** Slipway's time as the database told it. */
export interface Reading {
  readonly now: number;
  /** How often the offset had been changed: names the one in `now`. */
  readonly steps: number;
  /** The latest time that any process had found in order. */
  readonly seenAt: number;
  /** The monotonic clock of the process before it asked, and when it heard: the database looked at its own in between. */
  readonly askedAt: number;
  readonly heardAt: number;
}

export type Verdict =
  | { readonly kind: "in_order"; readonly baseline: Baseline }
  /** The database's clock has moved by so much, against how time went. */
  | { readonly kind: "stepped"; readonly byMs: number }
  /** Read before the offset was changed: says nothing. */
  | { readonly kind: "outdated" };

/** Where processes run, the time that was seen last is no older. */
const SEEN_LATELY_MS = 15_000;

/**
 * What a reading says; `known`: the process's baseline, null before the first reading. Without one, only a step back can be told, by a
 * time that was seen and is ahead: one forward looks as if nothing had run for so long. When another process has changed the offset a
 * new baseline is taken, so that a step is set right once; unless that went by the same time as this one's: then what is off is a step
 * since.
 */
export function judge(known: Baseline | null, reading: Reading): Verdict {
  const { now, steps, seenAt, askedAt, heardAt } = reading;
  const fresh = { steps, least: now - heardAt, most: now - askedAt };
  if (known !== null && steps < known.steps) return { kind: "outdated" };
  if (known === null || isOfAnother(known, reading)) {
    return now < seenAt - STEP_MS ? { kind: "stepped", byMs: now - seenAt } : { kind: "in_order", baseline: fresh };
  }
  if (!goesWith(known, reading)) {
    return { kind: "stepped", byMs: Math.round(middleOf(fresh) - middleOf(known)) };
  }
  return { kind: "in_order", baseline: { steps, least: within(known.least, fresh), most: within(known.most, fresh) } };
}

/** The clock was set once more than others have set right by then; they find that within a second. */
export interface Unsure {
  readonly kind: "unsure";
}

/**
 * What a process that has begun lately makes of a reading after others have changed the offset, by `movedMs` since its own one. They know
 * better where it took a step for the time; what is off from both is a step since, and what it is measured against nobody can tell here.
 */
export function judgeAsNewcomer(known: Baseline, reading: Reading, movedMs: number): Verdict | Unsure {
  const theirs = { ...known, least: known.least + movedMs, most: known.most + movedMs };
  return goesWith(known, reading) || goesWith(theirs, reading) ? judge(null, reading) : { kind: "unsure" };
}

/** Whether it reads what that baseline lets expect. */
function goesWith(known: Baseline, { now, askedAt, heardAt }: Reading): boolean {
  return now - heardAt <= known.most + STEP_MS && now - askedAt >= known.least - STEP_MS;
}

/** Whether others go by another time: they have set it right, or this process's clock has stood still with its machine. */
function isOfAnother(known: Baseline, { steps, seenAt, askedAt, heardAt }: Reading): boolean {
  if (seenAt > heardAt + known.most + STEP_MS) return true;
  return steps > known.steps && seenAt < askedAt + known.least - SEEN_LATELY_MS;
}

const middleOf = ({ least, most }: Baseline): number => (least + most) / 2;

/** What is known stays as narrow as it was, and follows a drift. */
const within = (value: number, { least, most }: Baseline): number => Math.min(most, Math.max(least, value));
