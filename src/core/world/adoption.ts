// What a cloud shows and a restored database has forgotten: a machine that was asked for between the backup and its return, under
// the name of an instance that is still to be launched. It is that instance's, and nothing is asked for a second time.

import type { Instance } from "../deployment.ts";
import { type Draft, draftOf } from "../decision/draft.ts";
import { hasFailed } from "../decision/failure.ts";
import { awaitsPlace, newMachine, requestOf, resetInstance } from "../decision/launch.ts";
import { openMachineOf } from "../decision/undo.ts";
import { askedFor, machineId } from "../ids.ts";
import type { AccountId } from "../ids.ts";
import type { Observed } from "../machine.ts";
import type { DeploymentState } from "../states.ts";
import type { Changes, Snapshot } from "../snapshot.ts";

export interface Adopter {
  readonly account: AccountId;
  readonly installation: string;
  readonly now: number;
}

/** Where members are still to be launched. */
const ADOPTS: readonly DeploymentState[] = ["pending", "incomplete", "updating"];

/**
 * The row of the machine as it was before its create was answered: its own search finds it, and all goes on from there. Null where the
 * deployment has no place for it: it is nobody's then.
 */
export function adoption(snapshot: Snapshot, observed: Observed, at: Adopter): readonly Changes[] | null {
  const of = askedFor(observed.name);
  const { deployment } = snapshot;
  const goesOn = deployment.cancelAskedAt === null && deployment.stopAskedAt === null;
  if (of === null || of.attempt !== deployment.attemptNo || deployment.resumedAt === null || !goesOn) return null;
  if (!ADOPTS.includes(deployment.state)) return null;
  const draft = draftOf(snapshot, at.now);
  const instance = draft.instances().find(({ name }) => name === of.instance);
  if (instance === undefined || !hasRoom(draft, instance) || awaitsPlace(draft, instance.name)) return null;
  // What it calls home with is not known any more.
  if (draft.spec(instance.name).ready.kind === "callback") return null;
  const placement = draft.placementOf(instance.name);
  const isThere = placement.account === at.account && placement.realm === observed.realm;
  if (!isThere || placement.refused !== null) return null;
  if (instance.state !== "new") resetInstance(draft, instance.name);
  draft.moveInstance(instance.name, "launch_asked", "found at its cloud");
  const id = machineId(observed.name);
  const machine = newMachine(draft, { id, placement, nonce: `adopted/${id}` });
  const request = requestOf(at, { spec: draft.spec(instance.name), placement, id, userData: "" });
  // As one that was sent and whose answer got lost: it is never sent again.
  draft.addMachine({ machine: { ...machine, sentAt: at.now }, request });
  draft.setInstance(instance.name, { machine: id, tries: 1, fault: null });
  return draft.waves();
}

function hasRoom(draft: Draft, instance: Instance): boolean {
  return instance.state === "new" || (hasFailed(instance) && openMachineOf(draft, instance) === null);
}
