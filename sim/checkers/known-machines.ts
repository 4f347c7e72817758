// What the cloud has of ours is in the ledger: the row is committed before the machine is born, and while it lives the row is open.

import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const knownMachines: CheckerOf = (facts, find) => {
  const allKnown = (): void => {
    for (const life of facts.lives.values()) {
      if (life.goneAt !== null || life.owner === null) continue;
      if (!isKnown(facts, life.externalId))
        find(`${life.externalId} (${life.name}) lives at ${life.cloud}, and no open row has it`);
    }
  };
  return {
    name: "known machines",
    billed({ kind }, life) {
      if (kind !== "born" || life.owner === null) return;
      if (!facts.ledger.has(life.name)) find(`${life.name} is born at ${life.cloud}, and the ledger has no such row`);
    },
    calm: allKnown,
    cleared: allKnown,
  };
};

function isKnown({ ledger }: Facts, externalId: string): boolean {
  return [...ledger.values()].some((row) => row.externalId === externalId && isOpen(row));
}
