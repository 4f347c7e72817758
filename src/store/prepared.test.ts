import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openAlone } from "./alone.ts";
import { readMigrations } from "./migrate.ts";
import { openPglite } from "./open.ts";
import { makePrepared } from "./prepared.ts";
import { only, type Sql } from "./rows.ts";

// Databases are really made here, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let home: string;
/** The file, and the databases that two who began at once have made when it could not be used. */
let file: string;
let makers: readonly string[];

async function fresh(name: string): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  return folder;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-prepared-"));
  file = join(home, "kept", "prepared-database");
  await mkdir(join(home, "kept"));
  await writeFile(file, "of another version\n");
  makers = await Promise.all(["one", "other"].map(fresh));
  await Promise.all(makers.map((folder) => makePrepared(folder, file)));
});

afterAll(() => rm(home, { recursive: true, force: true }));

async function look<T>(folder: string, act: (db: Sql) => Promise<T>): Promise<T> {
  await using alone = await openAlone(folder);
  return await act(alone.db);
}

/** Of a database of the present schema, in which nothing has been done yet. */
async function stateOf(
  db: Sql,
): Promise<{ identifier: string; migrations: string[]; settings: number; times: Date[] }> {
  const { rows } = await sql<{ id: string }>`select system_identifier::text as id from pg_control_system()`.execute(db);
  const history = await sql<{ name: string; migrated_at: Date }>`select * from schema_history order by name`.execute(
    db,
  );
  const clock = await sql<{ seen_at: Date }>`select seen_at from clock`.execute(db);
  const settings = await sql`select * from settings`.execute(db);
  return {
    identifier: only(rows).id,
    migrations: history.rows.map(({ name }) => name),
    settings: settings.rows.length,
    times: [only(clock.rows).seen_at, ...history.rows.map((row) => row.migrated_at)],
  };
}

test("two who find no file that fits make a database and the file, and nothing else is left of that", async () => {
  expect(await readdir(join(home, "kept"))).toEqual(["prepared-database"]);
  const known = (await readMigrations()).map(({ name }) => name);
  for (const folder of makers) expect((await look(folder, stateOf)).migrations).toEqual(known);
});

test("what is unpacked has the schema, and no name, number or time of whoever has prepared it", async () => {
  const unpacked = [await fresh("first"), await fresh("second")];
  for (const folder of unpacked) await makePrepared(folder, file);
  const made = await Promise.all(makers.map((folder) => look(folder, stateOf)));
  const states = [await look(unpacked[0] ?? "", stateOf), await look(unpacked[1] ?? "", stateOf)];
  for (const { migrations, settings, times } of states) {
    expect(migrations).toEqual(made[0]?.migrations);
    expect(settings).toBe(0);
    expect(new Set(times.map((at) => at.getTime()))).toEqual(new Set([0]));
  }
  expect(new Set([...made, ...states].map(({ identifier }) => identifier)).size).toBe(4);
  expect(states.every(({ identifier }) => BigInt(identifier) > 0n)).toBe(true);
});

test("the first start draws a name for each, and dates the schema by its own clock", async () => {
  const began = Date.now();
  const names: (string | null)[] = [];
  for (const name of ["data-1", "data-2"]) {
    const store = await openPglite({ dataDir: join(home, name) });
    names.push(await store.read((tx) => tx.setting("installation")));
    expect(Math.abs((await store.read((tx) => tx.now())) - Date.now())).toBeLessThan(60_000);
    await store.close();
    const { times } = await look(join(home, name, "database"), stateOf);
    expect(Math.min(...times.map((at) => at.getTime()))).toBeGreaterThanOrEqual(began);
  }
  expect(names[0]).not.toBe(names[1]);
});

test("where it cannot be unpacked that is said, and no other one is made in its place", async () => {
  await expect(makePrepared(join(home, "nowhere"), file)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readdir(home)).not.toContain("nowhere");
});
