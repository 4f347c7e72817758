// Quota counters equal the live sum: an attempt holds its reservation exactly as long as it may have machines.

import { isOpen } from "../../src/core/states.ts";
import type { CheckerOf } from "./checker.ts";

const AT_REST = ["rollback_complete", "stopped", "failed"];

export const reservations: CheckerOf = (facts, find) => ({
  name: "reservations",
  commit({ changed }) {
    for (const { key, after } of changed.attempts) {
      if (after === null || after.releasedAt === null) continue;
      const open = facts.machinesOf(after.deployment).find((row) => row.attemptNo === after.no && isOpen(row));
      if (open !== undefined) find(`attempt ${key} has given back its reservation while ${open.id} is ${open.state}`);
    }
    for (const { key, before, after } of changed.machines) {
      if (before !== null || after === null || after.row.deployment === null) continue;
      // Withdrawn in the same decision, so nothing is held for it.
      if (!isOpen(after.row)) continue;
      const attempt = facts.attempts.get(`${after.row.deployment}/${after.row.attemptNo}`);
      if (attempt?.releasedAt !== null) find(`${key} is asked for in an attempt without a reservation`);
    }
  },
  calm() {
    for (const [key, attempt] of facts.attempts) {
      const deployment = facts.deployments.get(attempt.deployment);
      const open = facts.machinesOf(attempt.deployment).some((row) => row.attemptNo === attempt.no && isOpen(row));
      const isUp =
        deployment !== undefined && deployment.attemptNo === attempt.no && !AT_REST.includes(deployment.state);
      if (attempt.releasedAt === null && !open && !isUp) find(`attempt ${key} holds a reservation for nothing`);
    }
  },
});
