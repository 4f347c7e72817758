// What a server does by itself and an embedded database does not: statistics of tables that have grown, without which plans go through
// whole tables that have an index for what is asked.

import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Sql } from "./rows.ts";

const EVERY_MS = 60_000;
/** Their rows are taken away all the time, and would be read over for ever. */
const REWRITTEN: ReadonlySet<string> = new Set(["holdings"]);

/** Looks each minute until the returned function is called, which resolves when the last look has ended. */
export function keepStatistics(db: Sql): () => Promise<void> {
  const over = new AbortController();
  const done = (async () => {
    while (await pause(over.signal)) {
      // A database that is away now is asked again in a minute; plans only get slower meanwhile.
      await renewStatistics(db, over.signal).catch(() => undefined);
    }
  })();
  return async () => {
    over.abort();
    await done;
  };
}

async function pause(signal: AbortSignal): Promise<boolean> {
  await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

/** Of tables that are a fifth and some pages larger than when it was last done; returns which. One by one, so that others get in between. */
export async function renewStatistics(db: Sql, signal?: AbortSignal): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
      and pg_relation_size(oid) / current_setting('block_size')::int > relpages * 1.2 + 4
    order by relname`.execute(db);
  const done: string[] = [];
  for (const { name } of rows) {
    if (signal?.aborted === true) break;
    await sql`${REWRITTEN.has(name) ? sql`vacuum (analyze)` : sql`analyze`} ${sql.table(name)}`.execute(db);
    done.push(name);
  }
  return done;
}
