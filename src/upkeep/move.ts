// The embedded database goes to a PostgreSQL server.

import { join } from "node:path";
import { ConfigMistake, dataFolder, readConfig } from "../config.ts";
import { oneLineErrors, placeOf } from "../ground.ts";
import { say } from "../printing.ts";
import { moveToServer } from "../store/move.ts";
import { proveOwnKey } from "./own-key.ts";

/** From the data folder to where DATABASE_URL leads. */
export function move(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    const { database } = config;
    if (database.kind === "folder") {
      throw new ConfigMistake("DATABASE_URL", "is not set: it says where to, a new and empty database of PostgreSQL");
    }
    const dataDir = dataFolder(process.env);
    const { rows, aside } = await moveToServer({
      dataDir,
      url: database.url,
      proveKey: (keyCheck) => proveOwnKey(config, dataDir, { keyCheck, of: "this database" }),
      say,
    });
    const what = rows === null ? "already had all that" : `has the ${rows} rows that`;
    say(`${placeOf(config)} ${what} ${dataDir} held; the embedded database is kept in ${aside}, and not used any more`);
    const isGiven = config.key !== null || config.keyFile !== null;
    const key = isGiven ? "the key that is set now" : `SLIPWAY_KEY_FILE=${join(dataDir, "key")}`;
    say(`start every server and worker with DATABASE_URL and ${key}; what was under way goes on`);
    return 0;
  });
}
