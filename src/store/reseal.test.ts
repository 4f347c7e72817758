import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, onTestFinished, test, vi } from "vitest";
import { sampleMachine, samplePlanRow } from "../ports/store.samples.ts";
import { launchBegun, openAccounts, putMachines } from "../ports/store-suite/stage.testsuite.ts";
import { proveKey, secretsWith } from "../secrets.ts";
import { openAlone } from "./alone.ts";
import { openPglite } from "./open.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { resealFolder } from "./reseal.ts";

vi.setConfig({ testTimeout: 60_000 });

const OLD = Buffer.alloc(32, 7);
const NEW = Buffer.alloc(32, 8);
const old = secretsWith(OLD);
const fresh = secretsWith(NEW);
const keys = { both: secretsWith(NEW, OLD), first: fresh, begin: async () => {} };

/** A database with something sealed in each place where something may be. */
async function used(): Promise<string> {
  const dataDir = join(await mkdtemp(join(tmpdir(), "slipway-reseal-")), "data");
  onTestFinished(() => rm(join(dataDir, ".."), { recursive: true }));
  await preparedFolder(dataDir);
  const store = await openPglite({ dataDir });
  await proveKey(store, old);
  await openAccounts(store);
  const id = await launchBegun(store);
  await putMachines(store, id, [sampleMachine({ deployment: id, state: "intent" })]);
  await store.write((tx) => tx.insertPlan(samplePlanRow({ secrets: old.seal("a parameter") })));
  await store.close();
  await using alone = await openAlone(join(dataDir, "database"));
  const { db } = alone;
  await sql`update accounts set credentials = ${old.seal("a key")}`.execute(db);
  await sql`update deployments set secrets = ${old.seal("a password")}`.execute(db);
  await sql`update revisions set aside = '{}', aside_source = 'name: shop', aside_secrets = ${old.seal("put aside")}`.execute(
    db,
  );
  await sql`update machines set request = ${old.seal("user data")}`.execute(db);
  return dataDir;
}

/** Everything in any table that is sealed. */
async function sealed(dataDir: string): Promise<string[]> {
  await using alone = await openAlone(join(dataDir, "database"));
  const { db } = alone;
  const { rows: tables } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(db);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ value: string }>`
      select f.value from ${sql.table(name)} t, jsonb_each_text(to_jsonb(t)) f where f.value like 'v1.%'`.execute(db);
    found.push(...rows.map(({ value }) => value));
  }
  return found;
}

const opened = (values: readonly string[]): string[] => values.map((value) => fresh.open(value)).toSorted();

test("all that is sealed anywhere is sealed with the first key, and says what it said", async () => {
  const dataDir = await used();
  const before = await sealed(dataDir);
  expect(before).toHaveLength(6);
  expect(await resealFolder(dataDir, keys)).toBe(6);
  expect(opened(await sealed(dataDir))).toEqual(before.map((value) => old.open(value)).toSorted());
  expect(await resealFolder(dataDir, keys)).toBe(0);
});

test("one that was cut short goes on from where it was", async () => {
  const dataDir = await used();
  {
    await using alone = await openAlone(join(dataDir, "database"));
    await sql`update accounts set credentials = ${fresh.seal("a key")}`.execute(alone.db);
  }
  expect(await resealFolder(dataDir, keys)).toBe(5);
  expect(opened(await sealed(dataDir))).toHaveLength(6);
});

test("nothing is written with a key that is not the database's", async () => {
  const dataDir = await used();
  const before = await sealed(dataDir);
  const refused = resealFolder(dataDir, { ...keys, begin: () => Promise.reject(new Error("another key")) });
  await expect(refused).rejects.toThrow("another key");
  expect(await sealed(dataDir)).toEqual(before);
});
