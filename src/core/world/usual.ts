// How long a step usually takes, from machines that have been through it.

import type { STEPS } from "../decision/deadlines.ts";

/** What one machine took; null for a step that it has not been through. */
export interface PastBoot {
  readonly instance: string;
  readonly size: string;
  readonly bootMs: number;
  readonly startMs: number | null;
  readonly readyMs: number | null;
}

/** One machine is no habit. */
const LEAST = 2;

export interface StepWish {
  readonly step: (typeof STEPS)[number];
  readonly size: string;
  readonly instance: string;
}

/** The middle one of what machines of that size at that account took; null while too few are known. */
export function usualMs(past: readonly PastBoot[], { step, size, instance }: StepWish): number | null {
  switch (step) {
    case "create":
      return null;
    case "boot":
      return medianOf(past.filter((one) => one.size === size).map(({ bootMs }) => bootMs));
    case "start":
      return medianOf(past.filter((one) => one.size === size).map(({ startMs }) => startMs));
    case "ready":
      // What makes an instance ready is its own software, which its size says nothing of.
      return medianOf(past.filter((one) => one.instance === instance).map(({ readyMs }) => readyMs));
  }
}

function medianOf(given: readonly (number | null)[]): number | null {
  const times = given.filter((time) => time !== null).toSorted((a, b) => a - b);
  const middle = times[Math.floor((times.length - 1) / 2)];
  return middle === undefined || times.length < LEAST ? null : middle;
}
