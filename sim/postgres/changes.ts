// What a transaction on a PostgreSQL has changed: triggers note each row before and after, and who commits reads them first.

import type { Client } from "pg";
import type { Changed, Written } from "../database.ts";
import { toAttempt } from "../../src/store/advance.ts";
import { toDeployment } from "../../src/store/deployments.ts";
import { toInstance } from "../../src/store/instances.ts";
import { toMachine } from "../../src/store/machines.ts";
import { toRevision } from "../../src/store/revisions.ts";
import { toPlacement } from "../../src/store/placements.ts";
import { instanceKey, numberedKey, placementKey } from "../../src/store/memory/rows.ts";
import { ms } from "../../src/store/rows.ts";
import type { Tables } from "../../src/store/schema.ts";

const WATCHED = [
  "deployments",
  "instances",
  "revisions",
  "attempts",
  "placements",
  "machines",
  "events",
  "evidence",
  "clock",
] as const;
type Watched = (typeof WATCHED)[number];

/** Statements that put the triggers in place, each by itself. */
export const WATCHING = [
  "create schema if not exists watched",
  `create unlogged table watched.changes (
    no bigint generated always as identity primary key, txid xid8 not null default pg_current_xact_id(),
    of text not null, before jsonb, after jsonb)`,
  "create index on watched.changes (txid)",
  `create function watched.note() returns trigger language plpgsql as $$
    begin
      insert into watched.changes (of, before, after) values (
        tg_table_name,
        case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
      return null;
    end $$`,
  ...WATCHED.map(
    (table) => `create trigger watched after insert or update or delete on ${table} for each row
      execute function watched.note()`,
  ),
];

interface Noted {
  readonly of: Watched;
  readonly before: Json | null;
  readonly after: Json | null;
}

type Json = Readonly<Record<string, unknown>>;

/** By table the columns that hold times: JSON has them as text. */
export type TimeColumns = ReadonlyMap<string, ReadonlySet<string>>;

export async function timeColumnsOf(client: Pick<Client, "query">): Promise<TimeColumns> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    "select table_name, column_name from information_schema.columns where data_type = 'timestamp with time zone'",
  );
  const byTable = Map.groupBy(rows, (row) => row.table_name);
  return new Map([...byTable].map(([table, columns]) => [table, new Set(columns.map((row) => row.column_name))]));
}

/** What the transaction that is asked in has changed; null: nothing that is watched. */
export async function readChanges(client: Pick<Client, "query">, times: TimeColumns): Promise<Changed | null> {
  const { rows } = await client.query<Noted>(
    "select of, before, after from watched.changes where txid = pg_current_xact_id_if_assigned() order by no",
  );
  if (rows.length === 0) return null;
  const changed = <T extends Watched, R>(table: T, toRow: (row: Tables[T]) => R, keyOf: (row: R) => string) => {
    const written = new Map<string, Written<R>>();
    for (const { of, ...noted } of rows) {
      if (of !== table) continue;
      const [before, after] = [noted.before, noted.after].map((row) =>
        row === null ? null : toRow(typed<T>(table, row, times)),
      );
      const either = after ?? before ?? null;
      if (either === null) continue;
      const key = keyOf(either);
      const earlier = written.get(key);
      // A row that is changed twice has been what it was at first.
      const first = earlier === undefined ? (before ?? null) : earlier.before;
      written.set(key, { key, before: first, after: after ?? null });
    }
    return [...written.values()];
  };
  return {
    deployments: changed(
      "deployments",
      (row) => ({ row: toDeployment(row) }),
      ({ row }) => row.id,
    ),
    instances: changed(
      "instances",
      (row) => ({ row: toInstance(row) }),
      ({ row }) => instanceKey(row),
    ),
    revisions: changed("revisions", toRevision, numberedKey),
    attempts: changed("attempts", toAttempt, numberedKey),
    placements: changed("placements", toPlacement, placementKey),
    machines: changed(
      "machines",
      (row) => ({ row: toMachine(row) }),
      ({ row }) => row.id,
    ),
    events: changed("events", (row) => ({ ...row, at: ms(row.at) }), numberedKey),
    evidence: changed(
      "evidence",
      (row) => ({ ...row, at: ms(row.at) }),
      ({ machine }) => machine,
    ),
    clock: changed(
      "clock",
      (row) => ({ offsetMs: row.offset_ms }),
      () => "clock",
    ),
  };
}

/** The row as the driver would give it. */
function typed<T extends Watched>(table: T, row: Json, times: TimeColumns): Tables[T] {
  const columns = times.get(table);
  const entries = Object.entries(row).map(([column, value]) => [
    column,
    columns?.has(column) === true && typeof value === "string" ? new Date(value) : value,
  ]);
  const made: Tables[T] = Object.fromEntries(entries);
  return made;
}
