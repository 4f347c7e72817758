// Numbered SQL, forward only. A migration whose first line is `-- breaking` must not be worked on by programs that do not know it.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { StoreUnavailable, translate } from "./errors.ts";
import { listenersOf } from "./listen.ts";
import type { Sql } from "./rows.ts";

const FOLDER = new URL("migrations/", import.meta.url);
const TRIES_MOST = 5;
const BREAKING = /^-- breaking\b/;
/** Statements are parted by an empty line: PGlite takes one at a time, and a function's body has semicolons of its own. */
const PARTING = /;\n\s*\n/;

export interface NumberedSql {
  readonly name: string;
  readonly text: string;
}

/** Of a migration's text, however its lines end. */
function checksumOf({ text }: NumberedSql): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
}

/** All migrations of this program, in order. */
export async function readMigrations(): Promise<NumberedSql[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".sql")).toSorted();
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -".sql".length),
      text: await readFile(new URL(file, FOLDER), "utf8"),
    })),
  );
}

/**
 * Brings the schema to the newest of `known`; two processes may do so at once. Throws StoreUnavailable when a newer program has
 * made it unfit for this one, or when a migration is not the one any more that the database had; a newer schema that is not breaking
 * is left as it is. So is one that a breaking migration is due for while others are at work on it.
 */
export async function migrate(db: Sql, known: readonly NumberedSql[]): Promise<void> {
  const done = await doneMigrations(db);
  const strange = strangeness(known, done);
  if (strange !== null) {
    throw new StoreUnavailable(
      "schema_altered",
      `the database ${strange}; run the slipway that made it, or begin with a new database`,
    );
  }
  const unknown = done.filter(({ name }) => known.every((one) => one.name !== name));
  const breaking = unknown.find((row) => row.breaking);
  if (breaking !== undefined) {
    throw new StoreUnavailable(
      "schema_newer",
      `the database was changed by a newer version of slipway (${breaking.name}); update this one`,
    );
  }
  if (unknown.length > 0) return;
  await refuseUnderWorkers(db, { known, done });
  const provider = { getMigrations: async () => Object.fromEntries(known.map((one) => [one.name, migrationOf(one)])) };
  const migrator = new Migrator({ db, provider });
  let { error } = await migrator.migrateToLatest();
  // Programs at work hold what a change of a table waits for, and wait for what it holds.
  for (let tries = 1; tries < TRIES_MOST && isDeadlock(error); tries += 1)
    ({ error } = await migrator.migrateToLatest());
  if (error === undefined) return;
  const cause = translate(error);
  if (cause instanceof Error && cause.name === "StoreAway") throw cause;
  const text = textOf(error);
  throw new StoreUnavailable("cannot_migrate", `the database cannot be migrated: ${text}`, { cause: error });
}

const isDeadlock = (error: unknown): boolean => error instanceof Error && Reflect.get(error, "code") === "40P01";

/** A change that older programs cannot work on waits for their end: they look at the schema at their start alone. */
async function refuseUnderWorkers(
  db: Sql,
  { known, done }: { readonly known: readonly NumberedSql[]; readonly done: readonly Done[] },
): Promise<void> {
  const breaking = known.find(({ name, text }) => BREAKING.test(text) && done.every((one) => one.name !== name));
  // In a new database nobody is at work on what is not there, whoever waits for it.
  if (breaking === undefined || done.length === 0) return;
  const processes = await listenersOf(db);
  if (processes === 0) return;
  const who = processes === 1 ? "a server or worker of an older version is" : `${processes} servers and workers are`;
  throw new StoreUnavailable(
    "schema_in_use",
    `the database would be changed (${breaking.name}) so that older versions cannot work on it, and ${who} at work: end them first`,
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}

/** The statements that put a fresh installation's rows into tables which people may change. */
export async function migrationSeeds(): Promise<string[]> {
  const statements = (await readMigrations()).flatMap(({ text }) => text.split(PARTING));
  return statements.filter((statement) => /^insert into (?:profiles|pools)\b/.test(statement));
}

interface Done {
  readonly name: string;
  readonly breaking: boolean;
  /** Null: by a program that kept none. */
  readonly checksum: string | null;
}

async function doneMigrations(db: Sql): Promise<readonly Done[]> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('schema_history') is not null as there`.execute(db);
  if (rows[0]?.there !== true) return [];
  const done = await sql<Done>`
    select name, breaking, to_jsonb(h) ->> 'checksum' as checksum from schema_history h order by name`.execute(db);
  return done.rows;
}

/** What keeps this program from putting a backup back that was made with these migrations; null: nothing. */
export function strangeSchema(
  known: readonly NumberedSql[],
  schema: readonly { readonly name: string; readonly checksum: string }[],
): string | null {
  const newer = schema.find(({ name }) => name > (known.at(-1)?.name ?? ""));
  if (newer !== undefined) return `was made by a newer version of slipway (${newer.name}); update this one`;
  const strange = strangeness(known, schema);
  return strange === null ? null : `${strange}; restore it with the slipway that made it`;
}

/** What tells that another program has made it, which is neither older nor newer than this one; null: nothing. */
function strangeness(known: readonly NumberedSql[], done: readonly Omit<Done, "breaking">[]): string | null {
  const newest = known.at(-1)?.name ?? "";
  const stranger = done.find(({ name }) => name < newest && known.every((one) => one.name !== name));
  if (stranger !== undefined) return `was made with a migration ${stranger.name}, which this slipway does not have`;
  const last = done.at(-1)?.name ?? "";
  for (const one of known) {
    const row = done.find(({ name }) => name === one.name);
    if (row === undefined && one.name < last) return `lacks migration ${one.name}, and has later ones`;
    if (row !== undefined && row.checksum !== checksumOf(one)) {
      return `was made with another migration ${one.name} than this slipway has`;
    }
  }
  return null;
}

function migrationOf(one: NumberedSql): Migration {
  const { name, text } = one;
  return {
    async up(db: Sql) {
      for (const statement of text.split(PARTING)) await sql.raw(statement).execute(db);
      await db
        .insertInto("schema_history")
        .values({ name, breaking: BREAKING.test(text), checksum: checksumOf(one) })
        .execute();
    },
  };
}
