// A database on a server that was put back with its own tools, and is told so with `slipway restore`.

import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openPostgres } from "../src/store/open.ts";
import { ownDatabase } from "../src/store/postgres.samples.ts";
import { ROOT, startChild } from "./stage/child.ts";
import { freshHome } from "./stage/server.ts";

async function emptyDatabase(): Promise<string> {
  const database = await ownDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

/** What `slipway restore` says. */
async function restore(url: string): Promise<string> {
  const child = startChild(join(ROOT, "bin/slipway"), ["restore"], {
    DATABASE_URL: url,
    SLIPWAY_KEY: Buffer.alloc(32, 1).toString("base64"),
    SLIPWAY_CONFIG: join(freshHome(), "config.json"),
  });
  await child.ended;
  return child.output();
}

/** The number that a statement gives, if it gives one. */
async function on(url: string, statement: string): Promise<number | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ number: number }>(statement);
  await client.end();
  return rows?.[0]?.number;
}

const TABLES = "select count(*)::int as number from pg_tables where schemaname = 'public'";

test("an empty database is left empty, so that its dump can still be put back", async () => {
  const url = await emptyDatabase();
  expect(await restore(url)).toContain("has no tables of Slipway: put the dump back with pg_restore first");
  expect(await on(url, TABLES)).toBe(0);
});

test("one that somebody works on does not count as put back, and does once nobody does", async () => {
  const url = await emptyDatabase();
  const store = await openPostgres({ url });
  const stop = await store.onDue(() => {});
  expect(await restore(url)).toContain("a server or worker is at work on: end them first");
  expect(await store.read((tx) => tx.hold())).toBeNull();
  await stop();
  await store.close();
  await on(url, "update clock set offset_ms = 7200000; update clock_told set offset_ms = 7200000");
  expect(await restore(url)).toContain("counts as put back from a backup");
  expect(await on(url, "select offset_ms::int as number from clock")).toBe(0);
});
