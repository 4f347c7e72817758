// Statements that go to the embedded database together.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { together, withCommit } from "./flights.ts";
import { type Lite, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { preparedFolder } from "./pglite.samples.ts";
import type { Tables } from "./schema.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let lite: Lite;
let db: Kysely<Tables>;
let lives = 1;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-flights-"));
  await preparedFolder(folder);
  lite = await openLite(join(folder, "database"), []);
  lite.onNextLife(() => (lives += 1));
  db = new Kysely<Tables>({ dialect: liteDialect(lite) });
});

afterAll(async () => {
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

const put = (name: string) => sql`insert into settings values (${name}, 'there')`;
const names = async () => {
  const { rows } = await sql<{ name: string }>`select name from settings where value = 'there' order by name`.execute(
    db,
  );
  return rows.map(({ name }) => name);
};

test("they run in their order, in one transaction with what goes with the commit", async () => {
  await db.transaction().execute(async (trx) => {
    await together(trx, [put("a"), put("b"), sql`select 1`]);
    await withCommit(trx, put("c"));
  });
  expect(await names()).toEqual(["a", "b", "c"]);
});

test.each([
  ["the first", [sql`select 1 / 0`, put("d")]],
  ["one of them", [put("d"), sql`select 1 / 0`, put("e")]],
])("where %s fails all come to nothing, and the database goes on as it was", async (_, statements) => {
  const before = await names();
  const asked = db.transaction().execute((trx) => together(trx, statements));
  await expect(asked).rejects.toThrow("division by zero");
  expect(await names()).toEqual(before);
  const told = db.transaction().execute(async (trx) => {
    await put("f").execute(trx);
    await withCommit(trx, sql`select 1 / 0`);
  });
  await expect(told).rejects.toThrow("division by zero");
  expect([await names(), lives]).toEqual([before, 1]);
});
