// What placements hold of quotas, summed. The database keeps the sums (migrations/0035_holdings.sql), so that they are read at the same price
// however much runs.

import { sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import { type Amount, plus } from "../core/market/amount.ts";
import { openMachine, type Sql, texts } from "./rows.ts";

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

/** Per account and realm what its cloud cannot have counted of what is held, since it was not made when the cloud was asked. Null: of all accounts. */
export async function uncounted(
  db: Sql,
  accounts: readonly AccountId[] | null,
): Promise<ReadonlyMap<AccountId, ReadonlyMap<string, Amount>>> {
  const some = accounts === null ? sql`true` : sql`a.id = any(${texts(accounts)})`;
  const here = sql`select p.*, a.usage_asked_at as asked_at from accounts a join placements p on p.account = a.id and p.released_at is null
    where ${some}`;
  const { rows } = await sql<Kind & { readonly realm: string }>`
    select account, pool, realm, cpu, memory_mib, hourly_micros, takes, count(*)::float8 as number from (
      ${here} and p.made_at is null
      union all
      ${here} and p.made_at >= coalesce(a.usage_asked_at, '-infinity')
      union all
      ${here} and p.gone_at <= a.usage_asked_at and p.made_at < a.usage_asked_at
    ) p where not exists (
      select 1 from machines m
      where m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance and m.placement_no = p.no
        and m.made_at < p.asked_at and (${openMachine(sql`m.state`)} or m.closed_at > p.asked_at)
      -- Looked up for each of these few; many are expected, for which all machines would be read.
      offset 0
    )
    group by account, pool, realm, cpu, memory_mib, hourly_micros, takes`.execute(db);
  const found = new Map<AccountId, Map<string, Amount>>();
  for (const row of rows) {
    const realms = found.get(row.account) ?? new Map<string, Amount>();
    found.set(row.account, realms.set(row.realm, plus(realms.get(row.realm) ?? {}, amountOf(row))));
  }
  return found;
}
