import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import type { Tables } from "./schema.ts";
import { renewStatistics } from "./statistics.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let db: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-statistics-"));
  await preparedFolder(folder);
  db = new Kysely<Tables>({ dialect: liteDialect(await openLite(join(folder, "database"), CHANNELS)) });
});

afterAll(async () => {
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

const grow = (to: number) =>
  sql`insert into settings select 'setting ' || n, 'value' from generate_series(1, ${to}::int) n on conflict do nothing`.execute(
    db,
  );

/** What it counted is told to others once a second at most. */
async function told(): Promise<void> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
}

async function pagesOf(table: string): Promise<number> {
  const { rows } = await sql<{
    pages: number;
  }>`select (pg_relation_size(${table}::regclass) / 8192)::int as pages`.execute(db);
  return rows[0]?.pages ?? 0;
}

async function planned(): Promise<number> {
  const { rows } = await sql<{ "QUERY PLAN": readonly { Plan: { "Plan Rows": number } }[] }>`
    explain (format json) select * from settings where value = 'value'`.execute(db);
  return rows[0]?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0;
}

test("an embedded database gets statistics of what has grown, and not again before it has grown by much", async () => {
  await grow(10_000);
  expect(await planned()).toBeLessThan(1_000);
  expect(await renewStatistics(db)).toEqual(["settings"]);
  expect(await planned()).toBeGreaterThan(9_000);
  await grow(10_500);
  expect(await renewStatistics(db)).toEqual([]);
  await grow(20_000);
  expect(await renewStatistics(db)).toEqual(["settings"]);
});

test("what is written anew all the time does not grow for ever", async () => {
  const sizes: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await sql`insert into holdings select 'east', 'default', 1, 512, null, '{}', 1 from generate_series(1, 20000)`.execute(
      db,
    );
    await sql`delete from holdings`.execute(db);
    await told();
    await renewStatistics(db);
    sizes.push(await pagesOf("holdings"));
  }
  expect(Math.max(...sizes)).toBeLessThan((2 * 20_000 * 70) / 8_192);
});

test("rows that change all the time leave nothing behind that others read over", async () => {
  await sql`insert into profiles (name, cpu, memory_mib, storage_gib, architecture, accelerators)
    select 'profile ' || n, 1, 512, 1, 'x86_64', 0 from generate_series(1, 500) n`.execute(db);
  await told();
  await renewStatistics(db);
  const before = await pagesOf("profiles");
  for (let change = 1; change <= 40; change += 1) {
    await sql`update profiles set cpu = cpu + 1`.execute(db);
    await told();
    await renewStatistics(db);
  }
  // The living ones, as many old ones, and what is free between them.
  expect(await pagesOf("profiles")).toBeLessThan(before * 5);
});

test("few changes of a large table are no reason", async () => {
  await grow(30_000);
  await told();
  await renewStatistics(db);
  await sql`update settings set value = 'other' where name <= 'setting 12'`.execute(db);
  await told();
  expect(await renewStatistics(db)).toEqual([]);
  await sql`update settings set value = 'other'`.execute(db);
  await told();
  expect(await renewStatistics(db)).toContain("settings");
});

test("plans are made for a database that is in memory", async () => {
  const { rows } = await sql<{ random_page_cost: string }>`show random_page_cost`.execute(db);
  expect(rows).toEqual([{ random_page_cost: "1.1" }]);
});
