// What is reported as gone, as refused or as never made does not live at the cloud; what was closed so does not come to life.

import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Life } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const provenGone: CheckerOf = (facts, find) => {
  const livesBehind = (row: Machine): Life | undefined => {
    const lives = row.externalId === null ? facts.livesNamed(row.id) : [facts.lives.get(row.externalId)];
    return lives.find(
      (life) =>
        life !== undefined &&
        life.goneAt === null &&
        life.owner !== null &&
        (row.externalId !== null || !life.isExcess),
    );
  };
  return {
    name: "proven gone",
    commit({ changed }) {
      for (const { key, before, after } of changed.machines) {
        if (after === null || isOpen(after.row) || before?.row.state === after.row.state) continue;
        const life = livesBehind(after.row);
        if (life !== undefined)
          find(`${key} is reported as ${after.row.state}, and ${life.externalId} lives at ${life.cloud}`);
      }
    },
    billed({ kind }, life) {
      const row = facts.ledger.get(life.name);
      if (kind !== "born" || life.owner === null || life.isExcess || row === undefined || isOpen(row)) return;
      find(`${life.name} is born at ${life.cloud} after it was reported as ${row.state}`);
    },
  };
};
