// Every ledger row ends: once the world is good nothing stays in doubt, on its way out or owed, and when everything has been
// deleted no row is open and the clouds have nothing of ours.

import { isOpen } from "../../src/core/states.ts";
import type { CheckerOf } from "./checker.ts";

export const endedRows: CheckerOf = (facts, find) => ({
  name: "ended rows",
  calm() {
    for (const row of facts.ledger.values()) {
      if (!isOpen(row)) continue;
      if (row.state !== "made") find(`${row.id} is still ${row.state}`);
      else if (row.undoAskedAt !== null) find(`${row.id} should be gone since ${row.undoAskedAt}`);
      else if (row.call !== null) find(`${row.id} still asks for ${row.call}`);
    }
  },
  cleared() {
    for (const row of facts.ledger.values())
      if (isOpen(row)) find(`${row.id} is still ${row.state} after all was deleted`);
    for (const life of facts.lives.values()) {
      if (life.owner !== null && life.goneAt === null)
        find(`${life.name} still lives at ${life.cloud} after all was deleted`);
    }
  },
});
