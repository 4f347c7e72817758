// Everything that a database holds, out of it and into another one: for backups, and for the move to a server. Tables and columns are
// the database's own, so a new one needs no line here.

import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { sql } from "kysely";
import { type ArchiveHead, type ArchiveLine, endLine, tableLine } from "./archive-file.ts";
import type { Sql } from "./rows.ts";
import { askTime } from "./time.ts";

/** What the schema itself brings along. */
const OF_SCHEMA = ["schema_history", "arcs", "kysely_migration", "kysely_migration_lock"];

/** Rows that are read, or written, at once. */
const ROWS = 500;
const BYTES = 512 * 1024;

export interface Archived {
  readonly at: number;
  readonly rows: number;
}

/** Writes all of it, as of one moment, into a new file. The embedded database serves nobody else meanwhile. */
export async function writeArchive(db: Sql, path: string, version: string): Promise<Archived> {
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      const head = await headOf(trx, version);
      let rows = 0;
      async function* text(): AsyncGenerator<string, void> {
        yield `${JSON.stringify(head)}\n`;
        let lines = 0;
        for await (const line of archiveLines(trx)) {
          yield `${line.kind === "table" ? tableLine(line.name) : line.json}\n`;
          lines += 1;
          rows += line.kind === "row" ? 1 : 0;
        }
        yield `${endLine(lines)}\n`;
      }
      const file = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });
      await pipeline(text, createGzip({ level: 1 }), file);
      return { at: head.at, rows };
    });
}

async function headOf(db: Sql, version: string): Promise<ArchiveHead> {
  const { now } = await askTime(db);
  const { rows: schema } = await sql<{ name: string; checksum: string }>`
    select name, checksum from schema_history order by name`.execute(db);
  const { rows } = await sql<{ name: string; value: string }>`select name, value from settings`.execute(db);
  const settings = new Map(rows.map(({ name, value }) => [name, value]));
  const installation = settings.get("installation") ?? "";
  return { slipwayBackup: 1, version, at: now, installation, schema, keyCheck: settings.get("key_check") ?? null };
}

/** Within a transaction that sees one moment. */
export async function* archiveLines(db: Sql): AsyncGenerator<ArchiveLine, void> {
  for (const name of await tables(db)) {
    yield { kind: "table", name };
    await sql`declare rows_of_table no scroll cursor for select to_jsonb(t)::text as json from ${sql.table(name)} t`.execute(
      db,
    );
    for (;;) {
      const { rows } = await sql<{ json: string }>`fetch ${sql.lit(ROWS)} from rows_of_table`.execute(db);
      for (const { json } of rows) yield { kind: "row", json };
      if (rows.length < ROWS) break;
    }
    await sql`close rows_of_table`.execute(db);
  }
}

/** Those that others refer to first. */
async function tables(db: Sql): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string; needs: string[] }>`
    select c.relname as name, array(
      select distinct r.relname::text from pg_constraint k join pg_class r on r.oid = k.confrelid
      where k.conrelid = c.oid and k.contype = 'f' and r.oid <> c.oid
    ) as needs
    from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
      and not c.relname = any(${[...OF_SCHEMA]}::text[]) order by c.relname`.execute(db);
  const left = new Map(rows.map(({ name, needs }) => [name, needs]));
  const ordered: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter(([, needs]) => needs.every((one) => !left.has(one))).map(([name]) => name);
    if (free.length === 0) throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(", ")}`);
    for (const name of free) left.delete(name);
    ordered.push(...free);
  }
  return ordered;
}

/**
 * Puts all rows into a database that has the schema they came from, in place of what its migrations have put there. Within a
 * transaction. Returns their number.
 */
export async function loadArchive(db: Sql, lines: AsyncIterable<ArchiveLine>): Promise<number> {
  const known = await tables(db);
  await sql`truncate ${sql.join(known.map((name) => sql.table(name)))}`.execute(db);
  // What comes back was born long ago.
  for (const name of known) await sql`alter table ${sql.table(name)} disable trigger user`.execute(db);
  let table: string | null = null;
  let batch: string[] = [];
  let bytes = 0;
  let rows = 0;
  const flush = async (): Promise<void> => {
    if (table === null || batch.length === 0) return;
    const name = sql.table(table);
    await sql`insert into ${name} select * from jsonb_populate_recordset(null::${name}, ${`[${batch.join(",")}]`}::text::jsonb)`.execute(
      db,
    );
    batch = [];
    bytes = 0;
  };
  for await (const line of lines) {
    if (line.kind === "table") {
      await flush();
      table = line.name;
      continue;
    }
    batch.push(line.json);
    bytes += line.json.length;
    rows += 1;
    if (batch.length >= ROWS || bytes >= BYTES) await flush();
  }
  await flush();
  for (const name of known) await sql`alter table ${sql.table(name)} enable trigger user`.execute(db);
  return rows;
}
