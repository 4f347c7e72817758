// The list of deployments, and when the next row of each kind is due.

import { type RawBuilder, sql } from "kysely";
import type { AttemptOutcome } from "../core/deployment.ts";
import type { DeploymentFilter, DeploymentSummary, Reads } from "../ports/store.ts";
import { ALLOWED } from "./calls.ts";
import { toDeployment } from "./deployments.ts";
import { JOB } from "./pace.ts";
import { ms, msOrNull, only, type Sql, storable, texts } from "./rows.ts";
import type { DeploymentRow } from "./schema.ts";
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

const NEXT_DUE: RawBuilder<DueColumns> = sql`
  with time as materialized (${TIME}),
  busy as (
    select m.account, count(distinct ${JOB}) as calls, coalesce(bool_or(m.call = 'look'), false) as looks
    from machines m where m.claimed_until > (select now from time) group by m.account
  )
  select time.*,
    (select min(wake_at) from deployments) as advance,
    (
      select min(greatest(m.call_at, m.claimed_until, a.limiter_paused_until))
      from machines m join accounts a on a.id = m.account left join busy on busy.account = a.id
      where m.call_at is not null and ${ALLOWED}
        and (m.claimed_until > (select now from time)
          or (coalesce(busy.calls, 0) < floor(a.limiter_parallel) and not (coalesce(busy.looks, false) and m.call = 'look')))
    ) as call,
    (
      select min(greatest(i.probe_at, i.probe_claimed_until)) from instances i join machines m on m.id = i.machine
      where i.probe_at is not null
    ) as probe,
    (select min(greatest(poll_at, poll_claimed_until, limiter_paused_until)) from accounts) as poll
  from time`;

type SummaryRow = DeploymentRow & {
  attempt_account: string | null;
  attempt_outcome: AttemptOutcome | null;
  attempt_ended_at: Date | null;
  instance_count: number;
  ready_count: number;
  debt_count: number;
};

/** The cursor is the place of the last row: its time and its id. */
async function deployments(
  db: Sql,
  filter: DeploymentFilter,
): Promise<{ rows: readonly DeploymentSummary[]; next: string | null }> {
  const { rows } = await sql<SummaryRow>`
    select d.*, t.account_name as attempt_account, t.outcome as attempt_outcome, t.ended_at as attempt_ended_at,
      (select count(*)::int from instances i where i.deployment = d.id) as instance_count,
      (select count(*)::int from instances i where i.deployment = d.id and i.ready_at is not null) as ready_count,
      (
        select count(*)::int from machines m
        where m.deployment = d.id and m.debt_since is not null and m.state in ('intent', 'in_doubt', 'made')
      ) as debt_count
    from deployments d left join attempts t on t.deployment = d.id and t.no = d.attempt_no
    where ${sql.join(conditions(filter), sql` and `)}
    order by d.created_at desc, d.id desc limit ${filter.limit + 1}::int`.execute(db);
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  return {
    rows: page.map(toSummary),
    next: last === undefined || rows.length === page.length ? null : `${ms(last.created_at)} ${last.id}`,
  };
}

function conditions(filter: DeploymentFilter): RawBuilder<unknown>[] {
  const all = [sql`true`];
  if (filter.deleted !== true) all.push(sql`d.deleted_at is null`);
  if (filter.pool !== undefined) all.push(sql`d.pool = ${filter.pool}`);
  if (filter.states !== undefined) all.push(sql`d.state = any(${texts(filter.states)})`);
  if (filter.search !== undefined) all.push(sql`strpos(lower(d.name), lower(${storable(filter.search)})) > 0`);
  if (filter.cursor !== undefined) {
    const [at = "", id = ""] = filter.cursor.split(" ");
    all.push(sql`(d.created_at, d.id) < (${new Date(Number(at))}::timestamptz, ${id})`);
  }
  return all;
}

function toSummary(row: SummaryRow): DeploymentSummary {
  const { attempt_account: account, attempt_outcome: outcome, attempt_ended_at: endedAt } = row;
  return {
    deployment: toDeployment(row),
    attempt: account === null ? null : { account, outcome, endedAt: msOrNull(endedAt) },
    instanceCount: row.instance_count,
    readyCount: row.ready_count,
    debtCount: row.debt_count,
  };
}
