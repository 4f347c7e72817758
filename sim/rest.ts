// When a run is over: nothing is on its way any more, at either side.

import { type DeploymentState, isOpen } from "../src/core/states.ts";
import { hasFailed } from "../src/core/decision/failure.ts";
import type { Deployment } from "../src/core/deployment.ts";
import type { Facts } from "./facts.ts";

const SETTLED: readonly DeploymentState[] = ["running", "incomplete", "stopped", "failed"];

const isSettled = (state: DeploymentState): boolean => SETTLED.includes(state);

export function isAtRest(facts: Facts): boolean {
  return areAtRest(facts, (deployment) => rests(facts, deployment));
}

/** Likewise, but for repairs that wait for their time. */
export function isAtRestButRepairs(facts: Facts): boolean {
  return areAtRest(facts, (deployment) => rests(facts, deployment) || waitsForRepair(facts, deployment));
}

function areAtRest(facts: Facts, doesRest: (deployment: Deployment) => boolean): boolean {
  if (![...facts.deployments.values()].every(doesRest)) return false;
  const held = new Set<string>();
  const known = new Set<string>();
  for (const row of facts.ledger.values()) {
    if (!isOpen(row)) continue;
    if (row.state !== "made" || row.call !== null || row.undoAskedAt !== null) return false;
    if (row.externalId === null) continue;
    held.add(row.externalId);
    known.add(row.id);
  }
  if (!livesLeft(facts).every(({ externalId }) => held.has(externalId))) return false;
  // A member that came to be in part, and failed so, is held as it is until it is repaired or stopped.
  return partsLeft(facts).every(
    ({ machine }) => known.has(machine) || facts.livesNamed(machine).some(({ goneAt }) => goneAt === null),
  );
}

/** Settled, with nothing ahead of it but a repair that waits for room. */
export function rests(facts: Facts, deployment: Deployment): boolean {
  if (!isSettled(deployment.state)) return false;
  return deployment.wakeAt === null || waitsForRoom(facts, deployment);
}

/** Repairs that nobody has room for wait without end: others may give some back. */
function waitsForRoom(facts: Facts, { id, state, attemptNo }: Deployment): boolean {
  if (state !== "incomplete") return false;
  const waiting = facts.instancesOf(id).filter(({ readyAt, repairSince }) => readyAt === null && repairSince !== null);
  const isOnItsWay = facts
    .machinesOf(id)
    .some((row) => row.attemptNo === attemptNo && isOpen(row) && row.call !== null);
  return !isOnItsWay && waiting.some(({ state: own }) => own === "create_failed" || own === "error");
}

/** Nothing of it is on its way: what is not up is dead and to be repaired, or waits for what is. */
function waitsForRepair(facts: Facts, { id, state, blueprint }: Deployment): boolean {
  if (state !== "incomplete") return false;
  const modes = new Map(blueprint.instances.map(({ name, repair }) => [name, repair.mode]));
  const rest = facts.instancesOf(id).filter(({ readyAt }) => readyAt === null);
  return (
    rest.every((one) => hasFailed(one) || one.state === "new") &&
    rest.some((one) => hasFailed(one) && (one.repairSince !== null || modes.get(one.name) === "replace"))
  );
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
