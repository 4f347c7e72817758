// Marks strays: what a list shows with our label and no open row of the ledger stands for. Only the mark is made here; from
// then on the row's own calls look once more after a grace, and destroy. Machines without our label are on no list of ours.

import type { MachineId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import { type StrayAt, strayIds, strayOf } from "../core/stray.ts";
import type { Tx } from "../ports/store.ts";
import type { EngineDeps } from "./deps.ts";

/** Everything about where and when the strays were seen, but the time of the mark. */
export type Sighting = Omit<StrayAt, "now"> & { readonly accountName: string };

export async function markStrays(
  { store, events }: Pick<EngineDeps, "store" | "events">,
  strays: readonly Observed[],
  seen: Sighting,
): Promise<void> {
  for (const observed of strays) {
    const marked = await store.write((tx) => mark(tx, observed, seen));
    if (marked !== null) events.strayFound(seen.accountName, marked.id, observed.externalId);
  }
}

async function mark(tx: Tx, observed: Observed, seen: Sighting): Promise<Machine | null> {
  const ids = strayIds(observed);
  await lockOwners(tx, [ids.plain, ids.double]);
  const rows = { plain: await tx.machine(ids.plain), double: await tx.machine(ids.double) };
  const stray = strayOf(observed, rows, { ...seen, now: await tx.now() });
  if (stray !== null) await tx.putStray(stray);
  return stray;
}

/** A row that belongs to a deployment, closed though it is, changes only under that deployment's lock. */
async function lockOwners(tx: Tx, ids: readonly MachineId[]): Promise<void> {
  for (const id of ids) {
    const deployment = (await tx.machine(id))?.deployment ?? null;
    if (deployment !== null) await tx.lock([deployment]);
  }
}
