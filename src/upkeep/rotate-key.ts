// The key of the installation is changed for a new one: what was sealed with the old one is sealed with the new one.

import { join } from "node:path";
import { type Config, readConfig } from "../config.ts";
import { givenKeys, oneLineErrors, placeOf } from "../ground.ts";
import { say } from "../printing.ts";
import { freshKey, KeyRefused, type Keys, keysKept, opensCheck, secretsWith, writeKeys } from "../secrets.ts";
import { resealFolder, type Resealing, resealServer } from "../store/reseal.ts";

export function rotateKey(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    const given = await givenKeys(config);
    return given === null ? rotateOwn(config) : resealWith(config, given);
  });
}

/** The key is ours, in the data folder. Until all is sealed with the new one, the old one is beside it. */
async function rotateOwn(config: Config): Promise<number> {
  const { database } = config;
  if (database.kind === "server") {
    throw new KeyRefused("SLIPWAY_KEY or SLIPWAY_KEY_FILE must be set together with DATABASE_URL");
  }
  const path = join(database.dataDir, "key");
  const kept = await keysKept(path);
  if (kept === null) throw new KeyRefused(`${path} is missing; put it back from a backup`);
  const keys: Keys = kept.length === 1 ? [freshKey(), ...kept] : kept;
  const count = await resealFolder(database.dataDir, {
    ...resealing(keys, path),
    async begin(keyCheck) {
      prove(keys, path, keyCheck);
      if (kept.length === 1) await writeKeys(path, keys);
    },
  });
  await writeKeys(path, [keys[0]]);
  say(`${path} is new; ${count} values are sealed with it. The old key opens nothing any more but backups from before`);
  say("who was signed in at the page signs in again");
  return 0;
}

/** The keys are somebody's own: the first is the new one. */
async function resealWith(config: Config, keys: Keys): Promise<number> {
  const { database } = config;
  const which = config.keyFile ?? "SLIPWAY_KEY";
  if (keys.length === 1) {
    const remedy =
      "put the new one in front of it, on every server and worker, and start them again; see docs/operations.md";
    throw new KeyRefused(`${which} holds one key only; ${remedy}`);
  }
  const count =
    database.kind === "server"
      ? await resealServer(database.url, resealing(keys, which))
      : await resealFolder(database.dataDir, resealing(keys, which));
  say(
    `${count} values of ${placeOf(config)} are sealed with the first key of ${which} now; the others can be taken out`,
  );
  return 0;
}

function resealing(keys: Keys, place: string): Resealing {
  return {
    both: secretsWith(...keys),
    first: secretsWith(keys[0]),
    begin: async (keyCheck) => prove(keys, place, keyCheck),
  };
}

function prove(keys: Keys, place: string, keyCheck: string | null): void {
  if (keyCheck === null || opensCheck(secretsWith(...keys), keyCheck)) return;
  throw new KeyRefused(`${place} does not hold the key that this database was begun with; nothing was changed`);
}
