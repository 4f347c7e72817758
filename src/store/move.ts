// The embedded database goes to a server, with all that it holds. Its folder is out of everybody's reach from the first moment on, so that
// never two work on the same machines: the server has all of it, or nothing.

import { join } from "node:path";
import { sql } from "kysely";
import { openAlone } from "./alone.ts";
import { archiveLines, loadArchive } from "./archive.ts";
import { renameForGood } from "./durable.ts";
import { StoreUnavailable, translate } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { connect, exists, MOVED, MOVING, refuseMoving } from "./open.ts";
import { closeToOthers, type Say } from "./private-folder.ts";
import { putAside } from "./restore.ts";
import { only, type Sql } from "./rows.ts";
import { forgetElsewhere } from "./time.ts";

interface Wish {
  readonly dataDir: string;
  /** Of a new, empty database on a server. */
  readonly url: string;
  /** Throws when the key at hand is not the database's. */
  readonly proveKey: (keyCheck: string | null) => Promise<void>;
  readonly say: Say;
}

export interface Moved {
  /** Null: all was on the server already, by a move that was cut short. */
  readonly rows: number | null;
  /** Where the embedded database is kept. */
  readonly aside: string;
}

/** Throws StoreUnavailable, StoreAway, or what `proveKey` throws: nothing was changed then, unless the message says so. */
export async function moveToServer(wish: Wish): Promise<Moved> {
  const { dataDir, say } = wish;
  const lock = await lockFolder(dataDir);
  try {
    await closeToOthers(dataDir, say);
    const place = join(dataDir, "database");
    const moving = join(dataDir, MOVING);
    // One that was begun before may be whole at the server.
    const target = { isKnownEmpty: !(await exists(moving)) };
    if (target.isKnownEmpty) {
      await refuseMoving(dataDir);
      if (!(await exists(place))) throw new StoreUnavailable("not_writable", `${dataDir} holds no database`);
      await renameForGood(place, moving);
    }
    let rows: number | null;
    try {
      rows = await copied(moving, wish, target);
    } catch (error) {
      if (target.isKnownEmpty && !(error instanceof InDoubt)) await renameForGood(moving, place);
      throw error instanceof InDoubt ? new StoreUnavailable("in_use", error.message, { cause: error.cause }) : error;
    }
    return { rows, aside: await putAside(moving, join(dataDir, MOVED)) };
  } finally {
    await lock.release();
  }
}

/** Nobody can tell whether the server has it. */
class InDoubt extends Error {
  override readonly name = "InDoubt";
}

/** Null: the server has all of it already. */
async function copied(
  folder: string,
  { url, proveKey, dataDir }: Wish,
  target: { isKnownEmpty: boolean },
): Promise<number | null> {
  const known = await readMigrations();
  await using alone = await openAlone(folder);
  const { db: from } = alone;
  const { db: to, ends } = connect(url);
  try {
    await migrate(from, known);
    const { installation, keyCheck } = await settingsOf(from);
    await proveKey(keyCheck);
    const there = await installationThere(to);
    if (there !== null && there === installation) return null;
    target.isKnownEmpty = true;
    if (there !== null) throw notEmpty();
    await migrate(to, known);
    try {
      return await copy(from, to);
    } catch (error) {
      return await afterFailure(error, { url, installation, dataDir });
    }
  } catch (error) {
    throw translate(error);
  } finally {
    await ends.closing();
  }
}

/** All of it or nothing, as of one moment. */
async function copy(from: Sql, to: Sql): Promise<number> {
  return from
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute((reading) =>
      to.transaction().execute(async (writing) => {
        // From here on nobody else begins there, and nobody has since it was looked at.
        await sql`lock table settings in access exclusive mode`.execute(writing);
        if ((await settingsOf(writing)).installation !== null) throw notEmpty();
        const rows = await loadArchive(writing, archiveLines(reading));
        // Another machine's clock is gone by from now on.
        await forgetElsewhere(writing);
        return rows;
      }),
    );
}

interface Failed {
  readonly url: string;
  readonly installation: string | null;
  readonly dataDir: string;
}

/** The commit may have come to the server all the same, and its answer not back. */
async function afterFailure(error: unknown, { url, installation, dataDir }: Failed): Promise<null> {
  const { db, ends } = connect(url);
  try {
    if (installation !== null && (await installationThere(db)) === installation) return null;
  } catch (cause) {
    const text = `the server was lost in the middle of it, and may or may not have all of ${dataDir}`;
    throw new InDoubt(`${text}; run \`slipway move\` again when it answers`, { cause });
  } finally {
    await ends.closing();
  }
  throw error;
}

async function settingsOf(db: Sql): Promise<{ installation: string | null; keyCheck: string | null }> {
  const { rows } = await sql<{ name: string; value: string }>`select name, value from settings`.execute(db);
  const settings = new Map(rows.map(({ name, value }) => [name, value]));
  return { installation: settings.get("installation") ?? null, keyCheck: settings.get("key_check") ?? null };
}

/** Null: nothing was ever begun there. Throws StoreUnavailable where other things are, or a part of a schema. */
async function installationThere(db: Sql): Promise<string | null> {
  const { rows } = await sql<{ tables: number; is_ours: boolean }>`
    select count(*)::int as tables, coalesce(bool_or(c.relname = 'settings'), false) as is_ours
    from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`.execute(db);
  const { tables, is_ours: isOurs } = only(rows);
  if (tables === 0) return null;
  if (!isOurs) throw notEmpty();
  return (await settingsOf(db)).installation;
}

function notEmpty(): StoreUnavailable {
  const remedy = "make a new one (`createdb`), and move there; nothing was changed";
  return new StoreUnavailable("not_writable", `DATABASE_URL leads to a database that is not empty; ${remedy}`);
}
