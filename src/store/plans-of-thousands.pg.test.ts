// With ten thousand ended deployments a whole table is still small enough to be gone through where an index is a little dearer. What is asked
// for again and again, and what is read under the lock of an account, goes by its index all the same: it must not grow from then on.

import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DEPLOYMENT_STATES } from "../core/states.ts";
import type { Tx } from "../ports/store.ts";
import { sampleAccount } from "../ports/store.samples.ts";
import { fillWithEnded } from "./ended.samples.ts";
import { connect, openPostgres } from "./open.ts";
import { explainedStore, type ExplainedStore } from "./plans.samples.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const ENDED = 10_000;
/** Rows of one table that one node of a plan may go through. */
const MOST = 300;

let database: OwnDatabase;
let explained: ExplainedStore;

beforeAll(async () => {
  database = await ownDatabase();
  const store = await openPostgres({ url: database.url });
  const { db, ends } = connect(database.url);
  await fillWithEnded(store, db, ENDED);
  await store.close();
  // As a server does by itself within a minute.
  await sql`vacuum (analyze)`.execute(db);
  await ends.closing();
  explained = explainedStore(database.url);
});

afterAll(async () => {
  await explained.store.close();
  await database.drop();
});

const account = sampleAccount().id;

const ASKED: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
  "what an account's latest machines took to boot": (tx) => tx.pastBoots(account, ["s1"], 25),
  "a market, under the locks of its accounts": (tx) => tx.markets(["default"]),
  "open machines by account": (tx) => tx.openMachines(),
  "the figures of the metrics": (tx) => tx.figures(),
  "what is due next": (tx) => tx.nextDue(),
  "what is on its way up": (tx) => tx.inTransit(account),
  "what a list lacks": (tx) => tx.countMissing(account, { absent: ["a"], unlisted: [] }, Date.now()),
  "what was written of the ledger": async (tx) =>
    tx.writtenSince(account, (await tx.writtenSince(account, null)).horizon),
  ...Object.fromEntries(
    DEPLOYMENT_STATES.map((state) => [
      `the list of those that are ${state}`,
      (tx: Tx) => tx.deployments({ limit: 50, states: [state] }),
    ]),
  ),
  "the list of all": (tx) => tx.deployments({ limit: 50, deleted: true }),
};

test.for(Object.entries(ASKED))("%s is read by its index", async ([, ask]) => {
  explained.taken();
  await explained.store.write(ask);
  const taken = explained.taken();
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter(({ rows }) => rows > MOST)).toEqual([]);
});
