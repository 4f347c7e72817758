// How a deployment stands, said in one place: the API's replies, the command line and the page tell it alike. Without schemas, so that
// the page can load it alone.

import { owedText } from "../core/story/owed.ts";
import { refusalText } from "../core/story/refusal.ts";
import type { DeploymentState } from "../core/states.ts";
import type { Instead } from "./instead.ts";

export { owedText, refusalText };

/** The state, but for a launch that ended because somebody cancelled it. */
export type Standing = DeploymentState | "cancelled";

export function standingOf({
  state,
  cancelAskedAt,
}: {
  readonly state: DeploymentState;
  readonly cancelAskedAt: unknown;
}): Standing {
  return state === "failed" && cancelAskedAt !== null ? "cancelled" : state;
}

/** "on large at $0.2000 an hour (chosen at 14:03:07), not small at $0.1000 an hour: capacity was refused": why an instance may cost more than usual; null: it does not. */
export function insteadText(
  of: { readonly size: string | null; readonly realm: string | null; readonly instead: Instead | null },
  shown: { readonly money: (dollars: number) => string; readonly clockTime: (at: number) => string },
): string | null {
  const { size, realm, instead } = of;
  if (instead === null || size === null) return null;
  const at = (dollars: number | null): string =>
    dollars === null ? "at a price not known" : `at ${shown.money(dollars)} an hour`;
  const [here, there] = realm === instead.realm ? ["", ""] : [` (${realm})`, ` (${instead.realm})`];
  const chosen = `chosen at ${shown.clockTime(Date.parse(instead.at))}`;
  const taken = `on ${size}${here} ${at(instead.takenHourlyCost)} (${chosen})`;
  return `${taken}, not ${instead.size}${there} ${at(instead.hourlyCost)}: ${instead.because}`;
}

/** Nobody stopped it: its lease had ended. */
export function hasOutrunLease({
  stopAskedAt,
  leaseEndsAt,
}: {
  readonly stopAskedAt: string | null;
  readonly leaseEndsAt: string | null;
}): boolean {
  return stopAskedAt !== null && leaseEndsAt !== null && Date.parse(stopAskedAt) >= Date.parse(leaseEndsAt);
}

/** Behind the name: "shop is stopped". */
const PREDICATES: Readonly<Record<Standing, string>> = {
  new: "is new",
  pending: "is being launched",
  running: "is running",
  incomplete: "is incomplete",
  updating: "is being updated",
  reverting: "goes back to what it was before the update",
  rollback_in_progress: "is being rolled back",
  rollback_complete: "is rolled back",
  rollback_failed: "has a rollback that is stuck",
  shutting_down: "is being stopped",
  stopped: "is stopped",
  failed: "has failed",
  cancelled: "is cancelled",
};

/** "is stopped, but 2 machines are not proven gone": what may still cost money is said in the same breath. */
export function summaryOf(standing: Standing, debts: number): string {
  if (debts === 0) return PREDICATES[standing];
  return `${PREDICATES[standing]}${standing === "rollback_failed" ? ":" : ", but"} ${owedText(debts)}`;
}
