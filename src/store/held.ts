// What placements hold of quotas, summed.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import { type Amount, plus } from "../core/market/amount.ts";
import type { Sql } from "./rows.ts";

interface HeldRow {
  readonly account: AccountId;
  readonly pool: string;
  readonly realm: string;
  readonly counted: boolean;
  readonly instances: number;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly hourly_micros: number;
  readonly takes: Amount | null;
}

/**
 * What placements hold: per account over all pools, per pool over all accounts, and per account and realm what its cloud cannot have
 * counted, since it was not made when the cloud was asked. `where`: of placements `p`.
 */
export async function held(db: Sql, where: RawBuilder<unknown>) {
  const { rows } = await sql<HeldRow>`
    with mine as (
      select p.*, exists (
        select 1 from machines m
        where m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance
          and m.placement_no = p.no and m.made_at < a.usage_asked_at
          and (m.closed_at is null or m.closed_at > a.usage_asked_at)
      ) as counted
      from placements p join accounts a on a.id = p.account
      where p.released_at is null and ${where}
    ),
    sums as (
      select account, pool, realm, counted, count(*)::float8 as instances, sum(cpu) as cpu, sum(memory_mib) as memory_mib,
        coalesce(sum(hourly_micros), 0) as hourly_micros
      from mine group by account, pool, realm, counted
    ),
    taken as (
      select account, pool, realm, counted, jsonb_object_agg(dimension, amount) as takes from (
        select account, pool, realm, counted, t.key as dimension, sum(t.value::float8) as amount
        from mine cross join lateral jsonb_each_text(takes) t
        group by account, pool, realm, counted, t.key
      ) own group by account, pool, realm, counted
    )
    select sums.*, taken.takes from sums left join taken using (account, pool, realm, counted)`.execute(db);
  const uncounted = new Map<AccountId, Map<string, Amount>>();
  const ofAccount = new Map<AccountId, Amount>();
  const ofPool = new Map<string, Amount>();
  for (const row of rows) {
    const { instances, cpu, memory_mib: memoryMib, hourly_micros: hourlyMicros } = row;
    const amount = { ...row.takes, instances, cpu, memoryMib, hourlyMicros };
    ofAccount.set(row.account, plus(ofAccount.get(row.account) ?? {}, amount));
    ofPool.set(row.pool, plus(ofPool.get(row.pool) ?? {}, amount));
    if (row.counted) continue;
    const realms = uncounted.get(row.account) ?? new Map<string, Amount>();
    uncounted.set(row.account, realms.set(row.realm, plus(realms.get(row.realm) ?? {}, amount)));
  }
  return { uncounted, ofAccount, ofPool };
}
