// Opens the store on PGlite in a folder, or on a PostgreSQL server.

import { randomInt } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, sql } from "kysely";
import { Pool, type PoolClient } from "pg";
import { invariant } from "../core/invariant.ts";
import { type Store, StoreAway } from "../ports/store.ts";
import { type Archived, writeArchive } from "./archive.ts";
import { StoreUnavailable, translate, whyAway } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { listenOnLite, listenOnServer } from "./listen.ts";
import { type Lite, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { CHANNELS } from "./notices.ts";
import { dateSchema, makeBare, makePrepared } from "./prepared.ts";
import { closeBelow, closeToOthers, type Say } from "./private-folder.ts";
import { type StoreEnds, storeOn } from "./repositories.ts";
import type { Sql } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { serverDialect } from "./server-dialect.ts";
import { keepStatistics, PAGES_MOST_ON_SERVER } from "./statistics.ts";

/** Longer than any statement of ours; a transaction has 10 s. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A process that stands still within a transaction must not keep its locks: nobody else could work on these rows. */
const IDLE_TIMEOUT_MS = 12_000;
/**
 * No statement is silent for so long: the server stands still, or the network between has lost the connection without telling.
 * Nothing else would end such a wait within a quarter of an hour.
 */
const SILENCE_MS = 13_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS_MOST = 10;

/** How the names of backups begin that are being written into the data folder. */
export const BACKUP_DRAFT = "backup.";
/** What a backup is put back into until all of it is there; with more behind it while it is begun. */
export const RESTORE_DRAFT = "database.restored";

/** Where a database is while it goes to a server: nobody else may begin to work on it meanwhile, nor on a new one in its place. */
export const MOVING = "database.moving";
/** And where it is kept afterwards, with a number behind. */
export const MOVED = "database.moved";

export interface EmbeddedStore extends Store {
  /** Writes all that it holds, as of one moment, into a new file. Nobody else is served meanwhile. */
  readonly archive: (path: string, version: string) => Promise<Archived>;
}

type OwnTime = Pick<StoreEnds, "monotonic" | "onStep">;
type ServerEnds = Pick<StoreEnds, "listening" | "closing" | "waitForOthers">;

/**
 * The database in `dataDir`, made on first use, for this process alone. It survives the death of the process, not of the machine:
 * PGlite does not wait for the disk. What other users may read or write there is closed to them, and told to `say`. Throws
 * StoreUnavailable when the folder is in use, not writable, open to others for good, or of a newer program.
 */
export async function openPglite(given: { dataDir: string; say?: Say } & OwnTime): Promise<EmbeddedStore> {
  const { dataDir, say = () => undefined, ...time } = given;
  const lock = await lockFolder(dataDir);
  try {
    await closeToOthers(dataDir, say);
    await refuseMoving(dataDir);
    await dropDrafts(dataDir);
    const lite = await openFolder(join(dataDir, "database"));
    const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
    let endStatistics = async () => {};
    const closing = async () => {
      await endStatistics();
      await db.destroy();
      // Kysely closes it only when a query has been run.
      await lite.close();
      await lock.release();
    };
    const store = await ready(db, { ...time, listening: listenOnLite(lite), closing });
    endStatistics = keepStatistics(db);
    return { ...store, archive: (path, version) => writeArchive(db, path, version) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Throws StoreUnavailable while the folder goes to a server, and once it has gone there: a new database in its place would know of nothing. */
export async function refuseMoving(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  const moved = names.includes("database") ? undefined : names.find((name) => name.startsWith(`${MOVED}-`));
  if (moved !== undefined) {
    const text = `the database of ${dataDir} was moved to a server: set DATABASE_URL`;
    throw new StoreUnavailable("not_writable", `${text}; to begin anew here, put ${moved} elsewhere first`);
  }
  if (!names.includes(MOVING)) return;
  const text = `the move of ${dataDir} to a server was begun, and has not come to its end`;
  throw new StoreUnavailable("in_use", `${text}; run \`slipway move\` again with the same DATABASE_URL`);
}

/** Backups that were being written, or put back, when the process before this one died. */
async function dropDrafts(dataDir: string): Promise<void> {
  const drafts = (await readdir(dataDir)).filter(
    (name) => name.startsWith(BACKUP_DRAFT) || name.startsWith(RESTORE_DRAFT),
  );
  for (const name of drafts) await rm(join(dataDir, name), { recursive: true, force: true });
}

/** Whoever makes a database reads its settings only the next time. */
async function openFolder(folder: string): Promise<Lite> {
  try {
    if (!(await exists(folder))) await makeDatabase(folder);
    return await openLite(folder, CHANNELS);
  } catch (error) {
    const left = translate(error);
    const text = left instanceof StoreAway ? whyAway(left) : left instanceof Error ? left.message : String(left);
    throw new StoreUnavailable("cannot_open", `${folder} cannot be opened as a database: ${text}`, { cause: error });
  }
}

/**
 * Makes it beside its place, so that a start which is cut short leaves no half of one. `bare`: with no table in it; else it has the present
 * schema already, or gets it as it would from any that is older.
 */
export async function makeDatabase(folder: string, { bare = false } = {}): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  try {
    await mkdir(draft, { mode: 0o700 });
    const { uid } = await stat(draft);
    await (bare ? makeBare(draft) : makePrepared(draft));
    await closeBelow(draft, uid);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** A database on a server, shared by any number of processes. Throws StoreAway when it does not answer. */
export async function openPostgres(given: { url: string; silenceMs?: number } & OwnTime): Promise<Store> {
  const { url, silenceMs, ...time } = given;
  const { db, ends } = connect(url, { silenceMs });
  let endStatistics = async () => {};
  const closing = async () => {
    await Promise.all([endStatistics(), ends.closing()]);
  };
  const store = await ready(db, { ...time, ...ends, closing });
  endStatistics = statisticsOf(url, silenceMs);
  return store;
}

/** On a connection of its own, which whoever closes cuts off: nobody waits for what is no use any more. */
function statisticsOf(url: string, silenceMs?: number): () => Promise<void> {
  const { db, cut } = connect(url, { silenceMs, connections: 1 });
  const end = keepStatistics(db, PAGES_MOST_ON_SERVER);
  return async () => {
    const ended = end();
    cut();
    await ended;
    await db.destroy();
  };
}

interface Connecting {
  readonly silenceMs?: number | undefined;
  /** At most. */
  readonly connections?: number;
}

interface Connected {
  readonly db: Kysely<Tables>;
  readonly ends: ServerEnds;
  /** Ends all connections as a lost network does, also those that are being made. */
  readonly cut: () => void;
}

/** Connections to a server, opened when they are needed. */
export function connect(url: string, given: Connecting = {}): Connected {
  const { silenceMs = SILENCE_MS, connections = CONNECTIONS_MOST } = given;
  const sockets = new Set<Socket>();
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
    application_name: "slipway",
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
  });
  // Without listeners, the end of a connection ends this process: the pool's is for idle ones, its own for one at work. Whoever
  // waits for its answer is told anyway, and whoever asks next gets a new one.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    const stream = streamOf(client);
    stream.setTimeout(silenceMs, () => stream.destroy(new Error("Connection terminated: the server is silent")));
  });
  const db = new Kysely<Tables>({ dialect: serverDialect(pool) });
  return {
    db,
    ends: { listening: listenOnServer(url), closing: () => db.destroy(), waitForOthers: (ms) => sleep(ms) },
    cut: () => {
      for (const socket of sockets) socket.destroy(new Error("Connection terminated: nobody waits for it"));
    },
  };
}

function streamOf(client: PoolClient): Socket {
  const connection: unknown = Reflect.get(client, "connection");
  const stream: unknown =
    typeof connection === "object" && connection !== null ? Reflect.get(connection, "stream") : null;
  // Only here is the socket the one in use, for TLS puts another in its place.
  invariant(stream instanceof Socket, "a connection to the database has no socket");
  return stream;
}

async function ready(db: Sql, ends: StoreEnds): Promise<Store> {
  try {
    await reach(db);
    await migrate(db, await readMigrations());
    await nameInstallation(db);
    const store = storeOn(db, ends);
    // A clock that was set back while nothing ran is noticed here.
    await store.keepTime();
    return store;
  } catch (error) {
    await ends.closing();
    throw translate(error);
  }
}

/** Before anything else, so that what keeps a connection from being made, whatever it is, is told from what a statement does. */
async function reach(db: Sql): Promise<void> {
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    const left = translate(error);
    throw left instanceof StoreAway ? left : new StoreAway("unreachable", { cause: error });
  }
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The name that our machines carry at every cloud: drawn once, never changed. */
export async function nameInstallation(db: Sql): Promise<void> {
  const value = Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  const drawn = await db
    .insertInto("settings")
    .values({ name: "installation", value })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("name")
    .execute();
  if (drawn.length > 0) await dateSchema(db);
}
