// Takes away what rows were before they were changed, which everybody reads over, and makes statistics of tables that have grown, without which
// plans go through whole tables that have an index for what is asked. An embedded database does neither by itself; a server does both once a
// minute, which is thousands of launches.

import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Sql } from "./rows.ts";

/** A launch changes the row of its deployment ten times: within a minute there are thousands of old ones. */
const EVERY_MS = 5_000;

/** Of 8 KiB, with what stands beside its rows. What is larger takes too long for a connection that has a limit, and is left to those that have none: a server's own. */
export const PAGES_MOST_ON_SERVER = 10_000;

/** Looks every few seconds until the returned function is called, which resolves when the last look has ended. */
export function keepStatistics(db: Sql, pagesMost: number | null = null): () => Promise<void> {
  const over = new AbortController();
  const done = (async () => {
    while (await pause(over.signal)) {
      // A database that is away now is asked again; plans only get slower meanwhile.
      await renewStatistics(db, { pagesMost, signal: over.signal }).catch(() => undefined);
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

interface Work {
  readonly name: string;
  readonly vacuum: boolean;
  readonly analyze: boolean;
}

/** By the measure of a server: what is dead is a fifth of what lives, or the table a fifth and some pages larger than when it was last done. */
const dueWork = (pagesMost: number | null) => sql<Work>`
  select c.relname as name, coalesce(s.n_dead_tup, 0) > 50 + 0.2 * greatest(c.reltuples, 0) as vacuum,
    pg_relation_size(c.oid) / current_setting('block_size')::int > c.relpages * 1.2 + 4 as analyze
  from pg_class c left join pg_stat_all_tables s on s.relid = c.oid
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and pg_has_role(c.relowner, 'usage')
    and (${pagesMost}::bigint is null or pg_table_size(c.oid) / current_setting('block_size')::int <= ${pagesMost}::bigint)
  order by name`;

/** Of advisory locks: of several processes on a server one looks at a time, and none meets what another has in hand. */
const LOOKING = 20_042;

interface Bounds {
  /** Of a table; null: none. */
  readonly pagesMost?: number | null;
  readonly signal?: AbortSignal | undefined;
}

/** Returns of which tables. One by one, so that others get in between. */
export async function renewStatistics(db: Sql, { pagesMost = null, signal }: Bounds = {}): Promise<readonly string[]> {
  const { rows: turns } = await sql<{ is_ours: boolean }>`
    select pg_try_advisory_lock(${LOOKING}::int, hashtext(current_schema())) as is_ours`.execute(db);
  if (turns[0]?.is_ours !== true) return [];
  try {
    return await renew(db, { pagesMost, signal });
  } finally {
    // The end of the connection gives it back as well.
    if (signal?.aborted !== true)
      await sql`select pg_advisory_unlock(${LOOKING}::int, hashtext(current_schema()))`.execute(db);
  }
}

async function renew(
  db: Sql,
  { pagesMost, signal }: { readonly pagesMost: number | null; readonly signal: AbortSignal | undefined },
): Promise<readonly string[]> {
  const { rows } = await dueWork(pagesMost).execute(db);
  const done: string[] = [];
  for (const { name, vacuum, analyze } of rows) {
    if (!vacuum && !analyze) continue;
    if (signal?.aborted === true) break;
    // On a server nothing is given back to the system, which would keep others out of the table for a moment, and of those of its standbys.
    const how = pagesMost === null ? sql`skip_locked` : sql`skip_locked, truncate false`;
    const what = vacuum ? (analyze ? sql`vacuum (${how}, analyze)` : sql`vacuum (${how})`) : sql`analyze (skip_locked)`;
    try {
      await sql`${what} ${sql.table(name)}`.execute(db);
      done.push(name);
    } catch {
      // The others have their turn all the same; this one has it again with the next look.
    }
  }
  return done;
}
