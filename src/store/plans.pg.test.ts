// With a hundred thousand ended deployments nobody reads a whole table: pumps, lists, search, streams and pages go through what they
// show or work on. With statistics, which a server makes by itself and statistics.ts makes on an embedded database.

import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DEPLOYMENT_STATES } from "../core/states.ts";
import type { DeploymentFilter, DeploymentSummary, Reads, Store, Tx } from "../ports/store.ts";
import { sampleOffer } from "../ports/market.samples.ts";
import { SAMPLE_TIME, sampleAccount, sampleMachine, sampleObserved } from "../ports/store.samples.ts";
import { launchBegun, nthId, putMachines, times } from "../ports/store-suite/stage.testsuite.ts";
import { fillWithEnded } from "./ended.samples.ts";
import { connect, openPostgres } from "./open.ts";
import { explainedStore, type ExplainedStore } from "./plans.samples.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";
import type { Tables } from "./schema.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const ENDED = 100_000;
/** Rows of one table that one node of a plan may go through. */
const MOST = 500;
/** A search goes through a part of the list, and some more. */
const SEARCH_MOST = 6_000;

let database: OwnDatabase;
let explained: ExplainedStore;

beforeAll(async () => {
  database = await ownDatabase();
  const store = await openPostgres({ url: database.url });
  await onDatabase(
    ["deployments", "instances", "attempts", "placements", "machines", "evidence", "events"].map(
      (table) => `alter table ${table} set (autovacuum_enabled = off)`,
    ),
  );
  // It takes longer than the store would wait.
  const pool = new Pool({ connectionString: database.url });
  const patient = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await fillWithEnded(store, patient, ENDED);
  await patient.destroy();
  for (const n of times(20)) await launchLiving(store, n + 1);
  await store.close();
  await onDatabase(["analyze"]);
  explained = explainedStore(database.url);
});

afterAll(async () => {
  await explained.store.close();
  await database.drop();
});

async function onDatabase(statements: readonly string[]): Promise<void> {
  const { db, ends } = connect(database.url);
  for (const statement of statements) await sql.raw(statement).execute(db);
  await ends.closing();
}

async function launchLiving(store: Store, n: number): Promise<void> {
  const id = await launchBegun(store, { id: nthId(n) });
  await putMachines(store, id, [
    sampleMachine({ deployment: id, instance: "db" }),
    sampleMachine({ deployment: id, instance: "web", state: "made", call: "look", debtSince: Date.now() }),
  ]);
}

/** What goes through more than `most` rows of a growing table at once. */
function tooMuch(most: number): readonly string[] {
  const taken = explained.taken();
  expect(taken.length, "looks at growing tables").toBeGreaterThan(0);
  return taken
    .filter(({ rows }) => rows > most)
    .map(({ table, node, rows, statement }) => `${rows} rows of ${table} by ${node}: ${statement.slice(0, 400)}`);
}

type Page = Awaited<ReturnType<Reads["deployments"]>>;

const account = sampleAccount().id;
const ended = nthId(0);
const living = times(20).map((n) => nthId(n + 1));

const PUMPS: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
  lockDue: (tx) => tx.lockDue(50),
  lock: (tx) => tx.lock(living),
  snapshots: (tx) => tx.snapshots(living),
  markets: (tx) => tx.markets(["default"]),
  secretsOf: (tx) => tx.secretsOf(living),
  claimCalls: (tx) => tx.claimCalls(20, 1_000),
  claimProbes: (tx) => tx.claimProbes(20, 1_000),
  claimPolls: (tx) => tx.claimPolls(20, 1_000).then(() => tx.inTransit(account)),
  compareListing: (tx) => tx.compareListing(account, [sampleObserved({ name: "a" }), sampleObserved({ name: "b" })]),
  countMissing: (tx) => tx.countMissing(account, { names: ["a", "b"], unlisted: [] }, Date.now()),
  "countMissing by whom a list lacks": (tx) =>
    tx.countMissing(account, { absent: ["a", "b"], unlisted: [] }, Date.now()),
  inTransit: (tx) => tx.inTransit(account),
  machinesInTransit: (tx) => tx.machinesInTransit(account, 10),
  pastBoots: (tx) => tx.pastBoots(account, ["s1"], 25),
  lockWaiting: (tx) => tx.lockWaiting(account),
  wakeSeekers: (tx) => tx.wakeSeekers(account),
  wakeParked: (tx) => tx.wakeParked(),
  voidClaims: (tx) => tx.voidClaims(),
  prune: (tx) => tx.prune({ deployments: 10, rows: 200 }),
};

const VIEWS: Readonly<Record<string, (tx: Reads) => Promise<unknown>>> = {
  nextDue: (tx) => tx.nextDue(),
  writtenSince: async (tx) => tx.writtenSince(account, (await tx.writtenSince(account, null)).horizon),
  figures: (tx) => tx.figures(),
  snapshot: (tx) => tx.snapshot(ended),
  deployment: (tx) => tx.deployment(ended),
  "the head of a deployment": (tx) => tx.deploymentHead(ended),
  "a deployment by its name": (tx) => tx.deploymentsNamed("needle"),
  "a deployment by its name in a pool": (tx) => tx.deploymentsNamed("needle", "default"),
  events: (tx) => tx.events(ended, 0, 200),
  lastEvents: (tx) => tx.lastEvents(living),
  machinesOf: (tx) => tx.machinesOf(ended),
  placementOf: (tx) =>
    tx.placementOf(sampleMachine({ deployment: ended, attemptNo: 1, instance: "db", placementNo: 1 })),
  evidence: (tx) => tx.evidence(sampleMachine().id),
  debts: (tx) => tx.debts(),
  openMachines: (tx) => tx.openMachines(),
  hasMachines: (tx) => tx.hasMachines(account),
  callRates: (tx) => tx.callRates(),
  market: (tx) => tx.market("default"),
  kept: (tx) => tx.kept(ended),
};

const LISTS: Readonly<Record<string, Partial<DeploymentFilter>>> = {
  "the newest": {},
  "deleted ones too": { deleted: true },
  "what is alive": { states: DEPLOYMENT_STATES.filter((state) => state !== "stopped" && state !== "failed") },
  "what runs or has failed": { states: ["running", "failed"] },
  "a pool": { pool: "default" },
  "an empty pool": { pool: "other" },
  "what is alive in a pool": { pool: "default", states: ["pending", "running"] },
};

const SEARCHES: Readonly<Record<string, readonly [Partial<DeploymentFilter>, number]>> = {
  "one of all": [{ search: "needle" }, 1],
  "a part of few names": [{ search: "b-9999" }, 7],
  "a part of many names": [{ search: "web-" }, 100],
  "two letters": [{ search: "eb" }, 100],
  "what no name has": [{ search: "nowhere" }, 0],
  "what no name in these states has": [{ search: "db-", states: ["stopped"] }, 0],
  "in a pool, deleted ones too": [{ search: "needle", pool: "default", deleted: true }, 1],
};

test.for(Object.entries(PUMPS))("%s reads what it works on", async ([, act]) => {
  explained.taken();
  await explained.store.write(act);
  expect(tooMuch(MOST)).toEqual([]);
});

test("offers that are read again are not held against each other", async () => {
  const offers = times(400).map((n) => sampleOffer({ size: `size-${n}` }));
  const usual = { realms: ["east-1"], unlisted: [], userDataBytesMost: 16_384, sharesLoopback: false, where: [] };
  explained.taken();
  await explained.store.write(async (tx) => {
    await tx.putOffers(account, { ...usual, offers });
    await tx.putOffers(account, { ...usual, offers: offers.slice(1) });
  });
  expect(explained.taken().filter(({ rows }) => rows > MOST)).toEqual([]);
});

test("steps that somebody listens to are written without a look at other deployments", async () => {
  const webhook = {
    name: "plans",
    url: "http://127.0.0.1:1",
    pool: null,
    kinds: null,
    createdAt: SAMPLE_TIME,
    createdBy: "admin",
  };
  await explained.store.write((tx) => tx.addWebhook(webhook, "sealed"));
  const { db, ends } = connect(database.url);
  const read = await db.transaction().execute(async (trx) => {
    await sql`insert into events (deployment, no, revision, at, body)
      select id, event_no + 1, 1, clock_timestamp(), '{"kind": "stop_asked"}' from deployments where id = ${living[0]}`.execute(
      trx,
    );
    const { rows } = await sql<{ read: number; lanes: number }>`
      select (seq_tup_read + idx_tup_fetch)::int as read, (select count(*)::int from webhook_lanes) as lanes
      from pg_stat_xact_user_tables where relname = 'deployments'`.execute(trx);
    return rows[0];
  });
  await ends.closing();
  expect(read?.lanes).toBe(1);
  expect(read?.read).toBeLessThan(MOST);
});

test.for(Object.entries(VIEWS))("%s reads what it shows", async ([, act]) => {
  explained.taken();
  await explained.store.read(act);
  expect(tooMuch(MOST)).toEqual([]);
});

test.for(Object.entries(LISTS))("the list of %s reads a page at a time", async ([, filter]) => {
  let cursor: string | null = null;
  for (const _ of times(2)) {
    explained.taken();
    const place: Partial<DeploymentFilter> = cursor === null ? {} : { cursor };
    const page: Page = await explained.store.read((tx) => tx.deployments({ limit: 50, ...filter, ...place }));
    expect(tooMuch(MOST)).toEqual([]);
    cursor = page.next;
    if (cursor === null) break;
  }
});

test.for(Object.entries(SEARCHES))(
  "a search for %s finds it, and reads a bounded part at a time",
  async ([, [filter, found]]) => {
    const rows: DeploymentSummary[] = [];
    let cursor: string | null = null;
    do {
      explained.taken();
      const place: Partial<DeploymentFilter> = cursor === null ? {} : { cursor };
      const page: Page = await explained.store.read((tx) => tx.deployments({ limit: 50, ...filter, ...place }));
      expect(tooMuch(SEARCH_MOST)).toEqual([]);
      rows.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null && rows.length < 100);
    expect(rows).toHaveLength(found);
    expect(new Set(rows.map(({ deployment }) => deployment.id)).size).toBe(found);
  },
);
