// Claims of due calls.

import { sql } from "kysely";
import type { Call } from "../core/machine.ts";
import type { ClaimedCall, EndedClaim, Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { counting } from "./pace.ts";
import { date, json, ms, type Sql, texts } from "./rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

/** Whether the switch of account `a` lets the call of machine `m` through: what looks at a machine or ends it always may. */
export const ALLOWED = sql`(a.enabled or not (m.call = 'start' or (m.call = 'create' and m.sent_at is null)))`;

export function calling({ run, clock, notices }: Session): Pick<Tx, "claimCalls" | "endClaims"> {
  return {
    claimCalls: (limit, claimMs) => run(async (db) => claimCalls(db, { limit, claimMs, now: await clock(db) })),
    endClaims: async (claims) => {
      const held = await run((db) => endClaims(db, claims));
      if (held.includes(true)) notices.due();
      return held;
    },
  };
}

/**
 * The accounts are locked by a statement of their own: only the next one surely sees what the claimer before has committed, and
 * so keeps the limiter's bound over all of them. An account that another transaction holds is left out: its commit wakes us.
 */
async function claimCalls(
  db: Sql,
  { limit, claimMs, now }: { limit: number; claimMs: Readonly<Record<Call, number>>; now: number },
): Promise<readonly ClaimedCall[]> {
  const at = date(now);
  const accounts = await sql<{ id: string }>`
    select a.id from accounts a
    where (a.limiter_paused_until is null or a.limiter_paused_until <= ${at})
      and exists (
        select 1 from machines m where m.account = a.id and m.call_at <= ${at}
          and (m.claimed_until is null or m.claimed_until <= ${at}) and ${ALLOWED}
      )
    order by a.id for no key update of a skip locked`.execute(db);
  if (accounts.rows.length === 0) return [];
  const { rows } = await sql<ClaimedRow>`
    with room as materialized (
      select a.id, a.enabled, greatest(0, floor(a.limiter_parallel) - (
        select count(*) from machines m where m.account = a.id and m.claimed_until > ${at}
      ))::int as free
      from accounts a where a.id = any(${texts(accounts.rows.map(({ id }) => id))})
    ),
    due as (
      select m.* from room a cross join lateral (
        select m.id, m.call_at, m.ask_order, case when m.call = 'create' and m.sent_at is not null then 'lookup' else m.call end as what
        from machines m
        where m.account = a.id and m.call_at <= ${at}
          and (m.claimed_until is null or m.claimed_until <= ${at}) and ${ALLOWED}
        order by m.call_at, m.ask_order, m.id limit a.free
        for no key update skip locked
      ) m
      order by m.call_at, m.ask_order, m.id limit ${limit}::int
    ),
    claimed as (
      update machines m set
        call_no = m.call_no + 1,
        claimed_until = ${at}::timestamptz + (${json(claimMs)} ->> due.what)::float8 * interval '1 millisecond',
        sent_at = case when due.what = 'create' then ${at}::timestamptz else m.sent_at end
      from due where m.id = due.id
      returning m.*, due.what
    ),
    rated as (
      update accounts a set ${counting(sql`c.calls`, now)}
      from (select account, count(*)::int as calls from claimed group by account) c where a.id = c.account
    )
    select * from claimed`.execute(db);
  return rows.map((row) => toClaimed(row, now)).toSorted(byDueTime);
}

type ClaimedRow = MachineRow & { what: Call; claimed_until: Date };

function byDueTime({ machine: a }: ClaimedCall, { machine: b }: ClaimedCall): number {
  return (a.callAt ?? 0) - (b.callAt ?? 0) || a.askOrder - b.askOrder || (a.id < b.id ? -1 : 1);
}

function toClaimed(row: ClaimedRow, now: number): ClaimedCall {
  const request = row.what === "create" ? row.request : null;
  const { what, call_no: callNo, claimed_until } = row;
  return { machine: toMachine(row), call: what, callNo, request, claimedUntil: ms(claimed_until), now };
}

async function endClaims(db: Sql, claims: readonly EndedClaim[]): Promise<boolean[]> {
  const given = json(claims.map(({ machine, callNo }) => ({ id: machine.id, no: callNo })));
  const { rows } = await sql<{ id: string; no: number }>`
    update machines m set claimed_until = null from jsonb_to_recordset(${given}) as g(id text, no int)
    where m.id = g.id and m.call_no = g.no returning m.id, m.call_no as no`.execute(db);
  const ended = new Map(rows.map(({ id, no }) => [id, no]));
  return claims.map(({ machine, callNo }) => ended.get(machine.id) === callNo);
}
