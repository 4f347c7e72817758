// Pools and blocks, and what selection sees of them.

import { sql } from "kysely";
import type { Block, Pool, PoolMember } from "../core/account.ts";
import type { AccountId } from "../core/ids.ts";
import { triesEnded } from "../core/market/blocks.ts";
import type { Market, MarketAccount } from "../core/market/market.ts";
import type { Changes } from "../core/snapshot.ts";
import type { Reads, Tx } from "../ports/store.ts";
import { accountsOf, lockAccountsOf, toAccount } from "./accounts.ts";
import { held } from "./held.ts";
import { answersOf, type OfferBooks, quotasOf } from "./offers.ts";
import { date, dateOrNull, insertRows, json, listed, ms, type Sql, texts, upsertRows } from "./rows.ts";
import type { AccountRow, BlockRow, PoolMemberRow, PoolRow } from "./schema.ts";
import type { Session } from "./session.ts";

function toBlock(row: BlockRow): Block {
  const { account, realm, size, reason, text, strikes, until, probe_deployment, probe_until } = row;
  const probe =
    probe_deployment === null || probe_until === null ? null : { deployment: probe_deployment, until: ms(probe_until) };
  return { account, realm, size, reason, text, strikes, until: ms(until), probe };
}

function blockRow({ probe, until, ...block }: Block): BlockRow {
  const probed = { probe_deployment: probe?.deployment ?? null, probe_until: dateOrNull(probe?.until ?? null) };
  return { ...block, until: date(until), ...probed };
}

const BLOCK_KEY = ["account", "realm", "size", "reason"] as const;

/**
 * What decisions remember and forget. All rows are locked first, in one order: each statement would take them in its own. Decisions of one
 * batch may block the same offer: the last one counts.
 */
export async function changeBlocks(
  db: Sql,
  changes: readonly Pick<Changes, "blocks" | "unblocks" | "attempts">[],
): Promise<void> {
  const blocks = changes.flatMap((one) => one.blocks);
  const offers = changes.flatMap((one) => one.unblocks);
  const ended = triesEnded(changes);
  if (blocks.length + offers.length + ended.length === 0) return;
  const proven = sql`(account, realm, size) in (
    select o.account, o.realm, o.size from jsonb_to_recordset(${json(offers)}) as o(account text, realm text, size text))`;
  const put = sql`(account, realm, size, reason) in (select o.account, o.realm, o.size, o.reason
    from jsonb_to_recordset(${json(blocks)}) as o(account text, realm text, size text, reason text))`;
  const tried = sql`probe_deployment = any(${texts(ended)})`;
  await sql`select 1 from blocks where ${put} or ${proven} or ${tried} order by ${listed(BLOCK_KEY)} for update`.execute(
    db,
  );
  const byKey = new Map(blocks.map((block) => [JSON.stringify(BLOCK_KEY.map((part) => block[part])), blockRow(block)]));
  await upsertRows(db, { table: "blocks", key: BLOCK_KEY }, [...byKey.values()]);
  if (offers.length > 0) await sql`delete from blocks where ${proven}`.execute(db);
  if (ended.length === 0) return;
  await sql`update blocks set probe_deployment = null, probe_until = null where ${tried}`.execute(db);
}

export function readingMarkets({ run, timed }: Session, books: OfferBooks): Pick<Reads, "pools" | "blocks" | "market"> {
  return {
    pools: () => run((db) => pools(db)),
    blocks: () =>
      run(async (db) => {
        const rows = db.selectFrom("blocks").selectAll();
        return (await rows.orderBy("account").orderBy("realm").orderBy("size").orderBy("reason").execute()).map(
          toBlock,
        );
      }),
    market: (pool) => run(async (db) => (await markets(db, { books, timed }, [pool])).get(pool) ?? null),
  };
}

export function keepingMarkets(
  { run, timed }: Session,
  books: OfferBooks,
): Pick<Tx, "markets" | "putPool" | "deletePool" | "clearBlock"> {
  return {
    markets: (names) =>
      run(async (db) => {
        await lockAccountsOf(db, texts(names));
        return markets(db, { books, timed }, names);
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

async function putPool(db: Sql, { name, enabled, limit, members, maxLeaseMs, retention }: Pool): Promise<void> {
  const { stepsDays: steps_days, consolesDays: consoles_days, ledgerDays: ledger_days } = retention;
  const row = { name, enabled, quota: limit, max_lease_ms: maxLeaseMs, steps_days, consoles_days, ledger_days };
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
  return found.rows.map(({ name, enabled, quota, max_lease_ms, steps_days, consoles_days, ledger_days }) => ({
    name,
    enabled,
    members: (byPool.get(name) ?? []).map(toMember),
    limit: quota,
    maxLeaseMs: max_lease_ms,
    retention: { stepsDays: steps_days, consolesDays: consoles_days, ledgerDays: ledger_days },
  }));
}

const toMember = ({ account, tier, weight }: PoolMemberRow): PoolMember => ({ account, group: tier, weight });

async function markets(
  db: Sql,
  { books, timed }: { readonly books: OfferBooks; readonly timed: Session["timed"] },
  names: readonly string[],
): Promise<ReadonlyMap<string, Market>> {
  const found = await pools(db, names);
  if (found.length === 0) return new Map();
  const of = texts(found.map(({ name }) => name));
  const accounts = await accountsOf(db, of);
  const ids = [...accounts.keys()];
  const offers = await books.of(db, [...accounts.values()]);
  const quotas = await quotasOf(db, ids);
  const answer = await answersOf(db, ids, timed);
  const inPools = sql`p.pool = any(${of})`;
  const atMembers = sql`p.account = any(${texts(found.flatMap(({ members }) => members.map(({ account }) => account)))})`;
  const sums = await held(db, sql`(${inPools} or ${atMembers})`);
  const { rows: blocks } = await sql<BlockRow>`select * from blocks
    where account in (select account from pool_members where pool = any(${of}))
    order by account, realm, size, reason`.execute(db);
  return new Map(found.map((pool) => [pool.name, marketOf(pool)]));

  function marketOf(pool: Pool): Market {
    const inPool = new Set<AccountId>(pool.members.map(({ account }) => account));
    return {
      pool,
      poolHeld: sums.ofPool.get(pool.name) ?? {},
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
      uncounted: sums.uncounted.get(id) ?? new Map(),
      quotas: quotas.get(id) ?? [],
      offers: offers.get(id) ?? null,
      answer: (kind, choice, realm) => answer({ account: id, kind, choice, realm }),
    };
  }
}
