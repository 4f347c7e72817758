// Takes away what is over. Candidates are found by index, locked as far as nobody holds them, and looked at again under the lock.

import { type RawBuilder, sql } from "kysely";
import type { DeploymentId } from "../core/ids.ts";
import { RETENTION } from "../core/people/retention.ts";
import type { PruneLimits, Pruned, PruneReads, PruneWrites } from "../ports/pruning.ts";
import { date, msOrNull, type Sql, texts } from "./rows.ts";
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
  is: sql`d.ended_at is not null and d.steps_from <= d.event_no`,
  since: OVER,
  days: daysOf("steps_days", RETENTION.stepsDays),
};
const CONSOLES: Kind = {
  is: sql`d.ended_at is not null and d.consoles_gone_at is null`,
  since: OVER,
  days: daysOf("consoles_days", RETENTION.consolesDays),
};
const LEDGER: Kind = {
  is: sql`d.deleted_at is not null and d.ledger_gone_at is null`,
  since: sql`d.deleted_at`,
  days: daysOf("ledger_days", RETENTION.ledgerDays),
};

const NOTHING_OPEN = sql`not exists (
  select 1 from machines m where m.deployment = d.id and m.state in ('intent', 'in_doubt', 'made'))`;

async function prune(db: Sql, limits: PruneLimits, now: number): Promise<Pruned> {
  const most = limits.deployments;
  const withSteps = await held(db, STEPS, await due(db, STEPS, { now, most }));
  const steps = await pruneSteps(db, withSteps, limits.steps);
  const withConsoles = await held(db, CONSOLES, await due(db, CONSOLES, { now, most }));
  const consoles = await pruneConsoles(db, withConsoles, now);
  const withLedger = await held(db, LEDGER, await due(db, LEDGER, { now, most }));
  const machines = await pruneLedger(db, withLedger, now);
  const withSecrets = await pruneSecrets(db, most);
  const isMore = [withSteps.length, withConsoles.length, withLedger.length, withSecrets].some((count) => count > 0);
  return { steps, consoles, machines, secrets: withSecrets, isMore };
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

async function pruneSteps(db: Sql, ids: readonly DeploymentId[], most: number): Promise<number> {
  if (ids.length === 0) return 0;
  const { numAffectedRows } = await sql`
    delete from events e using deployments d
    where d.id = any(${texts(ids)}) and e.deployment = d.id and e.no < d.steps_from + ${most}::int`.execute(db);
  await sql`update deployments set steps_from = least(event_no + 1, steps_from + ${most}::int)
    where id = any(${texts(ids)})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

async function pruneConsoles(db: Sql, ids: readonly DeploymentId[], now: number): Promise<number> {
  if (ids.length === 0) return 0;
  const { numAffectedRows } = await sql`
    delete from evidence e using machines m where m.deployment = any(${texts(ids)}) and m.id = e.machine`.execute(db);
  await sql`update deployments set consoles_gone_at = ${date(now)} where id = any(${texts(ids)})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Its consoles belong to it. */
async function pruneLedger(db: Sql, ids: readonly DeploymentId[], now: number): Promise<number> {
  if (ids.length === 0) return 0;
  const theirs = texts(ids);
  await pruneConsoles(db, ids, now);
  const { numAffectedRows } = await sql`delete from machines where deployment = any(${theirs})`.execute(db);
  await sql`delete from placements where deployment = any(${theirs})`.execute(db);
  await sql`delete from attempts where deployment = any(${theirs})`.execute(db);
  await sql`update deployments set ledger_gone_at = ${date(now)} where id = any(${theirs})`.execute(db);
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
