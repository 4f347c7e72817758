// What machines have cost. A machine is paid for from the moment it exists until it is proven gone; one in doubt is counted
// from when it was asked for, because it may exist. One whose price nobody knows adds nothing: whoever shows a sum says so.

import type { Machine } from "../machine.ts";

type Priced = Pick<Machine, "state" | "hourlyMicros" | "sentAt" | "madeAt" | "closedAt">;

const HOUR_MS = 3_600_000;

/** Millionths of a dollar up to `now`, whole; with `from`, only what came after that time. */
export function costMicros(machine: Priced, now: number, from = 0): number {
  const began = beginOf(machine);
  if (began === null) return 0;
  const ms = Math.max(0, (machine.closedAt ?? now) - Math.max(began, from));
  return Math.round(((machine.hourlyMicros ?? 0) * ms) / HOUR_MS);
}

/** The same; null: nobody knows the price. */
export function costMicrosOrNull(machine: Priced, now: number, from = 0): number | null {
  return machine.hourlyMicros === null ? null : costMicros(machine, now, from);
}

/** It costs, or has cost, and nobody knows how much. */
export function isUnpriced(machine: Priced): boolean {
  return machine.hourlyMicros === null && beginOf(machine) !== null;
}

/** Millionths of a dollar per hour that it costs, or may cost, now. */
export function hourlyMicrosNow(machine: Priced): number {
  return costsNow(machine) ? (machine.hourlyMicros ?? 0) : 0;
}

/** It costs, or may cost, something at present. */
export function costsNow(machine: Priced): boolean {
  return machine.closedAt === null && beginOf(machine) !== null;
}

function beginOf({ state, madeAt, sentAt }: Priced): number | null {
  switch (state) {
    case "made":
    case "gone":
      return madeAt;
    case "in_doubt":
      return sentAt;
    case "intent":
    case "refused":
    case "absent":
      return null;
  }
}
