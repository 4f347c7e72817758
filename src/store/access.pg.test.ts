// With many thousands of tokens and users no request reads them all.

import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, openPostgres } from "./open.ts";
import { explainedStore } from "./plans.samples.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";

let database: OwnDatabase;

beforeAll(async () => {
  database = await ownDatabase();
  await (await openPostgres({ url: database.url })).close();
  const { db, ends } = connect(database.url);
  for (const statement of [
    `insert into users (name, enabled, groups, created_at) select 'user-' || n, true, '["crew"]', now() from generate_series(1, 20000) n`,
    `insert into groups (name, created_at) select 'group-' || n, now() from generate_series(1, 2000) n`,
    `insert into groups (name, claim, created_at) values ('crew', 'ops', now())`,
    `insert into tokens (name, hash, role, owner, created_at)
      select 'token-' || n, 'hash-' || n, 'viewer', 'user-' || n, now() from generate_series(1, 20000) n`,
    `insert into ended_sessions (id, until) select 'session-' || n, now() + interval '1 hour' from generate_series(1, 20000) n`,
    "analyze",
  ]) {
    await sql.raw(statement).execute(db);
  }
  await ends.closing();
});

afterAll(() => database.drop());

test("who asks is found by one row of each table", async () => {
  const explained = explainedStore(database.url);
  const { store } = explained;
  const pass = { hash: "hash-12345", session: "session-777" };
  const access = await store.write((tx) => tx.accessOf(pass));
  expect(access.users.map(({ name }) => name)).toEqual(["user-12345"]);
  expect([access.groups.map(({ name }) => name), [...access.endedSessions]]).toEqual([["crew"], ["session-777"]]);
  const reads = explained.taken();
  expect(reads.map(({ table }) => table)).toEqual(expect.arrayContaining(["tokens", "users", "ended_sessions"]));
  expect(reads.filter(({ rows }) => rows > 1)).toEqual([]);
  await store.close();
});
