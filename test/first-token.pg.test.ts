// Two servers that start at the same moment on one empty database: one of them makes the first token, and it stays good.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgres } from "../src/store/open.ts";
import { ownDatabase, type OwnDatabase } from "../src/store/postgres.samples.ts";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";
import { until } from "./stage/poll.ts";
import { freshHome } from "./stage/server.ts";

let database: OwnDatabase;

beforeAll(async () => {
  database = await ownDatabase();
  await (await openPostgres({ url: database.url })).close();
});

afterAll(() => database?.drop());

interface Started {
  readonly child: Child;
  readonly url: string;
  readonly config: string;
}

async function start(): Promise<Started> {
  const home = freshHome();
  const port = await freePort();
  const config = join(home, "config.json");
  const child = startChild(join(ROOT, "bin/slipway"), ["serve"], {
    DATABASE_URL: database.url,
    SLIPWAY_KEY: Buffer.alloc(32, 1).toString("base64"),
    SLIPWAY_CONFIG: config,
    SLIPWAY_PORT: String(port),
  });
  void child.ended.catch(() => {});
  return { child, url: `http://127.0.0.1:${port}`, config };
}

const isListening = ({ child }: Started): boolean => child.output().includes("listening on");

test("one token is made, and the server that made it wrote it down", async () => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  // Held back until both want to know whether there is a token.
  await client.query("begin; lock table tokens in access exclusive mode");
  const servers = [await start(), await start()];
  const waiting = async (): Promise<true | null> => {
    const { rows } = await client.query("select 1 from pg_locks where relation = 'tokens'::regclass and not granted");
    return rows.length === servers.length ? true : null;
  };
  await until(waiting, { deadlineMs: 60_000, otherwise: () => servers.map(({ child }) => child.output()).join("\n") });
  await client.query("commit");
  await until(async () => (servers.every(isListening) ? true : null), { deadlineMs: 60_000 });
  const written = servers.filter(({ config }) => existsSync(config));
  expect(written).toHaveLength(1);
  for (const { url, config } of written) {
    const { token }: { token: string } = JSON.parse(readFileSync(config, "utf8"));
    const reply = await fetch(`${url}/v1/tokens`, { headers: { authorization: `Bearer ${token}` } });
    expect([reply.status, await reply.json()]).toMatchObject([200, { tokens: [{ name: "admin" }] }]);
  }
  expect(servers.map(({ child }) => child.output()).join("\n")).toContain("another server on this database makes");
  await client.end();
  await Promise.all(servers.map(({ child }) => child.end("SIGTERM")));
});
