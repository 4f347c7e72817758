// A database in which very much has ended: one deployment that was launched and stopped, copied set-based past all triggers, which would
// judge each row by itself. Its rows are as ended ones are, and as expensive to those who read them as they may be.

import { CompiledQuery } from "kysely";
import type { Store } from "../ports/store.ts";
import { SAMPLE_TIME, sampleInstance, sampleMachine, samplePlacement } from "../ports/store.samples.ts";
import {
  change,
  launchBegun,
  nthId,
  openAccounts,
  putInstance,
  putMachines,
} from "../ports/store-suite/stage.testsuite.ts";
import type { Sql } from "./rows.ts";

const TEMPLATE = nthId(0);

/**
 * `count` ended deployments. Even ones are stopped and called `web-…`, odd ones have failed and are called `db-…`; each fiftieth is a
 * `cache-…`, one is the `needle`; a quarter is deleted. All are later than the few that are alive.
 */
export async function fillWithEnded(store: Store, db: Sql, count: number): Promise<void> {
  await openAccounts(store);
  await launchBegun(store, { id: TEMPLATE, createdAt: SAMPLE_TIME - 1 });
  await change(store, TEMPLATE, () => ({ placements: [samplePlacement({ deployment: TEMPLATE })] }));
  const machine = sampleMachine({ deployment: TEMPLATE, state: "made", madeAt: SAMPLE_TIME, call: null, callAt: null });
  await putMachines(store, TEMPLATE, [machine]);
  await putInstance(store, sampleInstance({ deployment: TEMPLATE, state: "pending", machine: machine.id }));
  await change(store, TEMPLATE, () => ({
    evidence: [{ machine: machine.id, at: SAMPLE_TIME, console: "up", fault: null }],
  }));
  await copyTemplate(db, count);
}

const copied = (table: string, changed: string): string => `
  insert into ${table} select r.* from ${table} t cross join generate_series(1, $1::int) n
    cross join lateral jsonb_populate_record(t, jsonb_build_object(${changed})) r
  where t.${table === "deployments" ? "id" : "deployment"} = '${TEMPLATE}'`;

const ID = `'ended' || n`;
const MACHINE = `'sw-ended' || n || '-db'`;
const AT = `timestamptz '2026-01-02Z' + n * interval '1 minute'`;
const STATEMENTS = [
  copied(
    "deployments",
    `'id', ${ID}, 'state', case n % 2 when 0 then 'stopped' else 'failed' end, 'wake_at', null, 'created_at', ${AT}, 'ended_at', ${AT},
     'deleted_at', case n % 4 when 3 then ${AT} end,
     'name', case when n = 1000 then 'needle' when n % 50 = 0 then 'cache-' || n when n % 2 = 0 then 'web-' || n else 'db-' || n end`,
  ),
  `insert into deployment_names select ${ID}, name from generate_series(1, $1::int) n join deployments on id = ${ID}`,
  copied(
    "instances",
    `'deployment', ${ID}, 'state', 'stopped', 'machine', case t.name when 'db' then ${MACHINE} end, 'ready_at', ${AT}`,
  ),
  copied("revisions", `'deployment', ${ID}, 'ended_at', ${AT}, 'outcome', 'failed'`),
  copied("attempts", `'deployment', ${ID}, 'ended_at', ${AT}, 'outcome', 'failed'`),
  copied("placements", `'deployment', ${ID}, 'released_at', ${AT}`),
  copied(
    "machines",
    `'deployment', ${ID}, 'id', ${MACHINE}, 'nonce', ${ID}, 'state', 'gone', 'debt_since', ${AT}, 'made_at', ${AT}, 'closed_at', ${AT},
     'external_id', 'x' || n, 'missing', 3, 'undo_asked_at', ${AT}`,
  ),
  copied("events", `'deployment', ${ID}`),
  `insert into evidence select ${MACHINE}, ${AT}, 'up', null from generate_series(1, $1::int) n`,
];

/** On one connection. */
async function copyTemplate(db: Sql, count: number): Promise<void> {
  await db.connection().execute(async (one) => {
    await one.executeQuery(CompiledQuery.raw("set session_replication_role = replica"));
    for (const statement of STATEMENTS) await one.executeQuery(CompiledQuery.raw(statement, [count]));
    await one.executeQuery(CompiledQuery.raw("reset session_replication_role"));
  });
}

const OF_TEMPLATE = ["events", "machines", "placements", "attempts", "revisions", "instances"];

/** Takes away what they were copied from, for an engine would work on it. */
export async function dropTemplate(db: Sql): Promise<void> {
  await db.connection().execute(async (one) => {
    await one.executeQuery(CompiledQuery.raw("set session_replication_role = replica"));
    for (const table of OF_TEMPLATE) {
      await one.executeQuery(CompiledQuery.raw(`delete from ${table} where deployment = '${TEMPLATE}'`));
    }
    await one.executeQuery(CompiledQuery.raw(`delete from deployment_names where deployment = '${TEMPLATE}'`));
    await one.executeQuery(CompiledQuery.raw(`delete from deployments where id = '${TEMPLATE}'`));
    await one.executeQuery(CompiledQuery.raw("reset session_replication_role"));
  });
}
