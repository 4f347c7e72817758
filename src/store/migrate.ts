// Numbered SQL, forward only. A migration whose first line is `-- breaking` must not be worked on by programs that do not know it.

import { readdir, readFile } from "node:fs/promises";
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { StoreUnavailable, translate } from "./errors.ts";
import type { Sql } from "./rows.ts";

const FOLDER = new URL("migrations/", import.meta.url);
const BREAKING = /^-- breaking\b/;
/** Statements are parted by an empty line: PGlite takes one at a time, and a function's body has semicolons of its own. */
const PARTING = /;\n\s*\n/;

export interface NumberedSql {
  readonly name: string;
  readonly text: string;
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
 * made it unfit for this one; a newer schema that is not breaking is left as it is.
 */
export async function migrate(db: Sql, known: readonly NumberedSql[]): Promise<void> {
  const unknown = await newerMigrations(db, known);
  const breaking = unknown.find((row) => row.breaking);
  if (breaking !== undefined) {
    throw new StoreUnavailable(
      "schema_newer",
      `the database was changed by a newer version of slipway (${breaking.name}); update this one`,
    );
  }
  if (unknown.length > 0) return;
  const provider = { getMigrations: async () => Object.fromEntries(known.map((one) => [one.name, migrationOf(one)])) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined) return;
  const cause = translate(error);
  if (cause instanceof Error && cause.name === "StoreAway") throw cause;
  const text = textOf(error);
  throw new StoreUnavailable("cannot_migrate", `the database cannot be migrated: ${text}`, { cause: error });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}

/** The statements that put a fresh installation's rows into tables which people may change. */
export async function migrationSeeds(): Promise<string[]> {
  const statements = (await readMigrations()).flatMap(({ text }) => text.split(PARTING));
  return statements.filter((statement) => /^insert into (?:profiles|pools)\b/.test(statement));
}

async function newerMigrations(db: Sql, known: readonly NumberedSql[]) {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('schema_history') is not null as there`.execute(db);
  if (rows[0]?.there !== true) return [];
  const done = await db.selectFrom("schema_history").select(["name", "breaking"]).orderBy("name").execute();
  const names = new Set(known.map(({ name }) => name));
  return done.filter(({ name }) => !names.has(name));
}

function migrationOf({ name, text }: NumberedSql): Migration {
  return {
    async up(db: Sql) {
      for (const statement of text.split(PARTING)) await sql.raw(statement).execute(db);
      await db
        .insertInto("schema_history")
        .values({ name, breaking: BREAKING.test(text) })
        .execute();
    },
  };
}
