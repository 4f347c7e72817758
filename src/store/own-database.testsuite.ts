// A database of its own for a file of tests, on the server that DATABASE_URL names.

import type { Kysely } from "kysely";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Store } from "../ports/store.ts";
import { connect, openPostgres } from "./open.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";
import type { Tables } from "./schema.ts";

export interface FileDatabase {
  readonly url: string;
  readonly db: Kysely<Tables>;
  /** A store on it, closed after the test. */
  open(given?: Partial<Parameters<typeof openPostgres>[0]>): Promise<Store>;
}

/** The empty database of a file of tests, there from its first test on, and dropped after its last. */
export function databaseOfFile(): FileDatabase {
  const opened: Store[] = [];
  let made: { readonly own: OwnDatabase; readonly db: Kysely<Tables> } | null = null;
  const there = () => {
    if (made === null) throw new Error("the database is there from the first test on");
    return made;
  };
  beforeAll(async () => {
    const own = await ownDatabase();
    made = { own, db: connect(own.url).db };
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    const { own, db } = there();
    await db.destroy();
    await own.drop();
  });
  return {
    get url() {
      return there().own.url;
    },
    get db() {
      return there().db;
    },
    async open(given = {}) {
      const store = await openPostgres({ url: there().own.url, ...given });
      opened.push(store);
      return store;
    },
  };
}
