// A database as the first start leaves it, made once and unpacked by whoever makes one: making it takes four times as long and three
// times the memory (docs/adr/0033-prepared-database.md).

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Kysely, sql } from "kysely";
import { packFolder, unpackFolder } from "./folder-pack.ts";
import { beginLife, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { migrate, type NumberedSql, readMigrations } from "./migrate.ts";
import type { Sql } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { drawIdentifier } from "./system-identifier.ts";

/** Written into the folder when it is made, and in force from its next start on: a third of the memory. */
const SPARING = [
  "shared_buffers = 16MB",
  "max_connections = 5",
  "wal_buffers = 1MB",
  "min_wal_size = 32MB",
  "max_wal_size = 64MB",
];

/** Another number for whatever is made otherwise by the same PGlite from the same migrations. */
const FORM = 1;
const isSource = extname(import.meta.url) === ".ts";
/** The package has it beside this file. A checkout keeps it where what is made from packages belongs, and goes with them. */
const PREPARED_FILE = fileURLToPath(
  new URL(isSource ? "../../node_modules/.cache/slipway/prepared-database" : "prepared-database", import.meta.url),
);

/** An empty database, in an empty folder. */
export async function makeBare(folder: string): Promise<void> {
  await (await beginLife({ folder, settings: SPARING, channels: [] })).close();
}

/**
 * A database of the present schema, in an empty folder: from what is prepared, where that was made by this very PGlite from these very
 * migrations. A package without it has a bare one, as it has always been; a checkout prepares it for the next time.
 */
export async function makePrepared(folder: string, file = PREPARED_FILE): Promise<void> {
  const known = await readMigrations();
  if (await unpacked(file, await keyOf(known), folder)) return drawIdentifier(folder);
  if (!isSource) return makeBare(folder);
  await makeAnonymous(folder, known);
  // Where nothing can be kept, as in a checkout of somebody else's, each is made like this one.
  await keep(folder, file).catch(() => undefined);
}

/** Makes the file, by way of a folder that is empty. */
export async function prepare(folder: string, file: string): Promise<void> {
  await makeAnonymous(folder, await readMigrations());
  await keep(folder, file);
}

/** In a database that has just got its name: its times are its own, and not those of whoever has prepared it. */
export async function dateSchema(db: Sql): Promise<void> {
  await sql`update schema_history set migrated_at = clock_timestamp() where migrated_at = 'epoch'`.execute(db);
}

async function unpacked(file: string, key: string, folder: string): Promise<boolean> {
  const isThere = await stat(file).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
  return isThere && (await unpackFolder(file, key, folder));
}

/** With nothing in it that belongs to one installation: no name, and no time, which may be ahead of the clock of whoever unpacks it. */
async function makeAnonymous(folder: string, known: readonly NumberedSql[]): Promise<void> {
  await makeBare(folder);
  const lite = await openLite(folder, []);
  const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  try {
    await migrate(db, known);
    await sql`update clock set seen_at = 'epoch'`.execute(db);
    await sql`update schema_history set migrated_at = 'epoch'`.execute(db);
    await sql`update kysely_migration set timestamp = '1970-01-01T00:00:00.000Z'`.execute(db);
  } finally {
    await db.destroy();
    await lite.close();
  }
}

/** Several may do so at once: each writes a file of its own, and all of them are alike. */
async function keep(folder: string, file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    // Before it is kept, so that one in which it does not stand as it should is never unpacked.
    await drawIdentifier(folder);
    await packFolder(folder, await keyOf(await readMigrations()), draft);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Of all that a prepared database is made of. */
async function keyOf(known: readonly NumberedSql[]): Promise<string> {
  const lite = findPackageJSON("@electric-sql/pglite", import.meta.url);
  const pglite: unknown = lite === undefined ? null : JSON.parse(await readFile(lite, "utf8"));
  const version = typeof pglite === "object" && pglite !== null && "version" in pglite ? pglite.version : null;
  const texts = known.map(({ name, text }) => [name, text.replaceAll("\r\n", "\n")]);
  return createHash("sha256")
    .update(JSON.stringify([FORM, version, SPARING, texts]))
    .digest("hex");
}
