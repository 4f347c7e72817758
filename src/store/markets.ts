// Pools and blocks, and what selection sees of them.

import { sql } from "kysely";
import type { Pool, PoolMember } from "../core/account.ts";
import type { AccountId } from "../core/ids.ts";
import { type QuotaLimit, UNLIMITED } from "../core/market/amount.ts";
import type { Market, MarketAccount } from "../core/market/market.ts";
import type { Reads, Tx } from "../ports/store.ts";
import { toBlock } from "./blocks.ts";
import { accountsOf, toAccount } from "./accounts.ts";
import { cloudCounts, held } from "./held.ts";
import { limitedUsers, lockLimits, quotas } from "./quotas.ts";
import { answersOf, type OfferBooks } from "./offers.ts";
import { insertRows, type Sql, texts, upsertRows } from "./rows.ts";
import type { AccountRow, BlockRow, PoolMemberRow, PoolRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function readingMarkets(
  { run, timed }: Session,
  books: OfferBooks,
): Pick<Reads, "pools" | "blocks" | "market" | "quotas"> {
  return {
    pools: () => run((db) => pools(db)),
    blocks: () =>
      run(async (db) => {
        const rows = db.selectFrom("blocks").selectAll();
        return (await rows.orderBy("account").orderBy("realm").orderBy("size").orderBy("reason").execute()).map(
          toBlock,
        );
      }),
    market: (pool, by = []) =>
      run(
        async (db) => (await markets(db, { books, timed, by, mayFold: false, among: null }, [pool])).get(pool) ?? null,
      ),
    quotas: () => run(quotas),
  };
}

export function keepingMarkets(
  { run, timed }: Session,
  books: OfferBooks,
): Pick<Tx, "markets" | "lockChoice" | "putPool" | "deletePool" | "clearBlock"> {
  return {
    lockChoice: (id) =>
      run(async (db) => {
        await sql`select pg_advisory_xact_lock(${CHOICES}::int, hashtext(${id}))`.execute(db);
      }),
    markets: (names, by = []) =>
      run(async (db) => {
        const among = await lockChoices(db, names);
        await lockLimits(db, { pools: names, users: by });
        return markets(db, { books, timed, by, mayFold: true, among }, names);
      }),
    putPool: (pool) => run((db) => putPool(db, pool)),
    deletePool: (name) =>
      run(async (db) => {
        await db.deleteFrom("pools").where("name", "=", name).execute();
      }),
    clearBlock: ({ account, realm, size, reason }) =>
      run(async (db) => {
        const one = db.deleteFrom("blocks").where("account", "=", account).where("realm", "=", realm);
        await one.where("size", "=", size).where("reason", "=", reason).execute();
      }),
  };
}

/** Of advisory locks; the second number is of an account. */
const CHOICES = 20_040;

/**
 * One transaction at a time chooses among an account's offers: what it takes is there when the next one adds up what is held. Not the accounts'
 * rows, which answers, polls and claims write all the time. In one order, until the transaction ends; two accounts with one number wait for
 * each other needlessly. Returns those that are locked: another may join a pool meanwhile, and is for the next choice.
 */
async function lockChoices(db: Sql, pools: readonly string[]): Promise<ReadonlySet<AccountId>> {
  const { rows } = await sql<{ account: AccountId }>`
    select account, pg_advisory_xact_lock(${CHOICES}::int, number)::text as locked from (
      select distinct account, hashtext(account) as number from pool_members where pool = any(${texts(pools)})
      order by number, account
    ) accounts`.execute(db);
  return new Set(rows.map(({ account }) => account));
}

async function putPool(db: Sql, pool: Pool): Promise<void> {
  const { name, enabled, limit: quota, userLimit: user_quota, members, retention } = pool;
  const { maxLeaseMs: max_lease_ms, maxQuarantineMs: max_quarantine_ms } = pool;
  const { stepsDays: steps_days, consolesDays: consoles_days, ledgerDays: ledger_days } = retention;
  const longest = { max_lease_ms, max_quarantine_ms };
  const row = { name, enabled, quota, user_quota, ...longest, steps_days, consoles_days, ledger_days };
  await upsertRows(db, { table: "pools", key: ["name"] }, [row]);
  await db.deleteFrom("pool_members").where("pool", "=", name).execute();
  await insertRows(
    db,
    "pool_members",
    members.map(({ account, group, weight }, position) => ({ pool: name, account, position, tier: group, weight })),
  );
}

async function pools(db: Sql, names?: readonly string[]): Promise<Pool[]> {
  const some = names === undefined ? sql`true` : sql`name = any(${texts(names)})`;
  const found = await sql<PoolRow>`select * from pools where ${some} order by name`.execute(db);
  const of = texts(found.rows.map(({ name }) => name));
  const members = await sql<PoolMemberRow>`
    select * from pool_members where pool = any(${of}) order by pool, position`.execute(db);
  const byPool = Map.groupBy(members.rows, ({ pool }) => pool);
  return found.rows.map(({ name, enabled, quota, user_quota, max_lease_ms, ...row }) => ({
    name,
    enabled,
    members: (byPool.get(name) ?? []).map(toMember),
    limit: { ...UNLIMITED, ...quota },
    userLimit: { ...UNLIMITED, ...user_quota },
    maxLeaseMs: max_lease_ms,
    maxQuarantineMs: row.max_quarantine_ms,
    retention: { stepsDays: row.steps_days, consolesDays: row.consoles_days, ledgerDays: row.ledger_days },
  }));
}

const countsDeployments = ({ deployments }: QuotaLimit): boolean => deployments !== null;

const toMember = ({ account, tier, weight }: PoolMemberRow): PoolMember => ({ account, group: tier, weight });

interface Seeing {
  readonly books: OfferBooks;
  readonly timed: Session["timed"];
  readonly by: readonly string[];
  /** Whether sums may be written anew. */
  readonly mayFold: boolean;
  /** Whose offers may be chosen from; null: all. */
  readonly among: ReadonlySet<AccountId> | null;
}

async function markets(
  db: Sql,
  { books, timed, by, mayFold, among }: Seeing,
  names: readonly string[],
): Promise<ReadonlyMap<string, Market>> {
  const found = (await pools(db, names)).map((pool) => ({
    ...pool,
    members: pool.members.filter(({ account }) => among === null || among.has(account)),
  }));
  if (found.length === 0) return new Map();
  const of = texts(found.map(({ name }) => name));
  const accounts = await accountsOf(db, of);
  const ids = [...accounts.keys()];
  const offers = await books.of(db, [...accounts.values()]);
  const answer = await answersOf(db, ids, timed);
  const limits = [...found.map(({ limit }) => limit), ...[...accounts.values()].map((row) => toAccount(row).limit)];
  const deployments = limits.some(countsDeployments);
  const sums = await held(db, { pools: names, accounts: ids }, { mayFold, deployments });
  const counts = await cloudCounts(db, ids, { bounded: true });
  const usersIn = await limitedUsers(db, by, found);
  const { rows: blocks } = await sql<BlockRow>`select * from blocks
    where account in (select account from pool_members where pool = any(${of}))
    order by account, realm, size, reason`.execute(db);
  return new Map(found.map((pool) => [pool.name, marketOf(pool)]));

  function marketOf(pool: Pool): Market {
    const inPool = new Set<AccountId>(pool.members.map(({ account }) => account));
    return {
      pool,
      poolHeld: sums.ofPool.get(pool.name) ?? {},
      users: usersIn(pool),
      accounts: pool.members.flatMap((member) => {
        const row = accounts.get(member.account);
        return row === undefined ? [] : [marketAccountOf(member, row)];
      }),
      blocks: blocks.filter(({ account }) => inPool.has(account)).map(toBlock),
    };
  }

  function marketAccountOf(member: PoolMember, row: AccountRow): MarketAccount {
    const { id } = row;
    return {
      account: toAccount(row),
      member,
      held: sums.ofAccount.get(id) ?? {},
      uncounted: counts.uncounted.get(id) ?? new Map(),
      quotas: counts.quotas.get(id) ?? [],
      offers: offers.get(id) ?? null,
      answer: (kind, choice, realm) => answer({ account: id, kind, choice, realm }),
    };
  }
}
