// Of whoever makes room for its successor in an update the former machine goes when all that it needs is ready, the new one is asked for when that
// is gone, and after an update that came to nothing it is launched again, or told missing.

import type { ResolvedInstance } from "../../src/core/blueprint/model.ts";
import type { Machine } from "../../src/core/machine.ts";
import { isHeld } from "../../src/core/market/market.ts";
import type { Placement } from "../../src/core/market/placement.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import { revisionOf } from "../revision-of.ts";
import type { CheckerOf } from "./checker.ts";

export const removedFirst: CheckerOf = (facts, find) => {
  /** Whoever made room in some update. */
  const removed = new Set<string>();
  return {
    name: "removed first",
    commit({ changed, events }) {
      for (const { before, after } of changed.machines) {
        if (after === null) continue;
        if (before === null && isOpen(after.row)) wasAskedFor(facts, after.row).forEach(find);
        if (after.row.undoAskedAt !== null && before?.row.undoAskedAt === null)
          wasAskedToGo(facts, after.row).forEach(find);
      }
      for (const { before, after } of changed.placements)
        if (before === null && after !== null) wasTaken(facts, after).forEach(find);
      for (const { deployment, body } of events) {
        if (body.kind === "removed_first") removed.add(`${deployment}/${body.instance}`);
      }
    },
    calm() {
      for (const key of removed) {
        const { deployment: id = "", state } = facts.instances.get(key) ?? {};
        const deployment = facts.deployments.get(id);
        if (deployment === undefined || deployment.endedAt !== null || isReady(facts, key)) continue;
        if (deployment.state === "running" || deployment.failure === null)
          find(`${key} made room, is ${state}, and nobody is told`);
      }
    },
  };
};

const isReady = (facts: Facts, key: string): boolean => (facts.instances.get(key)?.readyAt ?? null) !== null;

/** What the blueprint in force says of its instance, where its machine makes room for its successor. */
export function makingRoom(
  facts: Facts,
  { deployment, instance }: { readonly deployment: string | null; readonly instance: string | null },
): ResolvedInstance | undefined {
  const { instances } = facts.deployments.get(deployment ?? "")?.blueprint ?? { instances: [] };
  return instances.find(({ name, update }) => name === instance && update.order === "removeFirst");
}

function wasAskedToGo(facts: Facts, row: Machine): string[] {
  const deployment = facts.deployments.get(row.deployment ?? "");
  const isTooEarly = deployment?.state === "updating" && deployment.removingAt === null;
  if (!isTooEarly || revisionOf(facts, row) === deployment.revisionNo) return [];
  // What was kept in quarantine goes for its own reasons.
  if (facts.everKept.has(row.id)) return [];
  const needs = makingRoom(facts, row)?.dependsOn ?? [];
  const waits = needs.filter((on) => !isReady(facts, `${deployment.id}/${on}`));
  return waits.map((on) => `${row.id} makes room before ${on} is ready`);
}

function wasAskedFor(facts: Facts, row: Machine): string[] {
  const { id = "", state, revisionNo } = facts.deployments.get(row.deployment ?? "") ?? {};
  if (state !== "updating" || makingRoom(facts, row) === undefined) return [];
  const own = facts.machinesOf(id).filter((one) => one.instance === row.instance && one.attemptNo === row.attemptNo);
  const former = own.filter((one) => isOpen(one) && one.debtSince === null && revisionOf(facts, one) !== revisionNo);
  return former.map((one) => `${row.id} is asked for while ${one.id}, which goes first, is ${one.state}`);
}

function wasTaken(facts: Facts, { deployment: id, attempt, instance, no }: Placement): string[] {
  const { state, revisionNo } = facts.deployments.get(id) ?? {};
  if (state !== "updating" || makingRoom(facts, { deployment: id, instance }) === undefined) return [];
  const open = facts.machinesOf(id).filter((one) => one.instance === instance && isOpen(one));
  const own = facts.placementsOf(id).filter((one) => one.instance === instance && one.attempt === attempt);
  const former = own.filter((one) => one.no !== no && one.revision !== revisionNo && isHeld(one));
  const idle = former.filter((one) => !open.some(({ placementNo }) => placementNo === one.no));
  return idle.map((one) => `${id}/${instance} holds its former place ${one.no} beside ${no}`);
}
