// Accounts: rows, what people keep of them, verdicts, and the claims of the tracker.

import { type RawBuilder, sql } from "kysely";
import type { Account, AccountVerdict } from "../core/account.ts";
import type { AccountId } from "../core/ids.ts";
import { UNLIMITED } from "../core/market/amount.ts";
import type { ClaimedPoll, PollOutcome } from "../ports/claims.ts";
import type { Reads, Tx } from "../ports/store.ts";
import { counting } from "./pace.ts";
import { date, dateOrNull, json, ms, msOrNull, type Sql, storable, upsertRows } from "./rows.ts";
import type { AccountRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    settings: row.settings,
    enabled: row.enabled,
    health: row.health,
    healthText: row.health_text,
    healthAt: msOrNull(row.health_at),
    limit: { ...UNLIMITED, ...row.quota },
    images: row.images,
    realms: row.realms,
    offersAt: msOrNull(row.offers_at),
    usageAt: msOrNull(row.usage_asked_at),
    limiter: { parallel: row.limiter_parallel, pausedUntil: msOrNull(row.limiter_paused_until) },
    alert: row.alert,
    pollAt: ms(row.poll_at),
    createdAt: ms(row.created_at),
  };
}

/** What is written by others: what it offers, credentials, the tracker's claim, the count of calls. */
type OthersColumns =
  | "offers_no"
  | "offers_at"
  | "conditions"
  | "usage_asked_at"
  | "credentials"
  | "poll_no"
  | "poll_claimed_until"
  | "calls_minute"
  | "calls_now"
  | "calls_before";

function ownColumns(account: Account): Omit<AccountRow, OthersColumns> {
  return {
    id: account.id,
    name: account.name,
    provider: account.provider,
    settings: account.settings,
    enabled: account.enabled,
    health: account.health,
    health_text: account.healthText,
    health_at: dateOrNull(account.healthAt),
    quota: account.limit,
    images: account.images,
    realms: account.realms,
    limiter_parallel: account.limiter.parallel,
    limiter_paused_until: dateOrNull(account.limiter.pausedUntil),
    alert: account.alert,
    poll_at: date(account.pollAt),
    created_at: date(account.createdAt),
  };
}

export function readingAccounts({
  run,
}: Session): Pick<Reads, "accounts" | "accountNamed" | "account" | "credentials"> {
  const one = (column: "id" | "name", value: string) =>
    run(async (db) => {
      const { rows } = await sql<AccountRow>`select * from accounts where ${sql.ref(column)} = ${value}`.execute(db);
      return rows[0] === undefined ? null : toAccount(rows[0]);
    });
  return {
    accounts: () =>
      run(async (db) => (await db.selectFrom("accounts").selectAll().orderBy("name").execute()).map(toAccount)),
    accountNamed: (name) => one("name", name),
    account: (id) => one("id", id),
    credentials: (id) =>
      run(async (db) => {
        const row = await db.selectFrom("accounts").select("credentials").where("id", "=", id).executeTakeFirst();
        return row?.credentials ?? null;
      }),
  };
}

export function keepingAccounts({ run, notices }: Session): Pick<Tx, "putAccount" | "lockAccount" | "deleteAccount"> {
  return {
    putAccount: (account, credentials) =>
      run(async (db) => {
        const row = credentials === null ? ownColumns(account) : { ...ownColumns(account), credentials };
        await upsertRows(db, { table: "accounts", key: ["id"] }, [row]);
        notices.due();
      }),
    lockAccount: (id) =>
      run(async (db) => {
        const { rows } = await sql<AccountRow>`select * from accounts where id = ${id} for no key update`.execute(db);
        return rows[0] === undefined ? null : toAccount(rows[0]);
      }),
    deleteAccount: (id) =>
      run(async (db) => {
        await db.deleteFrom("accounts").where("id", "=", id).execute();
      }),
  };
}

export function polling({
  run,
  clock,
  notices,
}: Session): Pick<Tx, "claimPolls" | "renewPoll" | "endPoll" | "setLimiter" | "pollBy"> {
  /** Changes one account; false when the condition does not hold. */
  const rewrite = async (db: Sql, set: RawBuilder<unknown>, where: RawBuilder<unknown>): Promise<boolean> => {
    const { numAffectedRows } = await sql`update accounts set ${set} where ${where}`.execute(db);
    if (numAffectedRows === 0n) return false;
    notices.due();
    return true;
  };
  return {
    claimPolls: (limit, claimMs) => run(async (db) => claimPolls(db, { limit, claimMs, now: await clock(db) })),
    renewPoll: ({ account, pollNo }, claimMs) =>
      run(async (db) => {
        const until = date((await clock(db)) + claimMs);
        const set = sql`poll_claimed_until = ${until}, poll_at = case when poll_at < poll_claimed_until then poll_at else ${until} end`;
        return rewrite(db, set, sql`id = ${account.id} and poll_no = ${pollNo}`);
      }),
    endPoll: ({ account, pollNo }, found) =>
      run(async (db) =>
        rewrite(db, pollColumns(found, await clock(db)), sql`id = ${account.id} and poll_no = ${pollNo}`),
      ),
    setLimiter: (id, { parallel, pausedUntil }) =>
      run(async (db) => {
        const set = sql`limiter_parallel = ${parallel}::float8, limiter_paused_until = ${dateOrNull(pausedUntil)}`;
        await rewrite(db, set, sql`id = ${id}`);
      }),
    pollBy: (id, at) =>
      run(async (db) => {
        await rewrite(db, sql`poll_at = ${date(at)}`, sql`id = ${id} and poll_at > ${date(at)}`);
      }),
  };
}

function pollColumns({ health, healthText, alert, pollAt }: PollOutcome, now: number): RawBuilder<unknown> {
  // Sooner than the claim put it: somebody wished so since, and the list may be older than what the wish is about.
  const wished = sql`case when poll_at < poll_claimed_until then poll_at end`;
  return sql`health = ${health}, health_text = ${orNull(healthText)}, health_at = ${date(now)}, alert = ${alert === null ? null : json(alert)},
    poll_at = least(${date(pollAt)}, ${wished}), poll_claimed_until = null`;
}

const orNull = (text: string | null): string | null => (text === null ? null : storable(text));

async function claimPolls(
  db: Sql,
  { limit, claimMs, now }: { limit: number; claimMs: number; now: number },
): Promise<ClaimedPoll[]> {
  const [at, until] = [date(now), date(now + claimMs)];
  const { rows } = await sql<AccountRow & { due_at: Date }>`
    with due as (
      select id, poll_at as due_at from accounts
      where poll_at <= ${at}
        and (poll_claimed_until is null or poll_claimed_until <= ${at})
        and (limiter_paused_until is null or limiter_paused_until <= ${at})
      order by poll_at, id limit ${limit}::int for no key update skip locked
    )
    update accounts a set
      poll_no = a.poll_no + 1,
      poll_at = ${until},
      poll_claimed_until = ${until},
      ${counting(sql`1`, now)}
    from due where a.id = due.id
    returning a.*, due.due_at`.execute(db);
  return rows
    .map((row) => ({ account: toAccount({ ...row, poll_at: row.due_at }), pollNo: row.poll_no, now }))
    .toSorted((a, b) => a.account.pollAt - b.account.pollAt || (a.account.id < b.account.id ? -1 : 1));
}

/** Only what says that credentials or the account itself are refused suspends it. */
export async function suspend(db: Sql, verdicts: readonly AccountVerdict[], clock: Session["clock"]): Promise<void> {
  const refused = verdicts.filter(({ fault }) => fault.class === "auth" || fault.class === "account");
  const texts = new Map<AccountId, string>(refused.map(({ account, fault }) => [account, fault.text]));
  if (texts.size === 0) return;
  const given = json([...texts].map(([id, text]) => ({ id, text })));
  await sql`
    with given as (select * from jsonb_to_recordset(${given}) as g(id text, text text)),
    locked as (select a.id from accounts a join given g on g.id = a.id order by a.id for no key update of a)
    update accounts a set health = 'suspended', health_text = given.text, health_at = ${date(await clock(db))}
    from given join locked on locked.id = given.id where a.id = given.id`.execute(db);
}

export async function accountsOf(db: Sql, pools: RawBuilder<string[]>): Promise<ReadonlyMap<AccountId, AccountRow>> {
  const { rows } = await sql<AccountRow>`
    select * from accounts where id in (select account from pool_members where pool = any(${pools}))`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
