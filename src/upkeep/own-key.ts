// The key at hand, when a database is worked on that no server has open.

import { join } from "node:path";
import type { Config } from "../config.ts";
import { givenKeys } from "../ground.ts";
import { KeyRefused, keysKept, opensCheck, secretsWith } from "../secrets.ts";

interface Sealed {
  /** What was sealed with the key, to be known by; null: nothing was sealed yet. */
  readonly keyCheck: string | null;
  /** What it was sealed in, such as "the backup". */
  readonly of: string;
}

/** The key that is set, or that is in the folder, opens what was sealed. Throws KeyRefused. */
export async function proveOwnKey(config: Config, dataDir: string, { keyCheck, of }: Sealed): Promise<void> {
  if (keyCheck === null) return;
  const place = join(dataDir, "key");
  const keys = (await givenKeys(config)) ?? (await keysKept(place));
  if (keys === null) {
    const remedy = `put the key that it was made with there (mode 0600), or set SLIPWAY_KEY_FILE`;
    throw new KeyRefused(`${place} is missing, and without it nothing opens the credentials of ${of}; ${remedy}`);
  }
  if (opensCheck(secretsWith(...keys), keyCheck)) return;
  const which = config.keyFile ?? (config.key === null ? place : "SLIPWAY_KEY");
  throw new KeyRefused(`${which} is not the key that ${of} was made with; nothing was changed`);
}
