// The figures, as in SQL.

import type { AccountId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { DEPLOYMENT, type DeploymentState, finalStates, isOpen } from "../../core/states.ts";
import { hourlyMicrosNow, isUnpriced } from "../../core/story/cost.ts";
import { type DueRows, type FigureReads, type Figures, LATE_MS, type MachineFigures } from "../../ports/figures.ts";
import { dueTimes, earliest } from "./due.ts";
import type { Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function readingFigures(tx: Transaction): FigureReads {
  return { figures: () => tx.statement(() => figures(tx.views, tx.now())) };
}

function figures(views: Views, now: number): Figures {
  const times = dueTimes(views, now);
  const counted = (all: readonly number[]): DueRows => {
    const due = all.filter((at) => at <= now);
    return { late: due.filter((at) => at < now - LATE_MS).length, since: earliest(due) };
  };
  const parked = views.deployments.all().flatMap(({ row }) => row.parked ?? []);
  const open = views.machines.all().flatMap(({ row }) => (isOpen(row) ? [row] : []));
  return {
    now,
    deployments: deployments(views),
    parked: { count: parked.length, since: earliest(parked.map(({ since }) => since)) },
    due: {
      advance: counted(times.advance()),
      call: counted(times.call()),
      probe: counted(times.probe()),
      poll: counted(times.poll()),
    },
    machines: new Map([...Map.groupBy(open, ({ account }) => account)].map(figuresOf)),
  };
}

function deployments(views: Views): Map<DeploymentState, number> {
  const final = new Set<string>(finalStates(DEPLOYMENT));
  const counts = new Map<DeploymentState, number>();
  for (const { row } of views.deployments.all()) {
    if (row.deletedAt === null && !final.has(row.state)) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  }
  return counts;
}

function figuresOf([account, open]: [AccountId, Machine[]]): [AccountId, MachineFigures] {
  const debts = open.filter(({ debtSince }) => debtSince !== null);
  const kept = open.filter(({ quarantinedUntil }) => quarantinedUntil !== null);
  const hourly = (some: readonly Machine[]): number => some.reduce((sum, one) => sum + hourlyMicrosNow(one), 0);
  const figuresHere: MachineFigures = {
    open: open.length,
    hourlyMicros: hourly(open),
    unpriced: open.filter(isUnpriced).length,
    debts: debts.length,
    debtHourlyMicros: hourly(debts),
    debtUnpriced: debts.filter(isUnpriced).length,
    debtSince: earliest(debts.flatMap(({ debtSince }) => debtSince ?? [])),
    kept: kept.length,
    keptHourlyMicros: hourly(kept),
    keptUnpriced: kept.filter(isUnpriced).length,
    strays: open.filter(({ deployment }) => deployment === null).length,
  };
  return [account, figuresHere];
}
