// A row that should be due is due. What a deployment would decide now it does not sleep over; a machine that waits for somebody
// has a call; and nothing that is due is left lying.

import { decide, needsMarket } from "../../src/core/decision/decide.ts";
import type { Machine } from "../../src/core/machine.ts";
import { seeksUntil } from "../../src/core/decision/rollback.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";
import { unnoticedMs } from "./true-time.ts";

/** The slowest way of taking a row up: a claim that had to run out, and a process that had to come back. Times at which none was there are not counted. */
const LEFT_LYING_MS = 120_000;
/** Who sleeps is asked after every change, and again after so long: time alone may give it something to do. */
const ASKED_AGAIN_MS = 30_000;

export const dueRows: CheckerOf = (facts, find) => {
  /** When each deployment that has not changed since was asked. */
  const askedAt = new Map<string, number>();
  const owesCall = (row: Machine): boolean =>
    isOpen(row) && (row.state !== "made" || row.undoAskedAt !== null) && row.call === null;
  const askSleepers = (sinceMs: number): void => {
    // What is due is so in Slipway's time. Until a step is set right that is no time to go by.
    const now = facts.slipwayNow();
    if (Math.abs(now - facts.now()) > unnoticedMs(facts)) return;
    // A step too small to be set right puts off what was due by as much.
    const putOffMs = facts.clockSets.length === 0 ? 0 : unnoticedMs(facts);
    for (const [id, { wakeAt }] of facts.deployments) {
      if (wakeAt !== null && isLeftLying(now - wakeAt)) find(`${id} is due since ${wakeAt}, and nobody came`);
      if ((wakeAt !== null && wakeAt <= now + putOffMs) || now < (askedAt.get(id) ?? -Infinity) + sinceMs) continue;
      askedAt.set(id, now);
      sleepsOver(facts, id).forEach(find);
    }
  };
  const isLeftLying = (ms: number): boolean => ms > LEFT_LYING_MS && ms - facts.allAwayMs(ms) > LEFT_LYING_MS;
  return {
    name: "due rows",
    commit({ changed }) {
      for (const { key } of changed.deployments) askedAt.delete(key);
      for (const { after } of changed.instances) askedAt.delete(after?.row.deployment ?? "");
      for (const { after } of changed.attempts) askedAt.delete(after?.deployment ?? "");
      for (const { key, after } of changed.machines) {
        askedAt.delete(after?.row.deployment ?? "");
        if (after !== null && owesCall(after.row))
          find(`${key} is ${after.row.state} and nobody is to do anything about it`);
      }
    },
    glance: () => askSleepers(ASKED_AGAIN_MS),
    calm: () => askSleepers(0),
  };
};

/** What a deployment that sleeps would do if somebody woke it. */
function sleepsOver(facts: Facts, id: string): string[] {
  const deployment = facts.deployments.get(id);
  if (deployment === undefined) return [];
  const attempts = facts.attemptsOf(id);
  const machines = facts.machinesOf(id).filter((row) => isOpen(row) || row.attemptNo === deployment.attemptNo);
  const placements = facts.placementsOf(id);
  const revisions = facts.revisionsOf(id);
  const snapshot = { deployment, instances: facts.instancesOf(id), revisions, attempts, machines, placements };
  // A decision about an account depends on others: it is woken for by time.
  if (seeksUntil(deployment) !== null && deployment.wakeAt === null) {
    return [`${id} is ${deployment.state}, may go on, and never looks for an account`];
  }
  // But a launch that a member has failed for ends at once.
  const isLost = deployment.state === "pending" && !deployment.partial;
  if (needsMarket(snapshot) && !isLost) return [];
  const around = { market: null, secrets: {}, installation: "", callbackBase: "", nonce: () => "" };
  const told = decide(snapshot, facts.slipwayNow(), around).flatMap(({ events }) => events);
  return told
    .slice(0, 1)
    .map(({ body }) => `${id} is ${deployment.state} and sleeps, although there is something to do: ${body.kind}`);
}
