// What placements hold of quotas, summed. The database keeps the sums (migrations/0035_holdings.sql), so that they are read at the same price
// however much runs.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import { type Amount, plus } from "../core/market/amount.ts";
import type { CloudQuota } from "../core/market/market.ts";
import { only, openMachine, type Sql, texts } from "./rows.ts";
import type { UsageRow } from "./schema.ts";

/** Equal placements, added up. */
interface Kind {
  readonly account: AccountId;
  readonly pool: string;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly hourly_micros: number | null;
  readonly takes: Amount;
  readonly number: number;
}

export interface Held {
  /** Per account over all pools. */
  readonly ofAccount: ReadonlyMap<AccountId, Amount>;
  /** Per pool over all accounts. */
  readonly ofPool: ReadonlyMap<string, Amount>;
}

interface Where {
  readonly pools: readonly string[];
  readonly accounts: readonly AccountId[];
}

/** Rows beyond those that are needed, from which on they are folded; and no fewer than those, so that it is worth while. */
const SPARE_MOST = 128;

/**
 * What is held in these pools and at these accounts. `mayFold`: the transaction is one that writes;
 * `deployments`: whether a limit of any of them counts deployments.
 */
export async function held(
  db: Sql,
  { pools, accounts }: Where,
  { mayFold, deployments }: { readonly mayFold: boolean; readonly deployments: boolean },
): Promise<Held> {
  const { rows } = await sql<Kind & { readonly rows: number }>`
    select account, pool, cpu, memory_mib, hourly_micros, takes, sum(number)::float8 as number, count(*)::float8 as rows
    from holdings where pool = any(${texts(pools)}) or account = any(${texts(accounts)})
    group by account, pool, cpu, memory_mib, hourly_micros, takes`.execute(db);
  const spare = rows.reduce((sum, row) => sum + row.rows - 1, 0);
  if (mayFold && spare > Math.max(SPARE_MOST, rows.length)) await fold(db, { pools, accounts });
  const ofAccount = new Map<AccountId, Amount>();
  const ofPool = new Map<string, Amount>();
  for (const row of rows) {
    const amount = amountOf(row);
    ofAccount.set(row.account, plus(ofAccount.get(row.account) ?? {}, amount));
    ofPool.set(row.pool, plus(ofPool.get(row.pool) ?? {}, amount));
  }
  if (!deployments) return { ofAccount, ofPool };
  for (const { account, pool, number } of await deploymentsIn(db, { pools, accounts })) {
    if (account !== null) ofAccount.set(account, { ...ofAccount.get(account), deployments: number });
    if (pool !== null) ofPool.set(pool, { ...ofPool.get(pool), deployments: number });
  }
  return { ofAccount, ofPool };
}

/** Whoever writes more meanwhile adds rows of his own, which stay; those that another folds at the moment are left to him. */
async function fold(db: Sql, { pools, accounts }: Where): Promise<void> {
  await sql`
    with taken as (
      delete from holdings where ctid = any(array(
        select ctid from holdings where pool = any(${texts(pools)}) or account = any(${texts(accounts)}) for update skip locked
      )) returning *
    )
    insert into holdings select account, pool, cpu, memory_mib, hourly_micros, takes, sum(number) from taken
    group by account, pool, cpu, memory_mib, hourly_micros, takes having sum(number) <> 0`.execute(db);
}

async function deploymentsIn(db: Sql, { pools, accounts }: Where) {
  const { rows } = await sql<{ account: AccountId | null; pool: string | null; number: number }>`
    select account, pool, count(distinct deployment)::float8 as number from placements
    where released_at is null and (pool = any(${texts(pools)}) or account = any(${texts(accounts)}))
    group by grouping sets ((account), (pool))`.execute(db);
  return rows;
}

function amountOf({ cpu, memory_mib, hourly_micros, takes, number }: Omit<Kind, "account" | "pool">): Amount {
  const own = Object.entries(takes).map(([dimension, amount]) => [dimension, number * amount] as const);
  return {
    ...Object.fromEntries(own),
    instances: number,
    cpu: number * cpu,
    memoryMib: number * memory_mib,
    hourlyMicros: number * (hourly_micros ?? 0),
  };
}

export interface CloudCounts {
  /** By account; in the order of realm and dimension. */
  readonly quotas: ReadonlyMap<AccountId, readonly CloudQuota[]>;
  /** Per account whose cloud counts, and realm, what it cannot have counted of what is held: it was not made when the cloud was asked. */
  readonly uncounted: ReadonlyMap<AccountId, ReadonlyMap<string, Amount>>;
}

/**
 * What clouds count, and what they cannot have counted. As of one moment: they are asked again and again, and who had the count of before with
 * the time of after would see too little. `bounded`: what is not counted is told where a quota bounds something.
 */
export async function cloudCounts(
  db: Sql,
  accounts: readonly AccountId[],
  { bounded }: { readonly bounded: boolean },
): Promise<CloudCounts> {
  // There is nothing to set it against where nothing is counted, nor, for a choice, where nothing is bounded.
  const counts = bounded ? sql`most is not null` : sql`true`;
  const { rows } = await sql<{ usages: readonly UsageRow[] | null; kinds: readonly KindIn[] | null }>`
    select
      (select jsonb_agg(to_jsonb(u) order by account, realm, dimension) from usages u where account = any(${texts(accounts)})) as usages,
      case when exists (select 1 from usages where account = any(${texts(accounts)}) and ${counts})
        then (select jsonb_agg(to_jsonb(k)) from (${uncountedAt(accounts, counts)}) k) end as kinds`.execute(db);
  const { usages, kinds } = only(rows);
  const quotas = Map.groupBy(usages ?? [], ({ account }) => account);
  const uncounted = new Map<AccountId, Map<string, Amount>>();
  for (const row of kinds ?? []) {
    const realms = uncounted.get(row.account) ?? new Map<string, Amount>();
    uncounted.set(row.account, realms.set(row.realm, plus(realms.get(row.realm) ?? {}, amountOf(row))));
  }
  return { quotas: new Map([...quotas].map(([id, own]) => [id, own.map(toQuota)])), uncounted };
}

const toQuota = ({ realm, dimension, most, used }: UsageRow): CloudQuota => ({
  realm: realm === "" ? null : realm,
  dimension,
  most,
  used,
});

type KindIn = Kind & { readonly realm: string };

function uncountedAt(accounts: readonly AccountId[], counts: RawBuilder<unknown>): RawBuilder<unknown> {
  const here = sql`select p.* from accounts a join placements p on p.account = a.id and p.released_at is null
    where a.id = any(${texts(accounts)}) and exists (select 1 from usages where account = a.id and ${counts})`;
  // Under a place of which no machine was ever made there is none that was made before, and while a cloud was not asked nothing was.
  const neverCounted = sql`not exists (
      select 1 from machines m
      where m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance and m.placement_no = p.no
        and m.made_at < a.usage_asked_at and (${openMachine(sql`m.state`)} or m.closed_at > a.usage_asked_at)
      -- Looked up for each of these few; many are expected, for which all machines would be read.
      offset 0
    )`;
  return sql`
    select account, pool, realm, cpu, memory_mib, hourly_micros, takes, count(*)::float8 as number from (
      ${here} and p.made_at is null
      union all
      ${here} and p.made_at >= coalesce(a.usage_asked_at, '-infinity') and p.first_made_at >= coalesce(a.usage_asked_at, '-infinity')
      union all
      ${here} and p.made_at >= a.usage_asked_at and p.first_made_at < a.usage_asked_at and ${neverCounted}
      union all
      ${here} and p.gone_at <= a.usage_asked_at and p.made_at < a.usage_asked_at and ${neverCounted}
    ) p
    group by account, pool, realm, cpu, memory_mib, hourly_micros, takes`;
}
