// What is taken away is over: steps, consoles, attempts and machines go only of a deployment that has ended and has no machine which the
// cloud may still hold something for; attempts and machines only of one that is deleted.

import { DEPLOYMENT, finalStates, isOpen } from "../../src/core/states.ts";
import { isHeld } from "../../src/core/market/market.ts";
import type { CheckerOf } from "./checker.ts";

const FINAL: readonly string[] = finalStates(DEPLOYMENT);

export const keptRows: CheckerOf = (facts, find) => {
  const goes = (what: string, id: string | null, isLedger: boolean): void => {
    const deployment = facts.deployments.get(id ?? "");
    if (deployment === undefined) return find(`${what} is taken away, and belongs to no deployment`);
    if (!FINAL.includes(deployment.state)) find(`${what} is taken away while ${id} is ${deployment.state}`);
    if (isLedger && deployment.deletedAt === null) find(`${what} is taken away, and ${id} is not deleted`);
    const open = facts.machinesOf(deployment.id).find(isOpen);
    if (open !== undefined) find(`${what} is taken away while ${open.id} is ${open.state}`);
  };
  return {
    name: "kept rows",
    commit({ changed }) {
      for (const { key, before, after } of changed.events) {
        if (before !== null && after === null) goes(`event ${key}`, before.deployment, false);
      }
      for (const { key, before, after } of changed.evidence) {
        if (before === null || after !== null) continue;
        goes(`console of ${key}`, facts.ledger.get(before.machine)?.deployment ?? null, false);
      }
      for (const { key, before, after } of changed.attempts) {
        if (before !== null && after === null) goes(`attempt ${key}`, before.deployment, true);
      }
      for (const { key, before, after } of changed.placements) {
        if (before === null || after !== null) continue;
        goes(`placement ${key}`, before.deployment, true);
        if (isHeld(before)) find(`placement ${key} is taken away while it is held`);
      }
      for (const { key, before, after } of changed.machines) {
        if (before !== null && after === null) goes(key, before.row.deployment, true);
      }
    },
  };
};
