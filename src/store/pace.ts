// How fast things go at an account: how often its cloud is called, and what its latest machines took to boot.

import { type RawBuilder, sql } from "kysely";
import { callsPerMinute } from "../core/world/call-rate.ts";
import type { AccountId } from "../core/ids.ts";
import type { PastBoot } from "../core/world/usual.ts";
import type { CallRate, Reads } from "../ports/store.ts";
import { date, ms, type Sql, texts } from "./rows.ts";
import type { Session } from "./session.ts";

/** What is one call at a cloud: all looks of an account, all look-ups there, or else the row of machine `m`. */
export const JOB = sql`(case when m.call in ('look', 'lookup') then m.call else m.id end)`;

/** Counts `calls` more for account `a` at `now`; `counted` of the core says the same. */
export function counting(calls: RawBuilder<number>, now: number): RawBuilder<unknown> {
  const minute = sql`date_trunc('minute', ${date(now)}::timestamptz)`;
  return sql`calls_minute = ${minute},
    calls_now = ${calls} + case when a.calls_minute = ${minute} then a.calls_now else 0 end,
    calls_before = case a.calls_minute when ${minute} then a.calls_before
      when ${minute} - interval '1 minute' then a.calls_now else 0 end`;
}

export function readingPace({ run, clock }: Session): Pick<Reads, "callRates" | "pastBoots"> {
  return {
    callRates: () => run(async (db) => callRates(db, await clock(db))),
    pastBoots: (account, sizes, each) => run((db) => pastBoots(db, { account, sizes, each })),
  };
}

interface RateRow {
  readonly id: AccountId;
  readonly calls_minute: Date;
  readonly calls_now: number;
  readonly calls_before: number;
  readonly under_way: number;
}

async function callRates(db: Sql, now: number): Promise<Map<AccountId, CallRate>> {
  const { rows } = await sql<RateRow>`
    select a.id, a.calls_minute, a.calls_now, a.calls_before, (
      select count(distinct ${JOB}) from machines m where m.account = a.id and m.claimed_until > ${date(now)}
    )::int as under_way
    from accounts a`.execute(db);
  return new Map(
    rows.map(({ id, calls_minute, calls_now, calls_before, under_way }) => {
      const count = { minuteAt: ms(calls_minute), calls: calls_now, callsBefore: calls_before };
      return [id, { perMinute: callsPerMinute(count, now), underWay: under_way }];
    }),
  );
}

interface BootRow {
  readonly instance: string;
  readonly size: string;
  readonly boot: number;
  readonly start: number | null;
  readonly ready: number | null;
}

/** So many times as many machines are looked at as are wanted: those that never came up tell nothing. */
const LOOKED_AT = 8;

async function pastBoots(
  db: Sql,
  { account, sizes, each }: { account: AccountId; sizes: readonly string[]; each: number },
): Promise<PastBoot[]> {
  const msOf = (span: RawBuilder<unknown>) => sql`(extract(epoch from ${span}) * 1000)::float8`;
  const { rows } = await sql<BootRow>`
    select m.instance, s.size, ${msOf(sql`m.booted_at - m.made_at`)} as boot,
      case when m.booted_at < m.running_at then ${msOf(sql`m.running_at - m.booted_at`)} end as start,
      case when m.ready_at <= m.ended_at then ${msOf(sql`m.ready_at - m.running_at`)} end as ready
    from unnest(${texts(sizes)}) as s(size) cross join lateral (
      select m.instance, m.made_at, m.booted_at, i.running_at, i.ready_at, coalesce(t.ended_at, 'infinity') as ended_at
      from (
        select * from machines m where m.account = ${account} and m.size = s.size and m.booted_at is not null
        order by m.made_at desc limit ${each * LOOKED_AT}::int
      ) m join instances i on i.deployment = m.deployment and i.name = m.instance and i.machine = m.id
        join attempts t on t.deployment = m.deployment and t.no = m.attempt_no
      where i.running_at <= coalesce(t.ended_at, 'infinity') and m.booted_at > m.made_at
      order by m.made_at desc limit ${each}::int
    ) m`.execute(db);
  return rows.map(({ instance, size, boot, start, ready }) => ({
    instance,
    size,
    bootMs: boot,
    startMs: start,
    readyMs: ready,
  }));
}
