// Statements that a server knows by name, and choices that exclude each other.

import { sql } from "kysely";
import { expect, test, vi } from "vitest";
import { accountId } from "../core/ids.ts";
import { sampleAccount, samplePool } from "../ports/store.samples.ts";
import { StoreAway } from "../ports/store.ts";
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
