import type { Machine } from "../src/core/machine.ts";
import type { Facts } from "./facts.ts";

/** Of the place that a machine was asked for under; null: nobody knows, as of a stray. */
export function revisionOf(facts: Facts, { deployment, instance, attemptNo, placementNo }: Machine): number | null {
  const own = facts
    .placementsOf(deployment ?? "")
    .find((row) => row.attempt === attemptNo && row.instance === instance && row.no === placementNo);
  return own?.revision ?? null;
}
