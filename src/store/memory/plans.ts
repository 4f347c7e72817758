// Plans that are kept until they are carried out, or over, as in SQL.

import { PLAN_KNOWN_MS, PLANS_MOST, type PlanReads, type PlanRow, type PlanWrites } from "../../ports/plans.ts";
import { compare } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function readingPlans(tx: Transaction): PlanReads {
  return { plan: (id) => tx.statement(() => tx.views.plans.get(id) ?? null) };
}

export function keepingPlans(tx: Transaction): PlanWrites {
  const { plans } = tx.views;
  return {
    insertPlan: (row) =>
      tx.statement(async () => {
        await tx.lock(plans, row.id);
        plans.put(row.id, { ...row, request: structuredClone(row.request), shown: structuredClone(row.shown) });
        const open = plans
          .all()
          .filter(({ createdBy, appliedAt }) => createdBy === row.createdBy && appliedAt === null);
        for (const over of open.sort(newestFirst).slice(PLANS_MOST)) plans.delete(over.id);
      }),
    applyPlan: (id, deployment) =>
      tx.statement(async () => {
        await tx.lock(plans, id);
        const found = plans.get(id);
        if (found === undefined || found.appliedAt !== null) return false;
        plans.put(id, { ...found, appliedAt: tx.now(), deployment });
        return true;
      }),
  };
}

function newestFirst(a: PlanRow, b: PlanRow): number {
  return compare(b.createdAt, a.createdAt) || compare(b.id, a.id);
}

/** Takes away what is not told any more; returns how many went. */
export function prunePlans(tx: Transaction, most: number): number {
  const { plans } = tx.views;
  const over = plans
    .all()
    .filter(({ expiresAt }) => expiresAt <= tx.now() - PLAN_KNOWN_MS)
    .sort((a, b) => compare(a.expiresAt, b.expiresAt))
    .slice(0, most)
    .filter(({ id }) => tx.lockFree(plans, id));
  for (const { id } of over) plans.delete(id);
  return over.length;
}
