// Metrics of several processes on one PostgreSQL: how things stand is the same for all of them, what they did is told by each, and a
// scrape holds nobody up.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "pg";
import { type OwnDatabase, ownDatabase } from "../src/store/postgres.samples.ts";
import { openPostgres } from "../src/store/open.ts";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { scrape, valueOf } from "./stage/metrics.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { join } from "node:path";
import { until } from "./stage/poll.ts";

const PATIENCE_MS = 120_000;
const KEY = Buffer.alloc(32, 7).toString("base64");

let database: OwnDatabase;
let datacentre: DatacentreStage;
let server: ServerStage;
let worker: Child;
const ports = { serve: 0, work: 0 };

beforeAll(async () => {
  database = await ownDatabase();
  datacentre = await startDatacentre([quickCloud("roomy")]);
  ports.serve = await freePort();
  ports.work = await freePort();
  const env = { DATABASE_URL: database.url, SLIPWAY_KEY: KEY };
  server = await startServer({ env: { ...env, SLIPWAY_METRICS_PORT: String(ports.serve) } });
  await server.addAccounts(datacentre, ["roomy"]);
  worker = startChild(join(ROOT, "bin/slipway"), ["work"], { ...env, SLIPWAY_METRICS_PORT: String(ports.work) });
  await worker.printed(/metrics at/);
}, PATIENCE_MS);

afterAll(async () => {
  await worker?.end("SIGTERM");
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
  await database?.drop();
}, PATIENCE_MS);

const BLUEPRINT = "slipway: 1\nname: one\ninstances:\n  one: { image: debian-12, profile: small, count: 2 }\n";
/** What does not move by itself, as what is due and how fast calls go do. */
const STANDING = /^slipway_(?:deployments|parked|clock|processes|account|machines|debt|quarantine|stray)/;

test(
  "server and worker tell the same of the database, and what they did adds up",
  async () => {
    for (const name of ["a", "b", "c", "d"]) {
      const { id } = await server.launch(BLUEPRINT, { name });
      await server.reaches(id, ["running"]);
    }
    const both = await until(async () => {
      const [serve, work] = await Promise.all([scrape(ports.serve), scrape(ports.work)]);
      const launched = [serve, work].map((one) => valueOf(one, "slipway_launches_total", { outcome: "running" }) ?? 0);
      return launched.reduce((sum, count) => sum + count, 0) === 4 ? { serve, work } : null;
    });
    const shared = (samples: typeof both.serve) => samples.filter(({ name }) => STANDING.test(name));
    expect(shared(both.serve).length).toBeGreaterThan(20);
    expect(shared(both.work)).toEqual(shared(both.serve));
    expect(valueOf(both.work, "slipway_processes", {})).toBe(2);
  },
  PATIENCE_MS,
);

test("a scrape takes no lock but that of those who read, and no identifier of a transaction", async () => {
  const store = await openPostgres({ url: database.url });
  const watcher = new Client({ connectionString: database.url });
  await watcher.connect();
  const { rows } = await store.read(async (tx) => {
    await tx.figures();
    await tx.accounts();
    await tx.callRates();
    await tx.clock();
    await tx.vitals();
    return watcher.query<{ mode: string; locktype: string }>(
      `select distinct l.mode, l.locktype from pg_locks l join pg_stat_activity a using (pid)
       where a.datname = current_database() and a.state = 'idle in transaction' and a.application_name = 'slipway'
         and a.query like '%pg_stat_activity%'`,
    );
  });
  await watcher.end();
  await store.close();
  expect(rows.map(({ mode }) => mode).toSorted()).toEqual(["AccessShareLock", "ExclusiveLock"]);
  // The one exclusive lock is that of the transaction on itself.
  expect(rows.find(({ mode }) => mode === "ExclusiveLock")?.locktype).toBe("virtualxid");
});

test(
  "a worker whose metrics cannot be listened for does not start, and says which variable it is",
  async () => {
    const env = { DATABASE_URL: database.url, SLIPWAY_KEY: KEY, SLIPWAY_METRICS_PORT: String(ports.work) };
    const second = startChild(join(ROOT, "bin/slipway"), ["work"], env);
    expect(await second.ended).toBe(2);
    expect(second.output()).toMatch(/SLIPWAY_METRICS_PORT \d+ is in use/);
  },
  PATIENCE_MS,
);
