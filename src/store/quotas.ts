// Limits of pools and users, and what is held of them.

import { type RawBuilder, sql } from "kysely";
import type { Pool } from "../core/account.ts";
import { type Amount, boundsOf, type QuotaLimit, UNLIMITED } from "../core/market/amount.ts";
import type { LimitedUser } from "../core/market/market.ts";
import type { QuotaUse } from "../ports/store.ts";
import { held } from "./held.ts";
import { ms, type Sql, texts } from "./rows.ts";

interface Limited {
  readonly name: string;
  readonly created_at: Date;
  readonly quota: Partial<QuotaLimit>;
}

/** Pools first, then those of the users who have a limit, each in order of their names: until then nobody else takes of them. */
export async function lockLimits(
  db: Sql,
  of: { readonly pools: readonly string[]; readonly users: readonly string[] },
): Promise<void> {
  const { pools, users } = of;
  await sql`select 1 from pools where name = any(${texts(pools)}) order by name for no key update`.execute(db);
  if (users.length === 0) return;
  await sql`select 1 from users where name = any(${texts(users)}) and quota <> '{}'
    order by name for no key update`.execute(db);
}

/** Those of `names` whose limits count in a pool: their own, or what it lets each user hold. */
export async function limitedUsers(
  db: Sql,
  names: readonly string[],
  pools: readonly Pick<Pool, "name" | "userLimit">[],
): Promise<(pool: Pick<Pool, "name" | "userLimit">) => readonly LimitedUser[]> {
  if (names.length === 0) return () => [];
  const sharing = pools.filter(limitsEach).map(({ name }) => name);
  const { rows } = await sql<Limited>`select name, created_at, quota from users
    where name = any(${texts(names)}) and (${sharing.length > 0} or quota <> '{}') order by name`.execute(db);
  if (rows.length === 0) return () => [];
  const own = rows.filter(({ quota }) => Object.keys(quota).length > 0).map(({ name }) => name);
  const sums = own.length === 0 ? NONE_HELD : await sumsBy(db, heldByUsers(own));
  const here = sharing.length === 0 ? NONE_HELD : await sumsBy(db, heldInPools(names, sharing));
  return (pool) =>
    rows.flatMap(({ name, created_at, quota }) => {
      if (!limitsEach(pool) && !own.includes(name)) return [];
      const limit = { ...UNLIMITED, ...quota };
      const [held = {}, heldHere = {}] = [sums.get(name), here.get(`${pool.name}/${name}`)];
      return [{ name, since: ms(created_at), limit, held, heldHere }];
    });
}

const NONE_HELD: ReadonlyMap<string, Amount> = new Map();

const limitsEach = ({ userLimit }: Pick<Pool, "userLimit">): boolean => boundsOf(userLimit).length > 0;

/** What they launched since the name is theirs: whoever had it before was another. */
const heldByUsers = (names: readonly string[]): RawBuilder<unknown> =>
  heldSince(sql`u.name`, sql`u.name = any(${texts(names)})`);

/** By `pool/user`. */
const heldInPools = (names: readonly string[], pools: readonly string[]): RawBuilder<unknown> =>
  heldSince(sql`p.pool || '/' || u.name`, sql`u.name = any(${texts(names)}) and p.pool = any(${texts(pools)})`);

const heldSince = (holder: RawBuilder<unknown>, which: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select ${holder} as holder, p.* from users u
    join placements p on p.launched_by = u.name and p.released_at is null
    join deployments d on d.id = p.deployment and d.created_at >= u.created_at
  where ${which}`;

/** What placements hold, added up by their column `holder`. Equal ones are one row first, so that what they take is read as often as there are sizes. */
async function sumsBy(db: Sql, placements: RawBuilder<unknown>): Promise<ReadonlyMap<string, Amount>> {
  const { rows } = await sql<{
    holder: string;
    deployments: number;
    instances: number;
    cpu: number;
    memory_mib: number;
    hourly_micros: number;
    takes: Amount | null;
  }>`
    with mine as materialized (${placements}),
    kinds as materialized (
      select holder, takes, cpu, memory_mib, hourly_micros, count(*)::float8 as number
      from mine group by holder, takes, cpu, memory_mib, hourly_micros
    ),
    sums as (
      select holder, sum(number) as instances, sum(number * cpu) as cpu, sum(number * memory_mib) as memory_mib,
        coalesce(sum(number * hourly_micros), 0) as hourly_micros
      from kinds group by holder
    ),
    taken as (
      select holder, jsonb_object_agg(dimension, amount) as takes from (
        select holder, t.key as dimension, sum(number * t.value::float8) as amount
        from kinds cross join lateral jsonb_each_text(takes) t group by holder, t.key
      ) own group by holder
    ),
    whole as (select holder, count(distinct deployment)::float8 as deployments from mine group by holder)
    select sums.*, whole.deployments, taken.takes
    from sums join whole using (holder) left join taken using (holder)`.execute(db);
  return new Map(
    rows.map(({ holder, takes, memory_mib: memoryMib, hourly_micros: hourlyMicros, ...amount }) => [
      holder,
      { ...takes, ...amount, memoryMib, hourlyMicros },
    ]),
  );
}

export async function quotas(db: Sql): Promise<readonly QuotaUse[]> {
  const pools = await sql<Limited>`select name, quota from pools order by name`.execute(db);
  const where = { pools: pools.rows.map(({ name }) => name), accounts: [] };
  const { ofPool: ofPools } = await held(db, where, { mayFold: false, deployments: true });
  const users = await sql<Limited>`select name, quota from users order by name`.execute(db);
  const ofUsers = await sumsBy(db, heldByUsers(users.rows.map(({ name }) => name)));
  const used = (of: QuotaUse["of"], rows: readonly Limited[], sums: ReadonlyMap<string, Amount>): QuotaUse[] =>
    rows.map(({ name, quota }) => ({ of, name, limit: { ...UNLIMITED, ...quota }, held: sums.get(name) ?? {} }));
  return [...used("pool", pools.rows, ofPools), ...used("user", users.rows, ofUsers)];
}
