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

async function tablesAt(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::int from pg_tables where schemaname = 'public'",
  );
  await client.end();
  return rows[0]?.count ?? -1;
}

test("an empty database is left empty, so that its dump can still be put back", async () => {
  const url = await emptyDatabase();
  expect(await restore(url)).toContain("has no tables of Slipway: put the dump back with pg_restore first");
  expect(await tablesAt(url)).toBe(0);
});

test("one that somebody works on does not count as put back, and does once nobody does", async () => {
  const url = await emptyDatabase();
  const store = await openPostgres({ url });
  const stop = await store.onDue(() => {});
  expect(await restore(url)).toContain("a server or worker is at work on: end them first");
  expect(await store.read((tx) => tx.hold())).toBeNull();
  await stop();
  await store.close();
  expect(await restore(url)).toContain("counts as put back from a backup");
});
