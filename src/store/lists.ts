// The list of deployments, and when the next row of each kind is due.

import { type RawBuilder, sql } from "kysely";
import type { AttemptOutcome } from "../core/deployment.ts";
import type { DeploymentId } from "../core/ids.ts";
import { DEPLOYMENT_STATES } from "../core/states.ts";
import type { DeploymentFilter, DeploymentSummary, Reads } from "../ports/store.ts";
import { allowed } from "./calls.ts";
import { type DeploymentHeadRow, HEAD, toHead } from "./deployments.ts";
import { JOB } from "./pace.ts";
import { ms, msOrNull, only, type Sql, storable, texts, openMachine } from "./rows.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

export function readingLists({ run, timed }: Session): Pick<Reads, "nextDue" | "deployments"> {
  return {
    nextDue: () =>
      run(async (db) => {
        const { now, advance, call, probe, poll } = only(await timed(db, NEXT_DUE));
        return {
          now: ms(now),
          advance: msOrNull(advance),
          call: msOrNull(call),
          probe: msOrNull(probe),
          poll: msOrNull(poll),
        };
      }),
    deployments: (filter) => run((db) => deployments(db, filter)),
  };
}

interface DueColumns extends TimeColumns {
  readonly advance: Date | null;
  readonly call: Date | null;
  readonly probe: Date | null;
  readonly poll: Date | null;
}

/** Of machines under a claim, by account; `time` is a row before it. */
export const BUSY = sql`
  busy as (
    select m.account, count(distinct ${JOB}) as calls, coalesce(bool_or(m.call = 'look'), false) as looks,
      coalesce(bool_or(m.call = 'lookup'), false) as lookups
    from machines m where m.claimed_until > (select now from time) group by m.account
  )`;

/** When the call of machine `m` of account `a` is due. */
export const CALL_TIME = sql`greatest(m.call_at, m.claimed_until, a.limiter_paused_until)`;

/** Machines `m` of accounts `a` that have a call which neither the switch nor the limiter holds back, or is under a claim. */
export const WAITING_CALL = sql`machines m join accounts a on a.id = m.account left join busy on busy.account = a.id
      where m.call_at is not null and ${allowed(sql`(select now from time)`)}
        and (m.claimed_until > (select now from time)
          or (coalesce(busy.calls, 0) < greatest(1, floor(a.limiter_parallel)) and not (coalesce(busy.looks, false) and m.call = 'look')
            and not (coalesce(busy.lookups, false) and m.call = 'lookup')))`;

/** Of instance `i`. */
export const PROBE_TIME = sql`greatest(i.probe_at, i.probe_claimed_until)`;

export const POLL_TIME = sql`greatest(poll_at, poll_claimed_until, limiter_paused_until)`;

const NEXT_DUE: RawBuilder<DueColumns> = sql`
  with time as materialized (${TIME}), ${BUSY}
  select time.*,
    (select min(wake_at) from deployments) as advance,
    (select min(${CALL_TIME}) from ${WAITING_CALL}) as call,
    (
      select min(${PROBE_TIME}) from instances i join machines m on m.id = i.machine
      where i.probe_at is not null
    ) as probe,
    (select min(${POLL_TIME}) from accounts) as poll
  from time`;

type SummaryRow = DeploymentHeadRow & {
  attempt_account: string | null;
  attempt_outcome: AttemptOutcome | null;
  attempt_ended_at: Date | null;
  instance_count: number;
  ready_count: number;
  debt_count: number;
};

/** A search takes all that have the name, when they are no more; else it goes through the list. */
const FEW = 1_000;
/** So many rows of the list are gone through for a page. */
const WALK_MOST = 5_000;

/** Of a page: those that it may show and one more, and where the list was left when there is more than was gone through. */
interface Found {
  readonly ids: readonly DeploymentId[];
  readonly left: Place | null;
}

interface Place {
  readonly at: Date;
  readonly id: string;
}

const cursorAt = ({ at, id }: Place): string => `${ms(at)} ${id}`;

async function deployments(
  db: Sql,
  filter: DeploymentFilter,
): Promise<{ rows: readonly DeploymentSummary[]; next: string | null }> {
  const { ids, left } = await find(db, filter);
  const rows = await summaries(db, ids.slice(0, filter.limit));
  const last = rows.at(-1);
  if (last === undefined || ids.length <= filter.limit) {
    return { rows: rows.map(toSummary), next: left === null ? null : cursorAt(left) };
  }
  return { rows: rows.map(toSummary), next: cursorAt({ at: last.created_at, id: last.id }) };
}

async function find(db: Sql, filter: DeploymentFilter): Promise<Found> {
  const { search = "" } = filter;
  if (search === "") return walk(db, filter, filter.limit);
  // Of fewer letters nothing is kept.
  const few = Array.from(search).length < 3 ? null : await allNamed(db, search);
  return few === null ? walk(db, filter, WALK_MOST) : { ids: await among(db, few, filter), left: null };
}

/** All with this part in their names; null when they are many. */
async function allNamed(db: Sql, search: string): Promise<readonly string[] | null> {
  const { rows } = await sql<{ id: string }>`
    select deployment as id from deployment_names where trigrams(name) @> trigrams(${storable(search)}) limit ${FEW + 1}::int`.execute(
    db,
  );
  return rows.length > FEW ? null : rows.map(({ id }) => id);
}

async function among(db: Sql, few: readonly string[], filter: DeploymentFilter): Promise<DeploymentId[]> {
  const { states = DEPLOYMENT_STATES, deleted } = filter;
  const all = [sql`d.id = any(${texts(few)})`, hasName(filter), sql`d.state = any(${texts(states)})`];
  if (deleted !== true) all.push(sql`d.deleted_at is null`);
  all.push(...inPools(filter), ...after(filter));
  const { rows } = await sql<{ id: DeploymentId }>`
    select d.id from deployments d where ${sql.join(all, sql` and `)}
    order by d.created_at desc, d.id desc limit ${filter.limit + 1}::int`.execute(db);
  return rows.map(({ id }) => id);
}

/** Goes through the newest `most` of what the filter takes but for the name. */
async function walk(db: Sql, filter: DeploymentFilter, most: number): Promise<Found> {
  const { states = DEPLOYMENT_STATES, deleted } = filter;
  if (states.length === 0) return { ids: [], left: null };
  // Each is an index from its newest row on, and their merge reads little more than it gives. Without limits of their own they would be
  // sorted together.
  const branches = [...new Set(states)].flatMap((state) =>
    (deleted === true ? [0, 1] : [1]).map((isShown) => {
      const all = [
        ...inPools(filter),
        sql`d.state = ${state}`,
        sql`(d.deleted_at is null)::int = ${isShown}::int`,
        ...after(filter),
      ];
      return sql`select * from (select d.created_at, d.id, d.name from deployments d where ${sql.join(all, sql` and `)}
        order by created_at desc, id desc limit ${most + 1}::int) one`;
    }),
  );
  const { rows } = await sql<{ ids: DeploymentId[]; left_at: Date | null; left_id: string | null }>`
    with gone_through as materialized (
      select d.*, row_number() over (order by d.created_at desc, d.id desc) as place from (
        ${sql.join(branches, sql` union all `)} order by created_at desc, id desc limit ${most + 1}::int
      ) d
    ),
    last as (
      select created_at, id from gone_through
      where place = ${most}::int and exists (select 1 from gone_through where place > ${most}::int)
    )
    select (select created_at from last) as left_at, (select id from last) as left_id,
      array(
        select d.id from gone_through d where d.place <= ${most}::int and ${hasName(filter)}
        order by d.place limit ${filter.limit + 1}::int
      ) as ids`.execute(db);
  const { ids, left_at: at, left_id: id } = only(rows);
  return { ids, left: at === null || id === null ? null : { at, id } };
}

function inPools({ pool, pools }: DeploymentFilter): RawBuilder<unknown>[] {
  const one = pool === undefined ? [] : [sql`d.pool = ${pool}`];
  return pools === undefined ? one : [...one, sql`d.pool = any(${texts(pools)})`];
}

const hasName = ({ search = "" }: DeploymentFilter): RawBuilder<unknown> =>
  search === "" ? sql`true` : sql`strpos(lower(d.name), lower(${storable(search)})) > 0`;

/** The cursor is the place of the last row: its time and its id. */
function after({ cursor }: DeploymentFilter): RawBuilder<unknown>[] {
  if (cursor === undefined) return [];
  const [at = "", id = ""] = cursor.split(" ");
  return [sql`(d.created_at, d.id) < (${new Date(Number(at))}::timestamptz, ${id})`];
}

/** Newest first. The attempt of each by its key: joined, some ten thousand of them would be gone through for a page. */
async function summaries(db: Sql, ids: readonly DeploymentId[]): Promise<readonly SummaryRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<SummaryRow>`
    select ${HEAD}, t.account_name as attempt_account, t.outcome as attempt_outcome, t.ended_at as attempt_ended_at,
      (select count(*)::int from instances i where i.deployment = d.id) as instance_count,
      (select count(*)::int from instances i where i.deployment = d.id and i.ready_at is not null) as ready_count,
      (
        select count(*)::int from machines m
        where m.deployment = d.id and m.debt_since is not null and ${openMachine(sql`m.state`)}
      ) as debt_count
    from deployments d left join lateral (
      select * from attempts where deployment = d.id and no = d.attempt_no limit 1
    ) t on true
    where d.id = any(${texts(ids)})
    order by d.created_at desc, d.id desc`.execute(db);
  return rows;
}

function toSummary(row: SummaryRow): DeploymentSummary {
  const { attempt_account: account, attempt_outcome: outcome, attempt_ended_at: endedAt } = row;
  return {
    deployment: toHead(row),
    attempt: account === null ? null : { account, outcome, endedAt: msOrNull(endedAt) },
    instanceCount: row.instance_count,
    readyCount: row.ready_count,
    debtCount: row.debt_count,
  };
}
