// Databases of their own for tests, on the server that DATABASE_URL names.

import { randomUUID } from "node:crypto";
import { Client } from "pg";

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
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
