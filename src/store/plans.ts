// Plans that are kept until they are carried out, or over.

import { type RawBuilder, sql } from "kysely";
import { PLAN_KNOWN_MS, PLANS_MOST, type PlanReads, type PlanRow, type PlanWrites } from "../ports/plans.ts";
import { date, dateOrNull, json, ms, msOrNull, type Sql } from "./rows.ts";
import type { PlanRow as Row } from "./plan-rows.ts";
import type { Session } from "./session.ts";

export function readingPlans({ run }: Session): PlanReads {
  return {
    plan: (id) =>
      run(async (db) => {
        const row = await db.selectFrom("plans").selectAll().where("id", "=", id).executeTakeFirst();
        return row === undefined ? null : toPlan(row);
      }),
  };
}

export function keepingPlans({ run, clock }: Session): PlanWrites {
  return {
    insertPlan: (row) =>
      run(async (db) => {
        await insertPlan(db, row);
        await sql`delete from plans where id in (
          select id from plans where created_by = ${row.createdBy} and applied_at is null
          order by created_at desc, id desc offset ${PLANS_MOST}::int)`.execute(db);
      }),
    applyPlan: (id, deployment) =>
      run(async (db) => {
        const { numAffectedRows } =
          await sql`update plans set applied_at = ${date(await clock(db))}, deployment = ${deployment}
          where id = ${id} and applied_at is null`.execute(db);
        return numAffectedRows === 1n;
      }),
  };
}

async function insertPlan(db: Sql, row: PlanRow): Promise<void> {
  const { id, kind, pool, target, createdBy, createdAt, expiresAt, secrets, seed, basis, deployment } = row;
  await sql`insert into plans
    (id, kind, pool, target, created_by, created_at, expires_at, request, secrets, seed, basis, shown, applied_at, deployment)
    values (${id}, ${kind}, ${pool}, ${target}, ${createdBy}, ${date(createdAt)}, ${date(expiresAt)}, ${json(row.request)},
      ${secrets}, ${seed}, ${basis}, ${json(row.shown)}, ${dateOrNull(row.appliedAt)}, ${deployment})`.execute(db);
}

/** Takes away what is not told any more; returns how many went. */
export async function prunePlans(db: Sql, { now, most }: { now: number; most: number }): Promise<number> {
  const over: RawBuilder<unknown> = sql`select id from plans where expires_at <= ${date(now - PLAN_KNOWN_MS)}
    order by expires_at limit ${most}::int for update skip locked`;
  const { numAffectedRows } = await sql`delete from plans where id in (${over})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

function toPlan(row: Row): PlanRow {
  const { created_by: createdBy, created_at, expires_at, applied_at, ...same } = row;
  return { ...same, createdBy, createdAt: ms(created_at), expiresAt: ms(expires_at), appliedAt: msOrNull(applied_at) };
}
