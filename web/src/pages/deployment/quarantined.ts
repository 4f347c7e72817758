// Machines that are kept in quarantine: attempts failed for them, and each stays alone for a while, at its price.

import type { Deployment, Machine } from "../../../../src/contract/deployment.ts";
import type { Sum } from "../../../../src/contract/price.ts";

export interface KeptMachine extends Machine {
  readonly instance: string;
  readonly quarantinedUntil: string;
}

const isKept = (machine: Machine): machine is KeptMachine =>
  machine.quarantinedUntil !== null && machine.instance !== null;

/** By instance: all that is kept of one is released together. */
export function keptByInstance({
  machines,
}: Pick<Deployment, "machines">): ReadonlyMap<string, readonly KeptMachine[]> {
  return Map.groupBy(machines.filter(isKept), ({ instance }) => instance);
}

/** What these cost per hour. */
export function billOf(machines: readonly Machine[]): Sum {
  const known = machines.flatMap(({ hourlyCost }) => hourlyCost ?? []);
  return { dollars: known.reduce((sum, one) => sum + one, 0), unpriced: machines.length - known.length };
}

/** What goes when the study of the present attempt is over; what is kept of earlier ones stays, and what is owed is told as debt. */
export const studiedOf = ({ machines, attempt }: Pick<Deployment, "machines" | "attempt">): readonly Machine[] =>
  machines.filter((one) => one.open && one.attempt === attempt && one.debtSince === null);

/** Machines of failed attempts that were kept, and are on their way out: neither a rollback nor a stop tells of them. */
export function leavingOf({ state, attempts, machines, deleteAskedAt }: Deployment): readonly Machine[] {
  if (state === "rollback_in_progress" || state === "shutting_down" || deleteAskedAt !== null) return [];
  const failed = new Set(attempts.flatMap(({ no, outcome }) => (outcome === "failed" ? no : [])));
  return machines.filter(
    ({ open, undoAskedAt, debtSince, attempt }) =>
      open && undoAskedAt !== null && debtSince === null && failed.has(attempt),
  );
}

/** Of what is held for study: the machine that stays when the rest goes; null: none does. */
export function keptNextOf({ quarantineMs, machines, instances, attempts, attempt: no }: Deployment): Machine | null {
  if (quarantineMs === null) return null;
  const failed = attempts.find((one) => one.no === no && one.outcome === "failed")?.failedInstance ?? null;
  const own = instances.find(({ name }) => name === failed)?.machine ?? null;
  return machines.find(({ id, state, undoAskedAt }) => id === own && state === "made" && undoAskedAt === null) ?? null;
}

/** What the deployment does beside it; empty where it is about to go with the rest. */
export function besideText({ state, stopAskedAt, deleteAskedAt }: Deployment, count: number): string {
  if (stopAskedAt !== null || deleteAskedAt !== null) return "";
  const [it, is] = count === 1 ? ["It", "is no member"] : ["They", "are no members"];
  switch (state) {
    case "new":
    case "pending":
    case "rollback_in_progress":
    case "rollback_complete":
    case "rollback_failed":
      return "What else an attempt leaves is rolled back, and the launch goes on where it can.";
    case "running":
    case "incomplete":
    case "updating":
    case "reverting":
      return `${it} ${is} of what runs.`;
    case "failed":
      return "The launch is over all the same.";
    case "shutting_down":
    case "stopped":
      return "";
  }
}
