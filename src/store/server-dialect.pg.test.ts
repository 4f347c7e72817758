// Statements that a server knows by name, and choices that exclude each other.

import { sql } from "kysely";
import { expect, test, vi } from "vitest";
import { accountId } from "../core/ids.ts";
import { sampleAccount, samplePool } from "../ports/store.samples.ts";
import { StoreAway } from "../ports/store.ts";
import { together, withCommit } from "./flights.ts";
import { databaseOfFile } from "./own-database.testsuite.ts";

const database = databaseOfFile();

test("a newer program may give a table a column: what is known by name of before is asked for anew, and nothing else is said of it", async () => {
  const store = await database.open();
  const look = () => store.read((tx) => tx.accounts());
  for (let times = 0; times < 3; times += 1) await look();
  await sql`alter table accounts add column of_a_newer_program int`.execute(database.db);
  const refused = await look().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreAway);
  await expect(look()).resolves.toEqual([]);
  await sql`alter table accounts drop column of_a_newer_program`.execute(database.db);
});

test("deciders that go for each other's choices in another order wait, and never for each other", async () => {
  const store = await database.open();
  const [east, west] = [accountId("choice-east"), accountId("choice-west")];
  await store.write(async (tx) => {
    for (const id of [east, west]) await tx.putAccount(sampleAccount({ id, name: id }), "{}");
    const members = [east, west].map((account) => ({ account, group: 0, weight: 0 }));
    await tx.putPool(samplePool({ name: "there", members }));
    await tx.putPool(samplePool({ name: "back", members: members.toReversed() }));
  });
  const before = await deadlocks();
  const choose = (pool: string) => store.write((tx) => tx.markets([pool]));
  const both = Array.from({ length: 40 }, (_, n) => choose(n % 2 === 0 ? "there" : "back"));
  expect((await Promise.all(both)).every((markets) => markets.size === 1)).toBe(true);
  expect(await deadlocks()).toBe(before);
});

test("an account that joins a pool while a choice waits is none of that choice", async () => {
  const store = await database.open();
  const [first, second] = [accountId("choice-first"), accountId("choice-second")];
  const members = [first, second].map((account) => ({ account, group: 0, weight: 0 }));
  await store.write(async (tx) => {
    for (const id of [first, second]) await tx.putAccount(sampleAccount({ id, name: id }), "{}");
    await tx.putPool(samplePool({ name: "joined", members: members.slice(0, 1) }));
  });
  const names = (markets: Awaited<ReturnType<typeof choose>>) =>
    markets.get("joined")?.accounts.map(({ account }) => account.id);
  const choose = () => store.write((tx) => tx.markets(["joined"]));
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holder = store.write(async (tx) => {
    await tx.lockChoice(first);
    held.resolve();
    await released.promise;
  });
  await held.promise;
  const waiting = choose();
  await vi.waitFor(async () => expect(await waitingLocks()).toBe(1), 10_000);
  await store.write((tx) => tx.putPool(samplePool({ name: "joined", members })));
  released.resolve();
  await holder;
  expect([names(await waiting), names(await choose())]).toEqual([[first], [first, second]]);
});

async function waitingLocks(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted`.execute(database.db);
  return rows[0]?.waiting ?? 0;
}

test("what was written of the ledger is not known any more once the server was lost: it may have given numbers again since", async () => {
  const store = await database.open();
  const heard = Promise.withResolvers<void>();
  await store.onDue(() => heard.resolve());
  const ledger = (since: string | null) => store.read((tx) => tx.writtenSince(accountId("nowhere"), since));
  const { horizon } = await ledger(null);
  expect((await ledger(horizon)).written).toEqual([]);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'slipway listen'`.execute(database.db);
  // Whoever listens again is told to look.
  await heard.promise;
  expect((await ledger(horizon)).written).toBeNull();
});

async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`.execute(database.db);
  return rows[0]?.deadlocks ?? 0;
}

test("values come back as they were sent", async () => {
  const { db } = database;
  const at = new Date("2026-02-03T04:05:06.789Z");
  const far = new Date(Date.UTC(12_026, 0, 2));
  const before = new Date("-000043-03-15T12:00:00.000Z");
  const list = ["a", 'b"\\c', "", "{}", "null", "ü,ß"];
  // Known by name from the second time on.
  for (let times = 0; times < 3; times += 1) {
    const { rows } =
      await sql`select ${at}::timestamptz as at, ${far}::timestamptz as far, ${before}::timestamptz as before,
      ${list}::text[] as list, ${true}::boolean as yes, ${1.5}::float8 as half, ${"x"}::text as text, ${null}::text as nothing,
      ${{ a: [1, "b"] }}::jsonb as object, ${Buffer.from([0, 255])}::bytea as bytes`.execute(db);
    expect(rows).toEqual([
      {
        at,
        far,
        before,
        list,
        yes: true,
        half: 1.5,
        text: "x",
        nothing: null,
        object: { a: [1, "b"] },
        bytes: Buffer.from([0, 255]),
      },
    ]);
  }
});

test("what stands behind a statement that failed has come to nothing, and is asked for by its name later all the same", async () => {
  const { db } = database;
  await sql`create table sent (no int primary key)`.execute(db);
  const put = (no: number) => sql`insert into sent values (${no}::int)`;
  const known = () => sql<{ no: number }>`select no from sent order by no`;
  for (let times = 0; times < 3; times += 1) {
    const failing = db.transaction().execute((trx) => together(trx, [put(1), put(1), put(2), known()]));
    await expect(failing).rejects.toMatchObject({ code: "23505" });
    expect((await known().execute(db)).rows).toEqual([]);
  }
  // Outside of a transaction what goes together is one.
  await expect(db.connection().execute((one) => together(one, [put(1), put(1)]))).rejects.toMatchObject({
    code: "23505",
  });
  expect((await known().execute(db)).rows).toEqual([]);
  const [, , seen] = await db.transaction().execute((trx) => together(trx, [put(1), put(2), known()]));
  expect(seen).toEqual([{ no: 1 }, { no: 2 }]);
  expect((await put(3).execute(db)).numAffectedRows).toBe(1n);
  await sql`drop table sent`.execute(db);
});

test("what is told with a commit and fails takes the transaction with it", async () => {
  const { db } = database;
  await sql`create table told (no int primary key)`.execute(db);
  const untold = db.transaction().execute(async (trx) => {
    await sql`insert into told values (1)`.execute(trx);
    await withCommit(trx, sql`select 1 / 0`);
  });
  await expect(untold).rejects.toMatchObject({ code: "22012" });
  expect((await sql`select no from told`.execute(db)).rows).toEqual([]);
  await sql`drop table told`.execute(db);
});

test("why a commit failed is said, also where something is told with it", async () => {
  const { db } = database;
  await sql`create table late (no int primary key)`.execute(db);
  await sql`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'no room' using errcode = '53100'; end $$`.execute(db);
  await sql`create constraint trigger refused after insert on late deferrable initially deferred
    for each row execute function refuse()`.execute(db);
  const committed = db.transaction().execute(async (trx) => {
    await sql`insert into late values (1)`.execute(trx);
    await withCommit(trx, sql`select 1`);
  });
  await expect(committed).rejects.toMatchObject({ code: "53100" });
  expect((await sql`select no from late`.execute(db)).rows).toEqual([]);
  await sql`drop table late`.execute(db);
  await sql`drop function refuse`.execute(db);
});

test("a plan that was made for a look is none of those of transactions that write", async () => {
  const { db } = database;
  await sql`create table grown (no int primary key)`.execute(db);
  await sql`insert into grown values (1)`.execute(db);
  await sql`analyze grown`.execute(db);
  const read = await db.connection().execute(async (one) => {
    const look = (trx: typeof one) => sql`select * from grown where no = any(${[1]}::int[])`.execute(trx);
    for (let times = 0; times < 12; times += 1) {
      await one.transaction().setAccessMode("read only").execute(look);
    }
    await sql`insert into grown select generate_series(2, 20000)`.execute(one);
    return await one.transaction().execute(async (trx) => {
      await look(trx);
      const { rows } = await sql<{ read: number }>`
        select seq_tup_read::int as read from pg_stat_xact_user_tables where relname = 'grown'`.execute(trx);
      return rows[0]?.read;
    });
  });
  // Of what goes through it: the looks of before, at one row each.
  expect(read).toBeLessThan(100);
  await sql`drop table grown`.execute(db);
});

test("who would copy is told that nobody does", async () => {
  const { db } = database;
  await expect(sql`copy settings from stdin`.execute(db)).rejects.toThrow("there is nothing to copy");
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
});

test("names that the server has forgotten cost one transaction, and nothing else is said of it", async () => {
  const { db } = database;
  const ask = () => sql`select 3 as three`.execute(db);
  for (let times = 0; times < 3; times += 1) await ask();
  await sql`discard all`.execute(db);
  await expect(ask()).rejects.toBeInstanceOf(StoreAway);
  expect((await ask()).rows).toEqual([{ three: 3 }]);
});

test("whoever waits for an answer when the connection ends is told, and the next one has another connection", async () => {
  const { db } = database;
  const cut = db
    .connection()
    .execute((one) => together(one, [sql`select pg_terminate_backend(pg_backend_pid())`, sql`select 1`]));
  await expect(cut).rejects.toThrow();
  expect((await sql`select 2 as two`.execute(db)).rows).toEqual([{ two: 2 }]);
});

test("a transaction that writes goes by keys and by plans for all values, and nobody after it", async () => {
  const { db } = database;
  const modes = sql<{
    plans: string;
    goes: string;
    compiles: string;
  }>`select current_setting('plan_cache_mode') as plans,
    current_setting('seq_page_cost') as goes, current_setting('jit') as compiles`;
  await db.connection().execute(async (one) => {
    const before = (await modes.execute(one)).rows;
    expect(await one.transaction().execute(async (trx) => (await modes.execute(trx)).rows)).toEqual([
      { plans: "force_generic_plan", goes: "100", compiles: "off" },
    ]);
    expect((await modes.execute(one)).rows).toEqual(before);
  });
});
