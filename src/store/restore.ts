// A backup becomes the database of a data folder: made whole beside its place first, so that whatever goes wrong nothing is lost.

import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { StoreAway } from "../ports/store.ts";
import { loadArchive } from "./archive.ts";
import { type ArchiveHead, ArchiveRefused, checkArchive, readArchive } from "./archive-file.ts";
import { renameForGood } from "./durable.ts";
import { StoreUnavailable, translate } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { listenOnLite } from "./listen.ts";
import { openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { migrate, readMigrations, strangeSchema } from "./migrate.ts";
import { exists, makeDatabase, refuseMoving, RESTORE_DRAFT } from "./open.ts";
import { dateSchema } from "./prepared.ts";
import { closeToOthers, type Say } from "./private-folder.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";
import { forgetElsewhere } from "./time.ts";

interface Wish {
  readonly dataDir: string;
  /** Of the backup. */
  readonly path: string;
  /** Throws when the key at hand is not the backup's. */
  readonly proveKey: (head: ArchiveHead) => Promise<void>;
  /** For how long nothing is removed. */
  readonly holdMs: number;
  /** A database that is there goes aside. */
  readonly replace: boolean;
  readonly say: Say;
}

export interface Restored {
  readonly head: ArchiveHead;
  readonly rows: number;
  /** Until when nothing is removed. */
  readonly until: number;
  /** Where the database is that was there before; null: there was none. */
  readonly aside: string | null;
}

/** Throws ArchiveRefused, StoreUnavailable, or what `proveKey` throws: the folder is then as it was. */
export async function restoreFolder(wish: Wish): Promise<Restored> {
  const { dataDir, path, proveKey, replace, say } = wish;
  const head = await checkArchive(path);
  const strange = strangeSchema(await readMigrations(), head.schema);
  if (strange !== null) throw new ArchiveRefused(`${path} ${strange}`);
  const lock = await lockFolder(dataDir);
  try {
    await refuseMoving(dataDir);
    await closeToOthers(dataDir, say);
    await proveKey(head);
    const place = join(dataDir, "database");
    const isThere = await exists(place);
    if (isThere && !replace) {
      throw new StoreUnavailable("in_use", `${dataDir} holds a database; with --replace that is put aside, and kept`);
    }
    const draft = join(dataDir, RESTORE_DRAFT);
    const { rows, until } = await filled(draft, wish, head);
    const aside = isThere ? await putAside(place, `${place}.before`) : null;
    await rename(draft, place);
    return { head, rows, until, aside };
  } finally {
    await lock.release();
  }
}

/** Under that name with a number behind it. */
export async function putAside(place: string, name: string): Promise<string> {
  for (let no = 1; ; no += 1) {
    const aside = `${name}-${no}`;
    if (await exists(aside)) continue;
    await renameForGood(place, aside);
    return aside;
  }
}

async function filled(draft: string, wish: Wish, head: ArchiveHead): Promise<Pick<Restored, "rows" | "until">> {
  await rm(draft, { recursive: true, force: true });
  try {
    const known = await readMigrations();
    await makeDatabase(draft, { bare: head.schema.length < known.length });
    const lite = await openLite(draft, []);
    const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
    try {
      await migrate(db, known.slice(0, head.schema.length));
      const rows = await db.transaction().execute((trx) => loadArchive(trx, readArchive(wish.path)));
      await migrate(db, known);
      await dateSchema(db);
      await forgetElsewhere(db);
      const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined });
      const until = await store.write(async (tx) => {
        const end = (await tx.now()) + wish.holdMs;
        await tx.beginHold(end);
        return end;
      });
      await sql`checkpoint`.execute(db);
      return { rows, until };
    } finally {
      await db.destroy();
      await lite.close();
    }
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw refusedBy(error, wish);
  }
}

/** A full disk is one sentence, whichever part of the work has met it. */
export function refusedBy(error: unknown, { dataDir }: Pick<Wish, "dataDir">): unknown {
  const cause = translate(error);
  if (!(cause instanceof StoreAway && cause.reason === "no_space")) return cause;
  const text = `${dataDir} has no room for the backup; make room, and restore it again: nothing was changed`;
  return new StoreUnavailable("not_writable", text, { cause });
}
