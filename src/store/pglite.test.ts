import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect } from "kysely";
import { afterAll, beforeAll, vi } from "vitest";
import { storeSuite } from "../ports/store.testsuite.ts";
import { emptyDatabase } from "./emptying.samples.ts";
import { listenOnLite } from "./listen.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

// One database for all tests, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let lite: PGlite;
let db: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-pglite-"));
  await preparedFolder(folder);
  lite = await PGlite.create({ dataDir: join(folder, "database") });
  db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: lite }) });
});

afterAll(async () => {
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

storeSuite("the store on PGlite", async () => {
  await emptyDatabase(db);
  const giveUpMs = 500;
  const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined, giveUpMs });
  return { store, concurrent: false, giveUpMs, close: () => store.close() };
});
