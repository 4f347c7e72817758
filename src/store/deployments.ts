// Deployments: rows, the launch itself, and the locks that advance works under.

import { type RawBuilder, sql } from "kysely";
import type { Deployment, DeploymentHead, Parking } from "../core/deployment.ts";
import type { AccountId, DeploymentId } from "../core/ids.ts";
import type { NewDeployment, Reads, Tx } from "../ports/store.ts";
import { eventRow } from "./events.ts";
import { instanceRow } from "./instances.ts";
import { revisionRow } from "./revisions.ts";
import {
  date,
  dateOrNull,
  insertTogether,
  listed,
  ms,
  msOrNull,
  only,
  type Sql,
  texts,
  updateRows,
  type Writing,
} from "./rows.ts";
import type { DeploymentRow } from "./schema.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

/** Of a new one; changed by pruning.ts alone. */
const ALL_KEPT = { steps_from: 1, consoles_gone_at: null, ledger_gone_at: null, ledger_empty: false } as const;

/** What may be large or secret: only who needs it reads it. */
type HeavyColumns =
  | keyof typeof ALL_KEPT
  | "blueprint"
  | "seed"
  | "secrets"
  | "source"
  | "request_key"
  | "request_digest";
export type DeploymentHeadRow = Omit<DeploymentRow, HeavyColumns>;

/** The columns of a head, of deployments `d`. */
export const HEAD = listed(
  (
    [
      "id",
      "name",
      "pool",
      "state",
      "since",
      "blueprint_name",
      "policy",
      "partial",
      "attempt_no",
      "revision_no",
      "event_no",
      "created_at",
      "created_by",
      "first_running_at",
      "all_running_at",
      "lease_ends_at",
      "lease_warned",
      "study_since",
      "study_until",
      "studied_ms",
      "ended_at",
      "failure",
      "relaunch",
      "cancel_asked_at",
      "removing_at",
      "stop_asked_at",
      "delete_asked_at",
      "abandon_debt",
      "deleted_at",
      "relaunch_of",
      "traceparent",
      "successor",
      "resumed_at",
      "resumes",
      "wake_at",
      "parked_since",
      "parked_tries",
      "parked_text",
    ] as const satisfies readonly (keyof DeploymentHeadRow)[]
  ).map((column) => `d.${column}`),
);

export type WholeRow = DeploymentHeadRow & Pick<DeploymentRow, "blueprint" | "seed">;

/** The columns of a whole one, of deployments `d`. */
export const WHOLE = sql`${HEAD}, d.blueprint, d.seed`;

export function toDeployment(row: WholeRow): Deployment {
  return { ...toHead(row), blueprint: row.blueprint, seed: row.seed };
}

export function toHead(row: DeploymentHeadRow): DeploymentHead {
  return {
    id: row.id,
    name: row.name,
    pool: row.pool,
    state: row.state,
    since: ms(row.since),
    blueprint: { name: row.blueprint_name, policy: row.policy },
    partial: row.partial,
    attemptNo: row.attempt_no,
    revisionNo: row.revision_no,
    eventNo: row.event_no,
    createdAt: ms(row.created_at),
    createdBy: row.created_by,
    firstRunningAt: msOrNull(row.first_running_at),
    allRunningAt: msOrNull(row.all_running_at),
    leaseEndsAt: msOrNull(row.lease_ends_at),
    leaseWarned: row.lease_warned,
    studySince: msOrNull(row.study_since),
    studyUntil: msOrNull(row.study_until),
    studiedMs: row.studied_ms,
    endedAt: msOrNull(row.ended_at),
    failure: row.failure,
    relaunch: row.relaunch,
    cancelAskedAt: msOrNull(row.cancel_asked_at),
    removingAt: msOrNull(row.removing_at),
    stopAskedAt: msOrNull(row.stop_asked_at),
    deleteAskedAt: msOrNull(row.delete_asked_at),
    abandonDebt: row.abandon_debt,
    deletedAt: msOrNull(row.deleted_at),
    relaunchOf: row.relaunch_of,
    traceparent: row.traceparent,
    successor: row.successor,
    resumedAt: msOrNull(row.resumed_at),
    resumes: row.resumes,
    parked: toParking(row),
    wakeAt: msOrNull(row.wake_at),
  };
}

function toParking({ parked_since: since, parked_tries: tries, parked_text: text }: DeploymentHeadRow): Parking | null {
  return since === null || text === null ? null : { since: ms(since), tries, text };
}

/** What a decision may change. The blueprint is not among it: it is large, and fixed at launch. */
function movingColumns(deployment: Deployment) {
  return {
    id: deployment.id,
    state: deployment.state,
    since: date(deployment.since),
    attempt_no: deployment.attemptNo,
    revision_no: deployment.revisionNo,
    event_no: deployment.eventNo,
    first_running_at: dateOrNull(deployment.firstRunningAt),
    all_running_at: dateOrNull(deployment.allRunningAt),
    lease_ends_at: dateOrNull(deployment.leaseEndsAt),
    lease_warned: deployment.leaseWarned,
    study_since: dateOrNull(deployment.studySince),
    study_until: dateOrNull(deployment.studyUntil),
    studied_ms: deployment.studiedMs,
    ended_at: dateOrNull(deployment.endedAt),
    failure: deployment.failure,
    relaunch: deployment.relaunch,
    cancel_asked_at: dateOrNull(deployment.cancelAskedAt),
    removing_at: dateOrNull(deployment.removingAt),
    stop_asked_at: dateOrNull(deployment.stopAskedAt),
    delete_asked_at: dateOrNull(deployment.deleteAskedAt),
    abandon_debt: deployment.abandonDebt,
    deleted_at: dateOrNull(deployment.deletedAt),
    successor: deployment.successor,
    wake_at: dateOrNull(deployment.wakeAt),
    parked_since: dateOrNull(deployment.parked?.since ?? null),
    parked_tries: deployment.parked?.tries ?? 0,
    parked_text: deployment.parked?.text ?? null,
  };
}

function newColumns({ deployment, secrets, source, requestKey }: NewDeployment): DeploymentRow {
  return {
    ...movingColumns(deployment),
    name: deployment.name,
    pool: deployment.pool,
    blueprint: deployment.blueprint,
    blueprint_name: deployment.blueprint.name,
    policy: deployment.blueprint.policy,
    partial: deployment.partial,
    seed: deployment.seed,
    relaunch_of: deployment.relaunchOf,
    traceparent: deployment.traceparent,
    resumed_at: dateOrNull(deployment.resumedAt),
    resumes: deployment.resumes,
    created_at: date(deployment.createdAt),
    created_by: deployment.createdBy,
    secrets,
    source,
    request_key: requestKey?.key ?? null,
    request_digest: requestKey?.digest ?? null,
    ...ALL_KEPT,
  };
}

/** Writes rows that are locked already. */
export async function updateDeployments(db: Writing, deployments: readonly Deployment[]): Promise<void> {
  await updateRows(db, { table: "deployments", key: ["id"] }, deployments.map(movingColumns));
}

export function readingDeployments({
  run,
}: Session): Pick<
  Reads,
  "deployment" | "deploymentHead" | "secretsOf" | "secretSetsOf" | "asideSecrets" | "launchSource" | "deploymentsNamed"
> {
  return {
    deployment: (id) =>
      run(async (db) => {
        const { rows } = await sql<WholeRow>`select ${WHOLE} from deployments d where d.id = ${id}`.execute(db);
        return rows[0] === undefined ? null : toDeployment(rows[0]);
      }),
    deploymentHead: (id) =>
      run(async (db) => {
        const { rows } = await sql<DeploymentHeadRow>`select ${HEAD} from deployments d where d.id = ${id}`.execute(db);
        return rows[0] === undefined ? null : toHead(rows[0]);
      }),
    secretsOf: (ids) =>
      run(async (db) => {
        const { rows } = await sql<{ id: DeploymentId; secrets: string }>`
          select id, secrets from deployments where id = any(${texts(ids)}) and secrets is not null`.execute(db);
        return new Map(rows.map(({ id, secrets }) => [id, secrets]));
      }),
    secretSetsOf: (ids) =>
      run(async (db) => {
        const { rows } = await sql<{ id: DeploymentId; sets: string[] }>`select id, array_agg(secrets) sets from (
            select id, secrets from deployments where id = any(${texts(ids)})
            union all select deployment, aside_secrets from revisions where deployment = any(${texts(ids)})
          ) of_either where secrets is not null group by id`.execute(db);
        return new Map(rows.map(({ id, sets }) => [id, sets]));
      }),
    asideSecrets: (id) =>
      run(async (db) => {
        const { rows } = await sql<{ secrets: string }>`
          select aside_secrets secrets from revisions where deployment = ${id} and aside_secrets is not null`.execute(
          db,
        );
        return rows[0]?.secrets ?? null;
      }),
    launchSource: (id) =>
      run(async (db) => {
        const { rows } = await sql<{ source: string }>`select source from deployments where id = ${id}`.execute(db);
        return rows[0]?.source ?? null;
      }),
    deploymentsNamed: (name, pool) =>
      run(async (db) => {
        const inPool = pool === undefined ? sql`true` : sql`d.pool = ${pool}`;
        const { rows } = await sql<DeploymentHeadRow>`select ${HEAD} from deployments d
          where d.name = ${name} and d.deleted_at is null and d.successor is null and ${inPool} order by d.id`.execute(
          db,
        );
        return rows.map(toHead);
      }),
  };
}

type Locking = Pick<Tx, "lockDue" | "lock" | "wakeSeekers" | "wakeParked" | "insertDeployment" | "requestKey">;

export function lockingDeployments({ run, clock, timed, thenTime, notices }: Session): Locking {
  return {
    lockDue: (limit) =>
      run(async (db) => {
        const { now, ids } = only(await timed(db, lockingDue(limit)));
        return { now: ms(now), ids };
      }),
    lock: (ids) =>
      run(async (db) => {
        const { rows, now } = await thenTime(db, locking(ids));
        return { now, ids: rows.map(({ id }) => id) };
      }),
    wakeSeekers: async (id) => {
      const woken = await run(async (db) => wakeSeekers(db, id, await clock(db)));
      if (woken > 0) notices.due();
      return woken;
    },
    wakeParked: async () => {
      const woken = await run(async (db) => {
        // Locked in order, as all lock them.
        const { rows } = await sql<{ id: string }>`
          update deployments d set wake_at = ${date(await clock(db))} from (
            select id from deployments where parked_since is not null order by id for no key update
          ) p where d.id = p.id returning d.id`.execute(db);
        return rows.length;
      });
      if (woken > 0) notices.due();
      return woken;
    },
    insertDeployment: (given) =>
      run(async (db) => {
        await insertDeployment(db, given);
        notices.due();
        notices.events(given.events);
      }),
    requestKey: (key) =>
      run(async (db) => {
        const { rows } = await sql<{ deployment: DeploymentId; digest: string }>`
          select id as deployment, request_digest as digest from deployments where request_key = ${key}`.execute(db);
        return rows[0] ?? null;
      }),
  };
}

/** An advisory lock of whoever decides what is due. */
const DECIDING = 20_041;

/**
 * One transaction at a time takes what is due: what comes meanwhile is the next one's, all together. Others would take a few each, and then wait for
 * each other's choices.
 */
function lockingDue(limit: number): RawBuilder<TimeColumns & { readonly ids: readonly DeploymentId[] }> {
  return sql`
    with time as materialized (${TIME}),
    turn as materialized (select pg_try_advisory_xact_lock(${DECIDING}::int, hashtext(current_schema())) as is_ours),
    due as (
      select id from deployments where wake_at <= (select now from time) and (select is_ours from turn)
      order by wake_at, id limit ${limit}::int for no key update skip locked
    )
    select time.*, array(select id from due) as ids from time`;
}

/** Their time is read when the locks are held: whoever held them before has written nothing later than that. */
const locking = (ids: readonly DeploymentId[]): RawBuilder<{ readonly id: DeploymentId }> =>
  sql`select id from deployments where id = any(${texts(ids)}) order by id for no key update`;

async function wakeSeekers(db: Sql, account: AccountId, now: number): Promise<number> {
  const { rows } = await sql`
    with seeking as materialized (
      select id from deployments where state = 'rollback_failed' and wake_at > ${date(now)}
        and pool in (select pool from pool_members where account = ${account})
      order by id for no key update
    )
    update deployments d set wake_at = ${date(now)} from seeking where d.id = seeking.id returning d.id`.execute(db);
  return rows.length;
}

async function insertDeployment(db: Sql, given: NewDeployment): Promise<void> {
  await insertTogether(db, {
    deployments: [newColumns(given)],
    revisions: [revisionRow(given.revision)],
    instances: given.instances.map((instance, position) => ({ ...instanceRow(instance), position })),
    events: given.events.map(eventRow),
  });
}
