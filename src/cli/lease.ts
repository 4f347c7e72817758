// How long a deployment runs until it stops by itself: the options that say so, and what is told of it.

import type { Deployment, DeploymentSummary } from "../contract/deployment.ts";
import { readHold, readLease } from "../contract/lease.ts";
import { hasOutrunLease } from "../contract/standing.ts";
import { badInput } from "./complaint.ts";
import { duration, limit } from "./print.ts";

/** Reads `8h` as milliseconds. `place`: as in "--lease 8". */
export function leaseMs(place: string, given: string): number {
  const read = readLease(given);
  if ("ms" in read) return read.ms;
  throw badInput(`${place}: ${read.wrong}`);
}

export const LEASE_OPTION = [
  "--lease <time>",
  "how long it runs until it stops by itself: 30m, 8h, 2d",
  (given: string): number => leaseMs(`--lease ${given}`, given),
] as const;

/** A time, or none, which is another thing than to say nothing. */
export type TimeOrNone = number | "none";

/** As requests say it: null is none. */
export const unlessNone = (given: TimeOrNone | undefined): number | null | undefined =>
  given === "none" ? null : given;

/** `none`, or what `read` makes of a time. Zero is refused with what `none` means there. */
export function timeOrNone(place: string, means: string, read: (given: string) => number) {
  return (given: string): TimeOrNone => {
    if (given === "none") return given;
    if (ZERO.test(given)) throw badInput(`${place} ${given}: write none, which means ${means}`);
    return read(given);
  };
}

const ZERO = /^0+(\.0*)? ?[a-z]*$/i;

export const HOLD_OPTION = [
  "--hold <time>",
  "how long a failed attempt stays for study before it is undone, at most 7d: 30m; `slipway release` ends it sooner; none: not at all",
  timeOrNone("--hold", "no hold", (given) => {
    const read = readHold(given);
    if ("ms" in read) return read.ms;
    throw badInput(`--hold ${given}: ${read.wrong}`);
  }),
] as const;

export const MAX_LEASE_OPTION = [
  "--max-lease <time>",
  "how long a deployment may run there, so that each must have a lease; none: as long as anybody likes",
  (given: string): TimeOrNone => (given === "none" ? given : leaseMs(`--max-lease ${given}`, given)),
] as const;

type Leased = Pick<DeploymentSummary, "leaseMs" | "leaseEndsAt" | "final" | "state">;

/** When it stops by itself, from now, in ms; null where nothing is to be said of it. */
export function leaseLeftMs({ leaseEndsAt, final, state }: Leased, now: number): number | null {
  if (leaseEndsAt === null || final || state === "shutting_down") return null;
  return Math.max(0, Date.parse(leaseEndsAt) - now);
}

/** The sentence of `show`. */
export function leaseLines(deployment: Deployment, now: number): string[] {
  const left = leaseLeftMs(deployment, now);
  const { ref, leaseMs: length, leaseEndsAt, final } = deployment;
  if (hasOutrunLease(deployment)) return [`Lease: it ended at ${leaseEndsAt ?? ""}, which is why it was stopped`];
  if (left !== null) {
    const longer = deployment.actions.includes("extend") ? `; longer: slipway extend ${ref} 4h` : "";
    return [`Lease: it stops by itself in ${duration(left)}, at ${leaseEndsAt ?? ""}${longer}`];
  }
  if (length === null || leaseEndsAt !== null || final) return [];
  return [`Lease: ${limit(length)} from when all of it runs; then it stops by itself`];
}
