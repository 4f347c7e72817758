// Writing what a request changed. People's requests ask for no machines themselves, so there is nothing to seal.

import { invariant } from "../../core/invariant.ts";
import type { Changes } from "../../core/snapshot.ts";
import type { Tx } from "../../ports/store.ts";

/** Writes the waves of one deployment one after the other, as the guards of the database want it. */
export async function writeWaves(tx: Tx, waves: readonly Changes[]): Promise<void> {
  for (const changes of waves) {
    invariant(changes.newMachines.length === 0, "a request asked for a machine itself");
    await tx.apply([{ ...changes, newMachines: [] }]);
  }
}
