// Statements that a server knows by name, and choices that exclude each other.

import type { Kysely } from "kysely";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { accountId } from "../core/ids.ts";
import { sampleAccount, samplePool } from "../ports/store.samples.ts";
import { type Store, StoreAway } from "../ports/store.ts";
import { connect, openPostgres } from "./open.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";
import type { Tables } from "./schema.ts";

let database: OwnDatabase;
let db: Kysely<Tables>;
const opened: Store[] = [];

beforeAll(async () => {
  database = await ownDatabase();
  ({ db } = connect(database.url));
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

test("a newer program may give a table a column: what is known by name of before is asked for anew, and nothing else is said of it", async () => {
  const store = await openPostgres({ url: database.url });
  opened.push(store);
  const look = () => store.read((tx) => tx.accounts());
  for (let times = 0; times < 3; times += 1) await look();
  await sql`alter table accounts add column of_a_newer_program int`.execute(db);
  const refused = await look().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreAway);
  await expect(look()).resolves.toEqual([]);
  await sql`alter table accounts drop column of_a_newer_program`.execute(db);
});

test("deciders that go for each other's choices in another order wait, and never for each other", async () => {
  const store = await openPostgres({ url: database.url });
  opened.push(store);
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

test("what was written of the ledger is not known any more once the server was lost: it may have given numbers again since", async () => {
  const store = await openPostgres({ url: database.url });
  opened.push(store);
  const heard = Promise.withResolvers<void>();
  await store.onDue(() => heard.resolve());
  const ledger = (since: string | null) => store.read((tx) => tx.writtenSince(accountId("nowhere"), since));
  const { horizon } = await ledger(null);
  expect((await ledger(horizon)).written).toEqual([]);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'slipway listen'`.execute(db);
  // Whoever listens again is told to look.
  await heard.promise;
  expect((await ledger(horizon)).written).toBeNull();
});

async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`.execute(db);
  return rows[0]?.deadlocks ?? 0;
}
