// Databases of their own for tests, on the server that DATABASE_URL names.

import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Store } from "../ports/store.ts";
import { connect, openPostgres } from "./open.ts";
import type { Tables } from "./schema.ts";

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

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

/** Makes an empty database; `drop` ends whatever is still connected to it. */
export async function ownDatabase(): Promise<OwnDatabase> {
  const server = process.env["DATABASE_URL"];
  if (server === undefined)
    throw new Error("these tests need a PostgreSQL: scripts/ci/with-postgres.sh npm run test:pg");
  const name = `slipway_test_${randomUUID().replaceAll("-", "")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await onServer(server, `create database ${name}`);
  return { url: url.href, drop: () => onServer(server, `drop database ${name} with (force)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
