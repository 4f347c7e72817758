// A database is put back from a backup, or told that it was.

import { join } from "node:path";
import { timeLeft } from "../core/story/times.ts";
import { type Config, ConfigMistake, readConfig } from "../config.ts";
import { oneLineErrors, openStore, placeOf } from "../ground.ts";
import { logOf, say } from "../printing.ts";
import type { ArchiveHead } from "../store/archive-file.ts";
import { StoreUnavailable } from "../store/errors.ts";
import { exists } from "../store/open.ts";
import { receivePutBack } from "../store/put-back.ts";
import { restoreFolder } from "../store/restore.ts";
import { proveOwnKey } from "./own-key.ts";

export interface RestoreOptions {
  /** Null: the database has been put back by other means, and is only to be told so. */
  readonly file: string | null;
  /** For how long nothing is removed, in ms. */
  readonly holdMs: number;
  readonly replace: boolean;
}

/** Puts a backup in the place of the embedded database, or tells a database that it was put back. */
export function restore({ file, holdMs, replace }: RestoreOptions): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    if (file === null) return markRestored(config, holdMs);
    if (config.database.kind === "server") {
      throw new ConfigMistake(
        "DATABASE_URL",
        "is set, and such a backup is put back into a data folder; a server's own is put back with pg_restore, and then `slipway restore` without a file",
      );
    }
    const { dataDir } = config.database;
    const proveKey = ({ keyCheck }: ArchiveHead) => proveOwnKey(config, dataDir, { keyCheck, of: "the backup" });
    const { head, rows, until, aside } = await restoreFolder({ dataDir, path: file, proveKey, holdMs, replace, say });
    say(`${dataDir} holds the ${rows} rows of ${file}, as of ${new Date(head.at).toISOString()}`);
    if (aside !== null) say(`the database that was there before is kept in ${aside}`);
    sayHeld(holdMs, until);
    return 0;
  });
}

async function markRestored(config: Config, holdMs: number): Promise<number> {
  const { database } = config;
  if (database.kind === "server") {
    const unfit = await receivePutBack(database.url);
    if (unfit !== null) throw new ConfigMistake("DATABASE_URL", `leads to a database that ${unfit}`);
  } else if (!(await exists(join(database.dataDir, "database")))) {
    throw new StoreUnavailable(
      "not_writable",
      `${database.dataDir} holds no database; name the backup that is to be put back`,
    );
  }
  await using store = disposable(await openStore(config, { warn: say, events: logOf(config) }));
  const until = await store.write(async (tx) => {
    const end = (await tx.now()) + holdMs;
    await tx.beginHold(end);
    return end;
  });
  say(`${placeOf(config)} counts as put back from a backup`);
  sayHeld(holdMs, until);
  return 0;
}

function disposable<S extends { close(): Promise<void> }>(store: S): S & AsyncDisposable {
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

function sayHeld(holdMs: number, until: number): void {
  say(
    `start the server: it compares its clouds with the ledger first. For ${timeLeft(holdMs)}, until ${new Date(until).toISOString()}, it removes nothing that was asked for before, and what was under way waits; see \`slipway hold\``,
  );
}
