// What becomes of the embedded database when one life of it ends in the middle of the work.

import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sampleNewDeployment } from "../ports/store.samples.ts";
import { type Store, StoreAway } from "../ports/store.ts";
import { listenOnLite } from "./listen.ts";
import { beginLife, type Lite, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let lite: Lite;
let db: Kysely<Tables>;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-lite-"));
  await preparedFolder(folder);
  lite = await openLite(join(folder, "database"), CHANNELS);
  db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  store = storeOn(db, { listening: listenOnLite(lite), closing: () => db.destroy() });
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "committed",
    (error: unknown) => (error instanceof StoreAway ? error.reason : error),
  );

async function endLife(words: string): Promise<void> {
  (await lite.living()).end(Object.assign(new Error(words), { severity: "PANIC" }));
}

test("a transaction in which the database ends is away and not committed, and the next one finds what was committed before", async () => {
  await store.write((tx) => tx.setSetting("colour", "red"));
  const dying = store.write(async (tx) => {
    await tx.setSetting("colour", "blue");
    await endLife('PANIC:  could not write to file "pg_wal/xlogtemp.42": No space left on device');
    await tx.setSetting("shape", "round");
  });
  expect(await reasonOf(dying)).toBe("no_space");
  expect(await store.read(async (tx) => [await tx.setting("colour"), await tx.setting("shape")])).toEqual([
    "red",
    null,
  ]);
});

test("whoever listens hears on, and is woken for what it may have missed", async () => {
  const woken = Promise.withResolvers<void>();
  const told = Promise.withResolvers<string>();
  await store.onDue(() => woken.resolve());
  await store.onEvents((id) => told.resolve(id));
  await endLife("Aborted()");
  await store.read((tx) => tx.now());
  await woken.promise;
  const row = sampleNewDeployment();
  await store.write((tx) => tx.insertDeployment(row));
  expect(await told.promise).toBe(row.deployment.id);
});

test("while the folder cannot be opened every transaction is away at once, and later one opens it", async () => {
  await endLife("Aborted()");
  const moved = join(folder, "elsewhere");
  await rename(join(folder, "database"), moved);
  // An empty folder would be taken for a new database: what stands in the way is a file.
  await writeFile(join(folder, "database"), "");
  expect(await reasonOf(store.read((tx) => tx.now()))).not.toBe("committed");
  await rm(join(folder, "database"));
  await rename(moved, join(folder, "database"));
  await vi.waitFor(() => store.read((tx) => tx.now()), { interval: 50, timeout: 20_000 });
});

test("a life that is asked after its end says why it ended", async () => {
  const life = await lite.living();
  await endLife("Aborted()");
  await expect(life.query({ first: [], sql: "select 1", parameters: [] })).rejects.toThrow("Aborted()");
  await life.gone;
});

test("a folder that holds no database of this version is told in the database's own words", async () => {
  const other = await mkdtemp(join(tmpdir(), "slipway-lite-"));
  await preparedFolder(other);
  await writeFile(join(other, "database", "PG_VERSION"), "9.6\n");
  await expect(beginLife({ folder: join(other, "database"), channels: [] })).rejects.toThrow(/FATAL: .*incompatible/);
  await rm(other, { recursive: true, force: true });
});
