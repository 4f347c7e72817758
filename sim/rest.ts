// When a run is over: nothing is on its way any more, at either side.

import { type DeploymentState, isOpen } from "../src/core/states.ts";
import type { Facts } from "./facts.ts";

const SETTLED: readonly DeploymentState[] = ["running", "incomplete", "stopped", "failed"];

export const isSettled = (state: DeploymentState): boolean => SETTLED.includes(state);

export function isAtRest(facts: Facts): boolean {
  for (const { state, wakeAt } of facts.deployments.values()) {
    if (!isSettled(state) || wakeAt !== null) return false;
  }
  const held = new Set<string>();
  for (const row of facts.ledger.values()) {
    if (!isOpen(row)) continue;
    if (row.state !== "made" || row.call !== null || row.undoAskedAt !== null) return false;
    if (row.externalId !== null) held.add(row.externalId);
  }
  if (!livesLeft(facts).every(({ externalId }) => held.has(externalId))) return false;
  return partsLeft(facts).every(({ machine }) => facts.livesNamed(machine).some(({ goneAt }) => goneAt === null));
}

export function isCleared(facts: Facts): boolean {
  return livesLeft(facts).length === 0 && partsLeft(facts).length === 0 && ![...facts.ledger.values()].some(isOpen);
}

function livesLeft({ lives }: Facts) {
  return [...lives.values()].filter(({ goneAt, owner }) => goneAt === null && owner !== null);
}

function partsLeft({ parts }: Facts) {
  return [...parts.values()].flatMap(({ machine, goneAt }) =>
    machine === null || goneAt !== null ? [] : [{ machine }],
  );
}
