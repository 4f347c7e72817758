// Marks strays: what a list shows with our label and no open row of the ledger stands for. Only the mark is made here; from
// then on the row's own calls look once more after a grace, and destroy. Machines without our label are on no list of ours.

import { askedFor, type DeploymentId, type MachineId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import { adoption } from "../core/world/adoption.ts";
import { reopen, type StrayAt, strayIds, strayOf } from "../core/world/stray.ts";
import type { Tx } from "../ports/store.ts";
import { apart } from "./apart.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { sealChanges } from "../ports/sealing.ts";

type MarkDeps = Pick<EngineDeps, "store" | "events" | "secrets" | "installation">;

/** Everything about where and when the strays were seen, but the time of the mark. */
export type Sighting = Omit<StrayAt, "now" | "heldUntil"> & { readonly accountName: string };

export async function markStrays(deps: MarkDeps, strays: readonly Observed[], seen: Sighting): Promise<void> {
  const nameOf = ({ externalId }: Observed): string => externalId;
  await apart({ events: deps.events, kind: "poll", nameOf }, strays, async (observed) => {
    const marked = await deps.store.write(async (tx) =>
      (await adopt(deps, tx, { observed, seen })) ? null : mark(deps, tx, { observed, seen }),
    );
    if (marked !== null) deps.events.strayFound(seen.accountName, marked.id, observed.externalId);
  });
}

interface Shown {
  readonly observed: Observed;
  readonly seen: Sighting;
}

/** True for what is a deployment's after all: the database was put back from a backup, and has forgotten it. */
async function adopt({ secrets, installation }: MarkDeps, tx: Tx, { observed, seen }: Shown): Promise<boolean> {
  const of = askedFor(observed.name);
  if (of === null || observed.state === "gone") return false;
  const { now, ids } = await tx.lock([of.deployment]);
  if ((await tx.machine(strayIds(observed).plain)) !== null) return false;
  for (const snapshot of await tx.snapshots(ids)) {
    const waves = adoption(snapshot, observed, { account: seen.account, installation, now });
    if (waves === null) continue;
    for (const changes of waves) await tx.apply([sealChanges(secrets, changes)]);
    return true;
  }
  return false;
}

async function mark({ secrets }: MarkDeps, tx: Tx, { observed, seen }: Shown): Promise<Machine | null> {
  const ids = strayIds(observed);
  await lockOwners(tx, [ids.plain, ids.double]);
  const rows = { plain: await tx.machine(ids.plain), double: await tx.machine(ids.double) };
  const now = await tx.now();
  const heldUntil = (await tx.hold())?.until ?? null;
  const stray = strayOf(observed, rows, { ...seen, now, heldUntil });
  if (stray === null) return null;
  const closedRow = [rows.plain, rows.double].find((row) => row?.id === stray.id) ?? null;
  if (stray.deployment === null || closedRow === null) await tx.putStray(stray);
  else {
    const placement = await tx.placementOf(closedRow);
    for (const snapshot of await tx.snapshots([stray.deployment])) {
      for (const changes of reopen(snapshot, { closedRow, placement, stray }, now))
        await tx.apply([sealChanges(secrets, changes)]);
    }
  }
  return stray;
}

/** A row that belongs to a deployment, closed though it is, changes only under that deployment's lock. */
async function lockOwners(tx: Tx, ids: readonly MachineId[]): Promise<void> {
  const owners: DeploymentId[] = [];
  for (const id of ids) {
    const deployment = (await tx.machine(id))?.deployment ?? null;
    if (deployment !== null) owners.push(deployment);
  }
  if (owners.length > 0) await tx.lock(owners);
}
