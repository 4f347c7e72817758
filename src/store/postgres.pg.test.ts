import type { Kysely } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { storeSuite } from "../ports/store.testsuite.ts";
import { emptyDatabase } from "./emptying.samples.ts";
import { connect, openPostgres } from "./open.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

let database: OwnDatabase;
let db: Kysely<Tables>;

beforeAll(async () => {
  database = await ownDatabase();
  await (await openPostgres({ url: database.url })).close();
  ({ db } = connect(database.url));
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

storeSuite("the store on PostgreSQL", async () => {
  await emptyDatabase(db);
  const giveUpMs = 2_000;
  const { db: own, ends } = connect(database.url);
  const store = storeOn(own, { ...ends, giveUpMs });
  return { store, concurrent: true, giveUpMs, close: () => store.close() };
});
