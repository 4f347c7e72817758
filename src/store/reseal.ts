// All that is sealed in a database is sealed anew with the first of two keys, row by row, beside servers that have both.

import { type RawBuilder, sql } from "kysely";
import { join } from "node:path";
import type { Secrets } from "../ports/secrets.ts";
import { openAlone } from "./alone.ts";
import { syncBelow } from "./durable.ts";
import { StoreUnavailable, translate } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { connect, exists, refuseMoving } from "./open.ts";
import type { Sql } from "./rows.ts";

/** Where something sealed is. */
const PLACES = [
  { table: "accounts", id: "id", column: "credentials" },
  { table: "deployments", id: "id", column: "secrets" },
  // One of a deployment at any time has them.
  { table: "revisions", id: "deployment", column: "aside_secrets" },
  { table: "machines", id: "id", column: "request" },
  { table: "webhooks", id: "name", column: "secret" },
  { table: "plans", id: "id", column: "secrets" },
] as const;

const ROWS = 200;
/** Who is at work may still seal with the other key, or change a row in the same moment. */
const PASSES_MOST = 5;

export interface Resealing {
  /** Opens what either key has sealed, and seals with the first. */
  readonly both: Secrets;
  /** Opens what the first has sealed. */
  readonly first: Secrets;
  /** Called before the first value is written, with what tells which key the database goes by; what it throws is let through. */
  readonly begin: (keyCheck: string | null) => Promise<void>;
}

/** How many values were sealed anew. Throws StoreUnavailable where others go on sealing with the other key, and StoreAway. */
export async function resealFolder(dataDir: string, keys: Resealing): Promise<number> {
  const lock = await lockFolder(dataDir);
  try {
    await refuseMoving(dataDir);
    const folder = join(dataDir, "database");
    if (!(await exists(folder))) throw new StoreUnavailable("not_writable", `${dataDir} holds no database`);
    const count = await resealedIn(folder, keys);
    // The old key may be gone for good after this, and the database by itself does not wait for the disk.
    await syncBelow(folder);
    return count;
  } finally {
    await lock.release();
  }
}

async function resealedIn(folder: string, keys: Resealing): Promise<number> {
  await using alone = await openAlone(folder);
  await migrate(alone.db, await readMigrations());
  return await reseal(alone.db, keys);
}

/** The same on a server. */
export async function resealServer(url: string, keys: Resealing): Promise<number> {
  const { db, ends } = connect(url);
  try {
    await migrate(db, await readMigrations());
    return await reseal(db, keys);
  } catch (error) {
    throw translate(error);
  } finally {
    await ends.closing();
  }
}

async function reseal(db: Sql, keys: Resealing): Promise<number> {
  await keys.begin(await keyCheckOf(db));
  let all = 0;
  for (let pass = 0; pass < PASSES_MOST; pass += 1) {
    let old = 0;
    for (const place of PLACES) old += await resealAt(db, place, keys);
    // Last: it tells which key the database goes by.
    old += await resealCheck(db, keys);
    if (old === 0) return all;
    all += old;
  }
  const text = "servers or workers still seal with the other key";
  throw new StoreUnavailable("in_use", `${text}: start each of them with the new key first, and run this again`);
}

async function resealAt(db: Sql, { table, id, column }: (typeof PLACES)[number], keys: Resealing): Promise<number> {
  const [of, name, value] = [sql.table(table), sql.ref(id), sql.ref(column)];
  let after = "";
  let old = 0;
  for (;;) {
    const { rows } = await sql<{ id: string; sealed: string }>`
      select ${name} as id, ${value} as sealed from ${of} where ${value} is not null and ${name} > ${after}
      order by ${name} limit ${ROWS}::int`.execute(db);
    for (const row of rows) {
      if (!opens(keys.both, row.sealed)) throw neitherOpens(`${column} of ${row.id} in ${table}`);
      const where = sql`${of} set ${value} = ${sealedAnew(row.sealed, keys)} where ${name} = ${row.id} and ${value} = ${row.sealed}`;
      if (await replaced(db, row.sealed, { keys, where })) old += 1;
    }
    const last = rows.at(-1);
    if (last === undefined) return old;
    after = last.id;
  }
}

async function resealCheck(db: Sql, keys: Resealing): Promise<number> {
  const sealed = await keyCheckOf(db);
  if (sealed === null) return 0;
  const where = sql`settings set value = ${sealedAnew(sealed, keys)} where name = 'key_check' and value = ${sealed}`;
  return (await replaced(db, sealed, { keys, where })) ? 1 : 0;
}

async function keyCheckOf(db: Sql): Promise<string | null> {
  const { rows } = await sql<{ value: string }>`select value from settings where name = 'key_check'`.execute(db);
  return rows[0]?.value ?? null;
}

interface Replacing {
  readonly keys: Resealing;
  readonly where: RawBuilder<unknown>;
}

/** True when it was not the first key's. */
async function replaced(db: Sql, sealed: string, { keys, where }: Replacing): Promise<boolean> {
  if (opens(keys.first, sealed)) return false;
  await sql`update ${where}`.execute(db);
  return true;
}

function neitherOpens(what: string): StoreUnavailable {
  return new StoreUnavailable(
    "cannot_open",
    `${what} is opened by none of the keys; add the one that it was sealed with`,
  );
}

const sealedAnew = (sealed: string, { both }: Resealing): string => both.seal(both.open(sealed));

function opens(secrets: Secrets, sealed: string): boolean {
  try {
    secrets.open(sealed);
    return true;
  } catch {
    return false;
  }
}
