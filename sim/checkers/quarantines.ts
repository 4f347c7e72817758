// The machine that an attempt failed for is kept as long as it was to be, one of an attempt at most, and no longer than its pool allows:
// until then nobody removes it, and from then on somebody does.

import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import { MOST_QUARANTINE_MS } from "../scenario.ts";
import type { CheckerOf } from "./checker.ts";

/** All processes may be dead or stand still for so long together, and the clock may have been set. */
const LATE_MS = 180_000;
/** A decision is committed some time after it was made: a transaction takes ten seconds at the most. */
const EARLY_MS = 11_000;

export const quarantines: CheckerOf = (facts, find) => {
  /** When each was to end, as time goes. */
  const kept = new Map<string, number>();
  const attempts = new Set<string>();
  const told = new Set<string>();
  const begin = (key: string, row: Machine): void => {
    const attempt = `${row.deployment}/${row.attemptNo}`;
    if (attempts.has(attempt)) find(`${key} is kept, and another one is of attempt ${attempt}`);
    attempts.add(attempt);
    const why = whyNot(facts, row);
    if (why !== null) find(`${key} is kept, and ${why}`);
    kept.set(key, facts.now() + mostOf(facts, row));
  };
  return {
    name: "quarantines",
    commit({ changed, events }) {
      const ended = new Map(
        events.flatMap(({ body }) => (body.kind === "quarantine_ended" ? [[String(body.machine), body] as const] : [])),
      );
      for (const { key, before, after } of changed.machines) {
        const row = after?.row;
        const [was, is] = [before?.row.quarantinedUntil ?? null, row?.quarantinedUntil ?? null];
        if (row === undefined) continue;
        if (was === null && is !== null) begin(key, row);
        if (is !== null && (!isOpen(row) || row.undoAskedAt !== null)) find(`${key} is undone while it is kept`);
        if (was === null || is !== null) continue;
        const until = kept.get(key) ?? 0;
        kept.delete(key);
        const end = ended.get(key);
        if (end === undefined) find(`the end of the quarantine of ${key} is not told`);
        else if (end.why === "time" && facts.clockSets.length === 0 && facts.now() < until - EARLY_MS)
          find(`${key} was to be kept for another ${until - facts.now()} ms`);
        if (isOpen(row) && row.undoAskedAt === null) find(`${key} is kept no longer, and nobody removes it`);
      }
    },
    called({ call, name }) {
      if (
        call === "destroy" &&
        [...kept.keys()].some((key) => key === name || facts.ledger.get(key)?.externalId === name)
      )
        find(`${name} is removed while it is kept`);
      return () => undefined;
    },
    glance() {
      for (const [key, until] of kept) {
        if (facts.now() < until + LATE_MS || told.has(key)) continue;
        told.add(key);
        find(`${key} is still kept ${facts.now() - until} ms after that was to end`);
      }
    },
  };
};

function deploymentOf(facts: Facts, { deployment }: Machine) {
  return facts.deployments.get(deployment ?? "");
}

function mostOf(facts: Facts, row: Machine): number {
  const { blueprint, pool } = deploymentOf(facts, row) ?? {};
  return Math.min(blueprint?.policy.quarantineMs ?? 0, MOST_QUARANTINE_MS.get(pool ?? "") ?? Infinity);
}

function whyNot(facts: Facts, row: Machine): string | null {
  const { deployment, attemptNo, instance, state } = row;
  const attempt = facts.attemptsOf(deployment ?? "").find(({ no }) => no === attemptNo);
  if (state !== "made") return `it is ${state}`;
  if (deploymentOf(facts, row)?.blueprint.policy.quarantineMs === null) return "nobody wants that";
  if (attempt?.outcome !== "failed") return `its attempt is ${attempt?.outcome ?? "under way"}`;
  return attempt.failedInstance === instance
    ? null
    : `its attempt failed for ${attempt.failedInstance ?? "no instance"}`;
}
