// The embedded database goes to a server in the middle of a launch, and whatever keeps it from that leaves it where it was.

import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { ownDatabase } from "../src/store/postgres.samples.ts";
import { ROOT, startChild } from "./stage/child.ts";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 240_000 });

const BLUEPRINT = `
slipway: 1
name: shop
instances:
  db: { image: debian-12, profile: small }
  web: { image: debian-12, profile: small, dependsOn: [db] }
`;

async function emptyDatabase(): Promise<string> {
  const database = await ownDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

/** The server on which these tests have their databases is not the one that they start with. */
const EMBEDDED = { DATABASE_URL: "" };

async function started(home: string, env: NodeJS.ProcessEnv = EMBEDDED): Promise<ServerStage> {
  const server = await startServer({ home, env });
  onTestFinished(async () => void (await server.child.end("SIGKILL")));
  return server;
}

/** A folder that was used, and no server on it. */
async function leftFolder() {
  const home = freshHome();
  const server = await started(home);
  await server.child.end("SIGTERM");
  return { home, server };
}

/** What `slipway move` says, and the code it ends with. */
async function moveTo(url: string | null, { env }: Pick<ServerStage, "env">) {
  const child = startChild(join(ROOT, "bin/slipway"), ["move"], {
    ...env,
    ...(url === null ? {} : { DATABASE_URL: url }),
  });
  const code = await child.ended;
  return { code, said: child.output() };
}

const filesOf = (home: string): string[] => readdirSync(join(home, "data")).toSorted();

/** How many machines there are, and of how many it is kept by which transaction they were written. */
async function written(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "select count(*)::int as machines, (count(*) filter (where written <> '0'))::int as before from machines",
  );
  await client.end();
  return rows[0];
}

test("launches go on at the server with all that was known of them", async () => {
  const home = freshHome();
  const datacentre = await startDatacentre([
    quickCloud("east", { boot: { kind: "uniform", minMs: 2_000, maxMs: 3_000 } }),
  ]);
  onTestFinished(() => datacentre.stop());
  const server = await started(home);
  await server.addAccounts(datacentre, ["east"]);
  const kept = await server.launch(BLUEPRINT, { name: "kept" });
  await server.reaches(kept.id, ["running"]);
  const events = await server.events(kept.id);
  const url = await emptyDatabase();
  expect(await moveTo(url, server)).toMatchObject({ code: 2, said: expect.stringContaining("in use by pid") });
  const underWay = await server.launch(BLUEPRINT, { name: "under-way" });
  await server.reaches(underWay.id, ["pending"]);
  await server.child.end("SIGTERM");

  const moved = await moveTo(url, server);
  expect(moved).toMatchObject({ code: 0, said: expect.stringMatching(/has the \d+ rows that/) });
  // Numbers of transactions are each server's own: by those of before, lists would be compared whole until the new ones reach them.
  expect(await written(url)).toEqual({ machines: expect.any(Number), before: 0 });
  expect(filesOf(home)).toEqual(["database.moved-1", "key"]);
  const keyFile = join(home, "data", "key");
  expect(moved.said).toContain(`SLIPWAY_KEY_FILE=${keyFile}`);

  const there = await started(home, { DATABASE_URL: url, SLIPWAY_KEY_FILE: keyFile });
  await there.reaches(underWay.id, ["running"]);
  expect((await there.deployment(kept.id)).state).toBe("running");
  expect((await there.events(kept.id)).slice(0, events.length)).toEqual(events);
  expect(await datacentre.alive()).toHaveLength(4);
  expect(await moveTo(url, server)).toMatchObject({ code: 2, said: expect.stringContaining("was moved to a server") });
  const forgetful = startChild(join(ROOT, "bin/slipway"), ["serve"], server.env);
  expect(await forgetful.ended).toBe(2);
  expect(forgetful.output()).toContain("was moved to a server: set DATABASE_URL");
});

test("what cannot be moved stays where it is, and says why", async () => {
  const { home, server } = await leftFolder();
  const files = filesOf(home);
  const taken = await emptyDatabase();
  const client = new Client({ connectionString: taken });
  await client.connect();
  await client.query("create table somebody_elses (id int)");
  await client.end();
  const nowhere = new URL(taken);
  nowhere.port = "9";
  const wrongKey = { env: { ...server.env, SLIPWAY_KEY: Buffer.alloc(32, 7).toString("base64") } };
  const tries = [
    [null, server, "DATABASE_URL is not set"],
    [taken, server, "is not empty"],
    [nowhere.href, server, "ECONNREFUSED"],
    [await emptyDatabase(), wrongKey, "SLIPWAY_KEY is not the key that this database was made with"],
  ] as const;
  for (const [url, stage, said] of tries) {
    expect(await moveTo(url, stage)).toMatchObject({ code: 2, said: expect.stringContaining(said) });
    expect(filesOf(home)).toEqual(files);
  }
  await started(home);
});

test("a move that was cut short keeps others from the folder, and is brought to its end", async () => {
  const { home, server } = await leftFolder();
  const data = join(home, "data");
  const url = await emptyDatabase();
  renameSync(join(data, "database"), join(data, "database.moving"));
  const start = startChild(join(ROOT, "bin/slipway"), ["serve"], server.env);
  expect(await start.ended).toBe(2);
  expect(start.output()).toContain("run `slipway move` again");
  expect(filesOf(home)).toEqual(["database.moving", "key"]);
  expect(await moveTo(url, server)).toMatchObject({ code: 0, said: expect.stringContaining("rows that") });

  // Killed after the server had all of it.
  renameSync(join(data, "database.moved-1"), join(data, "database.moving"));
  const nowhere = new URL(url);
  nowhere.port = "9";
  expect(await moveTo(nowhere.href, server)).toMatchObject({ code: 2, said: expect.stringContaining("ECONNREFUSED") });
  expect(filesOf(home)).toEqual(["database.moving", "key"]);
  expect(await moveTo(url, server)).toMatchObject({ code: 0, said: expect.stringContaining("already had all that") });
  expect(filesOf(home)).toEqual(["database.moved-1", "key"]);
});
