import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { afterAll, beforeAll, vi } from "vitest";
import { storeSuite } from "../ports/store.testsuite.ts";
import { processesOn, SETTABLE_CLOCK, SETTABLE_PATH, setClock } from "./clocks.samples.ts";
import { emptyDatabase } from "./emptying.samples.ts";
import { listenOnLite } from "./listen.ts";
import { type Lite, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import type { Tables } from "./schema.ts";

// One database for all tests, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let lite: Lite;
let db: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-pglite-"));
  await preparedFolder(folder);
  lite = await openLite(join(folder, "database"), CHANNELS);
  db = new Kysely<Tables>({ dialect: liteDialect(lite) });
});

afterAll(async () => {
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** On the one connection, also while it has a transaction open. */
async function say(statement: string): Promise<void> {
  await (await lite.living()).query({ first: [], sql: statement, parameters: [] });
}

storeSuite("the store on PGlite", async () => {
  for (const statement of [...SETTABLE_CLOCK, `set search_path = ${SETTABLE_PATH}`, setClock(0)]) await say(statement);
  await emptyDatabase(db);
  const giveUpMs = 2_000;
  const ends = { listening: listenOnLite(lite), closing: async () => undefined, giveUpMs };
  const { store, clocks } = processesOn(db, ends, (byMs) => say(setClock(byMs)));
  return { store, concurrent: false, clocks, giveUpMs, close: () => store.close() };
});
