// Claims of due calls.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import type { Call } from "../core/machine.ts";
import { type ClaimedCall, DUE_MOST, type EndedClaim, LOOK_AHEAD_MS } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { counting, JOB } from "./pace.ts";
import { date, dateOrNull, json, ms, only, type Sql, texts } from "./rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

/**
 * Whether the call of machine `m` is let through at `now`: by the switch of account `a`, which lets through what looks at a machine or ends
 * it, and by a hold, which keeps from ending what was asked for before the database was put back.
 */
export function allowed(now: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`((a.enabled or not (m.call = 'start' or (m.call = 'create' and m.sent_at is null)))
    and not (m.call = 'destroy' and exists (select 1 from hold h where h.until > ${now} and m.intent_at <= h.restored_at)))`;
}

export function calling({
  run,
  clock,
  timed,
  notices,
  claims: ends,
}: Session): Pick<Tx, "claimCalls" | "renewClaims" | "keepHandle" | "endClaims"> {
  return {
    claimCalls: (limit, claimMs) =>
      run(async (db) => {
        const { now, ids } = only(await timed(db, lockingCallable()));
        return ids.length === 0 ? [] : claimCalls(db, { accounts: ids, limit, claimMs, now: ms(now) });
      }),
    renewClaims: (claims, claimMs) => run(async (db) => fenced(db, claims, (await clock(db)) + claimMs)),
    keepHandle: ({ machine, callNo }, handle) =>
      run(async (db) => {
        const { rows } = await sql<{ wanted: boolean }>`
          update machines set handle = ${json(handle)} where id = ${machine.id} and call_no = ${callNo}
          returning undo_asked_at is null as wanted`.execute(db);
        return rows[0]?.wanted ?? false;
      }),
    endClaims: async (claims) => {
      const held = await run(async (db) => {
        const known = claims.map((claim) => ends.end(claim));
        const rest = await fenced(
          db,
          claims.filter((_, at) => known[at] === null),
          null,
        );
        const others = rest[Symbol.iterator]();
        return known.map((one) => one ?? others.next().value === true);
      });
      if (held.includes(true)) notices.due();
      return held;
    },
  };
}

/**
 * The accounts are locked by a statement of their own: only the next one surely sees what the claimer before has committed, and
 * so keeps the limiter's bound over all of them. An account that another transaction holds is left out: its commit wakes us.
 */
function lockingCallable(): RawBuilder<TimeColumns & { readonly ids: readonly AccountId[] }> {
  const now = sql`(select now from time)`;
  return sql`
    with time as materialized (${TIME}),
    callable as (
      select a.id from accounts a
      where (a.limiter_paused_until is null or a.limiter_paused_until <= ${now})
        and exists (
          select 1 from machines m where m.account = a.id and m.call_at <= ${now}
            and (m.claimed_until is null or m.claimed_until <= ${now}) and ${allowed(now)}
        )
      order by a.id for no key update of a skip locked
    )
    select time.*, array(select id from callable) as ids from time`;
}

interface Claiming {
  /** Locked ones. */
  readonly accounts: readonly AccountId[];
  readonly limit: number;
  readonly claimMs: number;
  readonly now: number;
}

async function claimCalls(db: Sql, { accounts, limit, claimMs, now }: Claiming): Promise<readonly ClaimedCall[]> {
  const at = date(now);
  const { rows } = await sql<ClaimedRow>`
    with room as materialized (
      select a.id, a.enabled, a.limiter_parallel as parallel, busy.looks, busy.lookups, busy.calls, greatest(0, greatest(1, floor(a.limiter_parallel)) - busy.calls)::int as free
      from accounts a cross join lateral (
        select count(distinct ${JOB}) as calls, coalesce(bool_or(m.call = 'look'), false) as looks,
          coalesce(bool_or(m.call = 'lookup'), false) as lookups
        from machines m where m.account = a.id and m.claimed_until > ${at}
      ) busy
      where a.id = any(${texts(accounts)})
    ),
    due as materialized (
      select m.*, a.id as account, ${JOB} as job
      from room a cross join lateral (
        select m.id, m.call, m.call_at, m.ask_order from machines m
        where m.account = a.id and m.call_at <= (case when m.call = 'look' then ${date(now + LOOK_AHEAD_MS)}::timestamptz else ${at}::timestamptz end)
          and (m.claimed_until is null or m.claimed_until <= ${at}) and ${allowed(sql`${at}::timestamptz`)}
          and not (a.looks and m.call = 'look') and not (a.lookups and m.call = 'lookup')
        order by m.call_at, m.ask_order, m.id limit ${DUE_MOST}::int
      ) m
      where a.free > 0
    ),
    jobs as (
      select account, job, min(call_at) as at,
        row_number() over (partition by account order by min(call_at), min(ask_order), min(id)) as turn
      from due group by account, job having min(call_at) <= ${at}
    ),
    ranked as (
      select j.account, j.job, a.calls + j.turn as nth, row_number() over (order by a.calls + j.turn, j.at, j.job) as place
      from jobs j join room a on a.id = j.account and j.turn <= a.free
    ),
    taken as (select account, job from ranked where place <= ${limit}::int and nth - 1 <= ${limit}::int - place + 1),
    held as (
      select m.id, case when m.call = 'create' and m.sent_at is not null then 'lookup' when m.call = 'reboot' and m.reboot_sent_at is not null then 'look' else m.call end as what
      from taken t join due d on d.account = t.account and d.job = t.job join machines m on m.id = d.id
      where m.call = d.call and (m.claimed_until is null or m.claimed_until <= ${at})
      for no key update of m skip locked
    ),
    claimed as (
      update machines m set
        call_no = m.call_no + 1,
        claimed_until = ${date(now + claimMs)},
        sent_at = case when held.what = 'create' then ${at}::timestamptz else m.sent_at end,
        reboot_sent_at = case when held.what = 'reboot' then ${at}::timestamptz else m.reboot_sent_at end
      from held where m.id = held.id
      returning m.*, held.what
    ),
    rated as (
      update accounts a set ${counting(sql`c.calls`, now)}
      from (select account, count(distinct case when what in ('look', 'lookup') then what else id end)::int as calls from claimed group by account) c
      where a.id = c.account
    )
    select c.*, (select r.parallel from room r where r.id = c.account) as parallel, (select d.traceparent from deployments d where d.id = c.deployment) as traceparent from claimed c`.execute(
    db,
  );
  return rows.map((row) => toClaimed(row, now)).toSorted(byDueTime);
}

type ClaimedRow = MachineRow & { what: Call; claimed_until: Date; traceparent: string | null; parallel: number };

function byDueTime({ machine: a }: ClaimedCall, { machine: b }: ClaimedCall): number {
  return (a.callAt ?? 0) - (b.callAt ?? 0) || a.askOrder - b.askOrder || (a.id < b.id ? -1 : 1);
}

function toClaimed(row: ClaimedRow, now: number): ClaimedCall {
  const request = row.what === "create" ? row.request : null;
  const { what, call_no: callNo, claimed_until, traceparent, parallel } = row;
  const claim = { callNo, traceparent, request, parallel, claimedUntil: ms(claimed_until), now };
  return { machine: toMachine(row), call: what, ...claim };
}

/** Sets when the claims run out that still are somebody's; says which are. */
async function fenced(db: Sql, claims: readonly EndedClaim[], until: number | null): Promise<boolean[]> {
  if (claims.length === 0) return [];
  const given = json(claims.map(({ machine, callNo }) => ({ id: machine.id, no: callNo })));
  const { rows } = await sql<{ id: string; no: number }>`
    with held as materialized (
      select m.id from (select * from jsonb_to_recordset(${given}) as g(id text, no int) limit ${claims.length}::int) g
        join machines m on m.id = g.id and m.call_no = g.no and ${until === null ? sql`true` : sql`m.claimed_until is not null`}
      order by m.id for no key update of m
    )
    update machines m set claimed_until = ${dateOrNull(until)} from held
    where m.id = held.id returning m.id, m.call_no as no`.execute(db);
  const ended = new Map(rows.map(({ id, no }) => [id, no]));
  return claims.map(({ machine, callNo }) => ended.get(machine.id) === callNo);
}
