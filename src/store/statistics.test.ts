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
    await renewStatistics(db);
    const { rows } = await sql<{ size: number }>`select pg_relation_size('holdings')::int as size`.execute(db);
    sizes.push(rows[0]?.size ?? 0);
  }
  expect(Math.max(...sizes)).toBeLessThan(2 * 20_000 * 70);
});
