// What is held equals what may exist: a placement is held exactly as long as a machine may be asked for under it.

import type { Machine } from "../../src/core/machine.ts";
import { isHeld } from "../../src/core/market/market.ts";
import type { Placement } from "../../src/core/market/placement.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

const AT_REST = ["rollback_complete", "stopped", "failed"];

export const reservations: CheckerOf = (facts, find) => {
  const openUnder = (placement: Placement): Machine | undefined =>
    facts.machinesOf(placement.deployment).find((row) => isUnder(row, placement) && isOpen(row));
  return {
    name: "reservations",
    commit({ changed }) {
      for (const { key, after } of changed.placements) {
        if (after === null || isHeld(after)) continue;
        const open = openUnder(after);
        if (open !== undefined) find(`placement ${key} was given back while ${open.id} is ${open.state}`);
      }
      for (const { key, before, after } of changed.machines) {
        if (after === null || after.row.deployment === null) continue;
        if (before !== null && (isOpen(before.row) || !isOpen(after.row))) continue;
        // Withdrawn in the same decision, so nothing is held for it.
        if (!isOpen(after.row)) continue;
        const own = facts.placementsOf(after.row.deployment).find((placement) => isUnder(after.row, placement));
        // Found late: of one that was pruned nothing is known any more.
        if (before !== null && own === undefined) continue;
        if (own === undefined || !isHeld(own)) find(`${key} is asked for without a placement that is held`);
        else if (before === null && own.refused !== null)
          find(`${key} is asked for under a placement that was refused`);
      }
    },
    calm() {
      for (const [key, placement] of facts.placements) {
        if (!isHeld(placement) || openUnder(placement) !== undefined) continue;
        const deployment = facts.deployments.get(placement.deployment);
        const newer = facts
          .placementsOf(placement.deployment)
          .some(
            (row) =>
              row.attempt === placement.attempt &&
              row.instance === placement.instance &&
              row.no > placement.no &&
              !cameToNothing(facts, row),
          );
        const isUp = deployment?.attemptNo === placement.attempt && !AT_REST.includes(deployment.state) && !newer;
        if (!isUp) find(`placement ${key} is held for nothing`);
      }
    },
  };
};

/** Chosen for an update that was undone: what was before it stands. */
function cameToNothing(facts: Facts, { deployment, revision }: Placement): boolean {
  const isPresent = facts.deployments.get(deployment)?.revisionNo === revision;
  const outcome = facts.revisionsOf(deployment).find(({ no }) => no === revision)?.outcome;
  return !isPresent && outcome !== "succeeded";
}

function isUnder({ attemptNo, instance, placementNo }: Machine, placement: Placement): boolean {
  return attemptNo === placement.attempt && instance === placement.instance && placementNo === placement.no;
}
