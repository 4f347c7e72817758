// Takes away what is over. Candidates are found by index, locked as far as nobody holds them, and looked at again under the lock.

import { type RawBuilder, sql } from "kysely";
import type { DeploymentId } from "../core/ids.ts";
import { RETENTION } from "../core/people/retention.ts";
import type { PruneLimits, Pruned, PruneReads, PruneWrites } from "../ports/pruning.ts";
import { prunePlans } from "./plans.ts";
import { date, msOrNull, type Sql, texts, openMachine } from "./rows.ts";
import type { Session } from "./session.ts";

export function readingKept({ run }: Session): PruneReads {
  return {
    kept: (id) =>
      run(async (db) => {
        const { rows } = await sql<{ steps_from: number; consoles: Date | null; ledger: Date | null }>`
          select steps_from, consoles_gone_at as consoles, ledger_gone_at as ledger from deployments where id = ${id}`.execute(
          db,
        );
        const [row] = rows;
        if (row === undefined) return null;
        const { steps_from: stepsFrom, consoles, ledger } = row;
        return { stepsFrom, consolesGoneAt: msOrNull(consoles), ledgerGoneAt: msOrNull(ledger) };
      }),
  };
}

export function pruning({ run, clock }: Session): PruneWrites {
  return { prune: (limits) => run(async (db) => prune(db, limits, await clock(db))) };
}

/** Of deployments `d`; `days` of pools `p`, which may be gone. */
interface Kind {
  readonly is: RawBuilder<unknown>;
  readonly since: RawBuilder<unknown>;
  readonly days: RawBuilder<unknown>;
}

const daysOf = (column: "steps_days" | "consoles_days" | "ledger_days", gone: number | null): RawBuilder<unknown> =>
  sql`(case when p.name is null then ${gone}::int else ${sql.ref(`p.${column}`)} end)`;

const OVER = sql`coalesce(d.deleted_at, d.ended_at)`;
const STEPS: Kind = {
  // What a webhook has not been told yet waits for that.
  is: sql`d.ended_at is not null and d.steps_from <= d.event_no
    and not exists (select 1 from webhook_lanes l where l.deployment = d.id)`,
  since: OVER,
  days: daysOf("steps_days", RETENTION.stepsDays),
};
const CONSOLES: Kind = {
  is: sql`d.ended_at is not null and d.consoles_gone_at is null`,
  since: OVER,
  days: daysOf("consoles_days", RETENTION.consolesDays),
};
const LEDGER: Kind = {
  is: sql`d.deleted_at is not null and not d.ledger_empty`,
  since: sql`d.deleted_at`,
  days: daysOf("ledger_days", RETENTION.ledgerDays),
};

const NOTHING_OPEN = sql`not exists (
  select 1 from machines m where m.deployment = d.id and ${openMachine(sql`m.state`)})`;

async function prune(db: Sql, { deployments: most, rows }: PruneLimits, now: number): Promise<Pruned> {
  const withSteps = await held(db, STEPS, await due(db, STEPS, { now, most }));
  const steps = await eachWithin(rows, withSteps, (id, left) => pruneSteps(db, id, left));
  const withConsoles = await held(db, CONSOLES, await due(db, CONSOLES, { now, most }));
  const consoles = await eachWithin(rows, withConsoles, (id, left) => pruneConsoles(db, id, { left, now }));
  const withLedger = await held(db, LEDGER, await due(db, LEDGER, { now, most }));
  let machines = 0;
  await eachWithin(rows, withLedger, async (id, left) => {
    const taken = await pruneLedger(db, id, { left, now });
    machines += taken.machines;
    return taken.rows;
  });
  const withSecrets = await pruneSecrets(db, most);
  const plans = await prunePlans(db, { now, most: rows });
  const isMore = [withSteps.length, withConsoles.length, withLedger.length, withSecrets, plans].some(
    (count) => count > 0,
  );
  return { steps, consoles, machines, secrets: withSecrets, plans, isMore };
}

/** One after the other, for as long as there is something left of `most`; returns how much was taken in all. */
async function eachWithin(
  most: number,
  ids: readonly DeploymentId[],
  take: (id: DeploymentId, left: number) => Promise<number>,
): Promise<number> {
  let taken = 0;
  for (const id of ids) {
    if (taken >= most) break;
    taken += await take(id, most - taken);
  }
  return taken;
}

/** Each pool from its oldest on: one whose rows are kept for ever stands before no other. */
async function due(
  db: Sql,
  { is, since, days }: Kind,
  { now, most }: { now: number; most: number },
): Promise<readonly DeploymentId[]> {
  const { rows } = await sql<{ id: DeploymentId }>`
    with recursive names as (
      (select pool from deployments order by pool limit 1)
      union all
      select (select d.pool from deployments d where d.pool > n.pool order by d.pool limit 1)
      from names n where n.pool is not null
    )
    select f.id from names n left join pools p on p.name = n.pool cross join lateral (
      select d.id from deployments d
      where d.pool = n.pool and ${is} and ${since} <= ${date(now)}::timestamptz - ${days} * interval '24 hours' and ${NOTHING_OPEN}
      order by ${since} limit ${most}::int
    ) f where n.pool is not null limit ${most}::int`.execute(db);
  return rows.map(({ id }) => id);
}

/** Locked first: only the next statement surely sees what the holder before has committed. */
async function held(db: Sql, { is }: Pick<Kind, "is">, ids: readonly DeploymentId[]): Promise<readonly DeploymentId[]> {
  if (ids.length === 0) return [];
  const { rows: locked } = await sql<{ id: DeploymentId }>`
    select id from deployments where id = any(${texts(ids)}) order by id for no key update skip locked`.execute(db);
  const { rows } = await sql<{ id: DeploymentId }>`
    select d.id from deployments d
    where d.id = any(${texts(locked.map(({ id }) => id))}) and ${is} and ${NOTHING_OPEN} order by d.id`.execute(db);
  return rows.map(({ id }) => id);
}

async function pruneSteps(db: Sql, id: DeploymentId, left: number): Promise<number> {
  await sql`update deployments set steps_from = least(event_no + 1, steps_from + ${left}::int) where id = ${id}`.execute(
    db,
  );
  return await removed(
    db,
    sql`delete from events where deployment = ${id}
      and no < (select steps_from from deployments where id = ${id})`,
  );
}

interface Limit {
  readonly left: number;
  readonly now: number;
}

/** With less than could be taken none is left. */
async function pruneConsoles(db: Sql, id: DeploymentId, { left, now }: Limit): Promise<number> {
  const count = await removed(
    db,
    sql`delete from evidence where machine in (
      select e.machine from machines m join evidence e on e.machine = m.id where m.deployment = ${id} limit ${left}::int)`,
  );
  if (count < left) await sql`update deployments set consoles_gone_at = ${date(now)} where id = ${id}`.execute(db);
  return count;
}

/** Machines first, with their consoles, then their placements, and at last the attempts: what is left makes sense by itself. */
async function pruneLedger(
  db: Sql,
  id: DeploymentId,
  { left, now }: Limit,
): Promise<{ readonly machines: number; readonly rows: number }> {
  const some = sql`select id from machines where deployment = ${id} order by id limit ${left}::int`;
  await sql`delete from evidence where machine in (${some})`.execute(db);
  const machines = await removed(db, sql`delete from machines where id in (${some})`);
  const placements = await removed(
    db,
    sql`delete from placements where ctid in (
      select ctid from placements where deployment = ${id} limit ${left - machines}::int)`,
  );
  const rows = machines + placements;
  const isEmpty = rows < left;
  if (isEmpty) await sql`delete from attempts where deployment = ${id}`.execute(db);
  await sql`update deployments set ledger_empty = ${isEmpty}, ledger_gone_at = coalesce(ledger_gone_at, ${date(now)}::timestamptz),
    consoles_gone_at = coalesce(consoles_gone_at, ${date(now)}::timestamptz) where id = ${id}`.execute(db);
  return { machines, rows };
}

async function removed(db: Sql, statement: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows } = await statement.execute(db);
  return Number(numAffectedRows ?? 0n);
}

const SECRETS = sql`d.deleted_at is not null and d.secrets is not null`;

/** What is open may still repeat them, and they are taken out of its texts. */
async function pruneSecrets(db: Sql, most: number): Promise<number> {
  const { rows } = await sql<{ id: DeploymentId }>`
    select d.id from deployments d where ${SECRETS} and ${NOTHING_OPEN} order by d.deleted_at limit ${most}::int`.execute(
    db,
  );
  const ids = await held(
    db,
    { is: SECRETS },
    rows.map(({ id }) => id),
  );
  if (ids.length > 0) await sql`update deployments set secrets = null where id = any(${texts(ids)})`.execute(db);
  return ids.length;
}

/** Consoles that are kept after those of their deployment went are to go as well. */
export async function keepAgain(db: Sql, machines: readonly string[]): Promise<void> {
  if (machines.length === 0) return;
  await sql`update deployments set consoles_gone_at = null where consoles_gone_at is not null
    and id in (select deployment from machines where id = any(${texts(machines)}))`.execute(db);
}
