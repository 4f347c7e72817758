// What is over goes, as in SQL.

import type { DeploymentId } from "../../core/ids.ts";
import { DAY_MS, RETENTION, type Retention } from "../../core/people/retention.ts";
import { isOpen } from "../../core/states.ts";
import type { PruneLimits, Pruned, PruneReads, PruneWrites } from "../../ports/pruning.ts";
import { machinesOf } from "./deployments.ts";
import { prunePlans } from "./plans.ts";
import { compare, type DeploymentRow, numberedKey, placementKey, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function readingKept(tx: Transaction): PruneReads {
  return {
    kept: (id) =>
      tx.statement(() => {
        const found = tx.views.deployments.get(id);
        if (found === undefined) return null;
        const { stepsFrom, consolesGoneAt, ledgerGoneAt } = found;
        return { stepsFrom, consolesGoneAt, ledgerGoneAt };
      }),
  };
}

export function pruning(tx: Transaction): PruneWrites {
  return { prune: (limits) => tx.statement(() => prune(tx, limits)) };
}

interface Kind {
  readonly is: (found: DeploymentRow, views: Views) => boolean;
  readonly since: (found: DeploymentRow) => number | null;
  /** Null: for ever. */
  readonly days: (retention: Retention) => number | null;
}

const over = ({ row }: DeploymentRow): number | null => row.deletedAt ?? row.endedAt;
const STEPS: Kind = {
  // What a webhook has not been told yet waits for that.
  is: ({ row, stepsFrom }, { lanes }) =>
    row.endedAt !== null && stepsFrom <= row.eventNo && !lanes.all().some(({ deployment }) => deployment === row.id),
  since: over,
  days: ({ stepsDays }) => stepsDays,
};
const CONSOLES: Kind = {
  is: ({ row, consolesGoneAt }) => row.endedAt !== null && consolesGoneAt === null,
  since: over,
  days: ({ consolesDays }) => consolesDays,
};
const LEDGER: Kind = {
  is: ({ row, ledgerEmpty }) => row.deletedAt !== null && !ledgerEmpty,
  since: ({ row }) => row.deletedAt,
  days: ({ ledgerDays }) => ledgerDays,
};
const SECRETS: Kind = {
  is: ({ row, secrets }) => row.deletedAt !== null && secrets !== null,
  since: ({ row }) => row.deletedAt,
  days: () => 0,
};

function prune(tx: Transaction, { deployments: most, rows }: PruneLimits): Pruned {
  const { views } = tx;
  const taken = { steps: 0, consoles: 0, machines: 0, secrets: 0, plans: 0, isMore: false };
  /** One after the other, for as long as there is something left of what one batch may take. */
  const each = (kind: Kind, act: (found: DeploymentRow, left: number) => number): number => {
    let sum = 0;
    for (const found of due(tx, kind, most)) {
      taken.isMore = true;
      if (sum < rows) sum += act(found, rows - sum);
    }
    return sum;
  };
  taken.steps = each(STEPS, (found, left) => pruneSteps(views, found, left));
  taken.consoles = each(CONSOLES, (found, left) => pruneConsoles(tx, found, left));
  each(LEDGER, (found, left) => {
    const gone = pruneLedger(tx, found, left);
    taken.machines += gone.machines;
    return gone.rows;
  });
  each(SECRETS, (found) => {
    views.deployments.put(found.row.id, { ...found, secrets: null });
    taken.secrets += 1;
    return 0;
  });
  taken.plans = prunePlans(tx, rows);
  taken.isMore ||= taken.plans > 0;
  return taken;
}

function due(tx: Transaction, { is, since, days }: Kind, most: number): DeploymentRow[] {
  const { deployments, pools } = tx.views;
  const isOver = (found: DeploymentRow): boolean => {
    const kept = days(pools.get(found.row.pool)?.retention ?? RETENTION);
    return kept !== null && (since(found) ?? Infinity) <= tx.now() - kept * DAY_MS;
  };
  return deployments
    .all()
    .filter((found) => is(found, tx.views) && isOver(found) && !machinesOf(tx.views, found.row.id).some(isOpen))
    .sort((a, b) => compare(since(a) ?? 0, since(b) ?? 0))
    .slice(0, most)
    .filter(({ row }) => tx.lockFree(deployments, row.id));
}

function pruneSteps(views: Views, found: DeploymentRow, most: number): number {
  const { id, eventNo } = found.row;
  const stepsFrom = Math.min(eventNo + 1, found.stepsFrom + most);
  const gone = views.events.group(id).filter(({ no }) => no < stepsFrom);
  for (const event of gone) views.events.delete(numberedKey(event));
  views.deployments.put(id, { ...found, stepsFrom });
  return gone.length;
}

/** With less than could be taken none is left. */
function pruneConsoles(tx: Transaction, { row: { id } }: DeploymentRow, left: number): number {
  const { views } = tx;
  const kept = machinesOf(views, id).filter((machine) => views.evidence.get(machine.id) !== undefined);
  const going = kept.slice(0, left);
  for (const machine of going) views.evidence.delete(machine.id);
  if (going.length < left) rewrite(views, id, { consolesGoneAt: tx.now() });
  return going.length;
}

/** Machines first, with their consoles, then their placements, and at last the attempts: what is left makes sense by itself. */
function pruneLedger(tx: Transaction, found: DeploymentRow, left: number): { machines: number; rows: number } {
  const { views } = tx;
  const { id } = found.row;
  const machines = machinesOf(views, id).slice(0, left);
  for (const machine of machines) {
    views.evidence.delete(machine.id);
    views.machines.delete(machine.id);
  }
  const placements = views.placements.group(id).slice(0, left - machines.length);
  for (const row of placements) views.placements.delete(placementKey(row));
  const rows = machines.length + placements.length;
  const ledgerEmpty = rows < left;
  if (ledgerEmpty) for (const row of views.attempts.group(id)) views.attempts.delete(numberedKey(row));
  const { ledgerGoneAt, consolesGoneAt } = found;
  const at = tx.now();
  rewrite(views, id, { ledgerEmpty, ledgerGoneAt: ledgerGoneAt ?? at, consolesGoneAt: consolesGoneAt ?? at });
  return { machines: machines.length, rows };
}

function rewrite(views: Views, id: DeploymentId, more: Partial<DeploymentRow>): void {
  const found = views.deployments.get(id);
  if (found !== undefined) views.deployments.put(id, { ...found, ...more });
}
