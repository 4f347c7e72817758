import { type Kysely, sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { storeSuite } from "../ports/store.testsuite.ts";
import { processesOn, SETTABLE_CLOCK, SETTABLE_PATH, setClock } from "./clocks.samples.ts";
import { emptyDatabase } from "./emptying.samples.ts";
import { connect, openPostgres } from "./open.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";
import type { Tables } from "./schema.ts";

let database: OwnDatabase;
let db: Kysely<Tables>;

beforeAll(async () => {
  database = await ownDatabase();
  await (await openPostgres({ url: database.url })).close();
  ({ db } = connect(database.url));
  for (const statement of SETTABLE_CLOCK) await sql.raw(statement).execute(db);
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

storeSuite("the store on PostgreSQL", async () => {
  await emptyDatabase(db);
  const giveUpMs = 4_000;
  const set = (byMs: number) => sql.raw(setClock(byMs)).execute(db);
  await set(0);
  const url = new URL(database.url);
  url.searchParams.set("options", `-c search_path=${SETTABLE_PATH}`);
  const { db: own, ends } = connect(url.href);
  const { store, clocks } = processesOn(own, { ...ends, giveUpMs }, set);
  return { store, concurrent: true, clocks, giveUpMs, close: () => store.close() };
});
