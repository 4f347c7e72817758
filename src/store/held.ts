// What placements hold of quotas, summed.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import { type Amount, plus } from "../core/market/amount.ts";
import { openMachine, type Sql } from "./rows.ts";

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
  // Machines that are there are found all at once, and only what is held without one is looked up by itself; then equal placements are one
  // row, so that what they take is read as often as there are sizes.
  const isOf = sql`m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance and m.placement_no = p.no`;
  const { rows } = await sql<HeldRow>`
    with mine as materialized (
      select p.*, a.usage_asked_at from placements p join accounts a on a.id = p.account where p.released_at is null and ${where}
    ),
    there as materialized (
      select distinct m.deployment, m.attempt_no, m.instance, m.placement_no from machines m join accounts a on a.id = m.account
      where ${openMachine(sql`m.state`)} and m.made_at < a.usage_asked_at and m.account in (select account from mine)
    ),
    judged as (
      select p.*, case
        when m.deployment is not null then true
        when p.chosen_at < p.usage_asked_at then exists (
          select 1 from machines m where ${isOf} and m.made_at < p.usage_asked_at and m.closed_at > p.usage_asked_at
        )
        else false
      end as counted
      from mine p left join there m on ${isOf}
    ),
    kinds as materialized (
      select account, pool, realm, counted, takes, cpu, memory_mib, hourly_micros, count(*)::float8 as number
      from judged group by account, pool, realm, counted, takes, cpu, memory_mib, hourly_micros
    ),
    sums as (
      select account, pool, realm, counted, sum(number) as instances, sum(number * cpu) as cpu,
        sum(number * memory_mib) as memory_mib, coalesce(sum(number * hourly_micros), 0) as hourly_micros
      from kinds group by account, pool, realm, counted
    ),
    taken as (
      select account, pool, realm, counted, jsonb_object_agg(dimension, amount) as takes from (
        select account, pool, realm, counted, t.key as dimension, sum(number * t.value::float8) as amount
        from kinds cross join lateral jsonb_each_text(takes) t
        group by account, pool, realm, counted, t.key
      ) own group by account, pool, realm, counted
    )
    select sums.*, taken.takes from sums left join taken using (account, pool, realm, counted)`.execute(db);
  const deployments = await sql<{ account: AccountId | null; pool: string | null; deployments: number }>`
    select account, pool, count(distinct deployment)::float8 as deployments from placements p
    where released_at is null and ${where} group by grouping sets ((account), (pool))`.execute(db);
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
  for (const { account, pool, deployments: count } of deployments.rows) {
    if (account !== null) ofAccount.set(account, { ...ofAccount.get(account), deployments: count });
    if (pool !== null) ofPool.set(pool, { ...ofPool.get(pool), deployments: count });
  }
  return { uncounted, ofAccount, ofPool };
}
