// While a failed attempt is held for study nothing new is asked for, nothing that came up is undone, and it ends when it was to end.

import { isOpen } from "../../src/core/states.ts";
import type { CheckerOf } from "./checker.ts";

/** Of a failed attempt; longer than all processes may be dead or stand still together. */
const LATE_MS = 120_000;

export const studies: CheckerOf = (facts, find) => {
  /** When each was to end, as time goes; and since when it is held. */
  const held = new Map<string, { readonly until: number; readonly since: number }>();
  const told = new Set<string>();
  return {
    name: "studies",
    commit({ changed }) {
      for (const { key, after } of changed.deployments) {
        const { studySince = null, studyUntil = null, state } = after?.row ?? {};
        if (studySince === null || studyUntil === null) held.delete(key);
        else if (state !== "pending") find(`${key} is ${state}, and holds an attempt for study`);
        else if (!held.has(key)) held.set(key, { since: studySince, until: facts.now() + studyUntil - studySince });
      }
      for (const { key, before, after } of changed.machines) {
        const study = held.get(after?.row.deployment ?? "");
        if (study === undefined || after === null) continue;
        // What is withdrawn in the same decision was never asked for.
        if (before === null && isOpen(after.row))
          find(`${key} is asked for while its deployment holds an attempt for study`);
        const { undoAskedAt, madeAt, attemptNo, deployment } = after.row;
        const isOfIt = facts.deployments.get(deployment ?? "")?.attemptNo === attemptNo;
        // One that turns up late, after it was closed, is nobody's to be studied.
        if (
          before !== null &&
          isOpen(before.row) &&
          before.row.undoAskedAt === null &&
          undoAskedAt !== null &&
          madeAt !== null &&
          isOfIt
        ) {
          if (undoAskedAt > study.since) find(`${key} is undone while its deployment holds it for study`);
        }
      }
    },
    glance() {
      for (const [id, { until }] of held) {
        if (facts.now() < until + LATE_MS || told.has(id)) continue;
        told.add(id);
        find(`${id} still holds an attempt for study ${facts.now() - until} ms after that was to end`);
      }
    },
  };
};
