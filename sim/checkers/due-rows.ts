// A row that should be due is due. What a deployment would decide now it does not sleep over; a machine that waits for somebody
// has a call; and nothing that is due is left lying.

import { decide, needsMarket } from "../../src/core/decide.ts";
import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

/** The slowest way of taking a row up: a claim that had to run out, and a process that had to come back. */
const LEFT_LYING_MS = 120_000;

export const dueRows: CheckerOf = (facts, find) => {
  const owesCall = (row: Machine): boolean =>
    isOpen(row) && (row.state !== "made" || row.undoAskedAt !== null) && row.call === null;
  return {
    name: "due rows",
    commit({ changed }) {
      for (const { key, after } of changed.machines) {
        if (after !== null && owesCall(after.row))
          find(`${key} is ${after.row.state} and nobody is to do anything about it`);
      }
    },
    glance() {
      for (const [id, { wakeAt }] of facts.deployments) {
        if (wakeAt !== null && wakeAt < facts.now() - LEFT_LYING_MS)
          find(`${id} is due since ${wakeAt}, and nobody came`);
        if (wakeAt === null || wakeAt > facts.now()) sleepsOver(facts, id).forEach(find);
      }
    },
  };
};

/** What a deployment that sleeps would do if somebody woke it. */
function sleepsOver(facts: Facts, id: string): string[] {
  const deployment = facts.deployments.get(id);
  if (deployment === undefined) return [];
  const attempts = [...facts.attempts.values()].filter((row) => row.deployment === id);
  const machines = facts.machinesOf(id).filter((row) => isOpen(row) || row.attemptNo === deployment.attemptNo);
  const snapshot = { deployment, instances: facts.instancesOf(id), attempts, machines };
  // A decision about an account depends on others: it is woken for by time.
  if (needsMarket(snapshot)) return [];
  const around = { market: null, secrets: {}, installation: "", callbackBase: "", nonce: () => "" };
  const told = decide(snapshot, facts.now(), around).flatMap(({ events }) => events);
  return told
    .slice(0, 1)
    .map(({ body }) => `${id} is ${deployment.state} and sleeps, although there is something to do: ${body.kind}`);
}
