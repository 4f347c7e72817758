// What is made for a machine goes with it: no part of ours is left when its machine is reported as gone, as refused or as never made,
// nor when all is at rest without an open row that stands for it.

import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts, PartLife } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const provenParts: CheckerOf = (facts, find) => {
  const allKnown = (parts: readonly PartLife[]): void => {
    for (const part of parts) {
      if (part.goneAt !== null || part.machine === null || isKnown(facts, part.machine)) continue;
      find(`the part ${part.id} (${part.name}) lives at ${part.cloud}, and no open row has it`);
    }
  };
  return {
    name: "proven parts",
    commit({ changed }) {
      for (const { key, before, after } of changed.machines) {
        if (after === null || isOpen(after.row) || before?.row.state === after.row.state) continue;
        const part = leftOf(facts, after.row);
        if (part !== undefined)
          find(`${key} is reported as ${after.row.state}, and its part ${part.id} lives at ${part.cloud}`);
      }
    },
    // What is asked for only to be found and removed may take longer.
    calm: () => allKnown([...facts.parts.values()].filter(({ isExcess }) => !isExcess)),
    cleared: () => allKnown([...facts.parts.values()]),
  };
};

/** One that is left of a machine itself: a second one of its name, which nobody could have prevented, has parts of its own. */
function leftOf(facts: Facts, { id }: Machine): PartLife | undefined {
  const others = facts.livesNamed(id).some((life) => life.goneAt === null && life.isExcess);
  return facts.partsFor(id).find((part) => part.goneAt === null && !part.isExcess && !others);
}

function isKnown({ ledger }: Facts, machine: string): boolean {
  return [...ledger.values()].some((row) => (row.id === machine || row.id.startsWith(`${machine}~`)) && isOpen(row));
}
