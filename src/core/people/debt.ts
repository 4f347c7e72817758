// A person does not want to wait for the next try of a machine that should be gone.

import { draftOf } from "../decision/draft.ts";
import type { Machine } from "../machine.ts";
import type { MachineId } from "../ids.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { refusalText } from "../story/refusal.ts";
import { isOpen } from "../states.ts";

export const isDebt = (machine: Machine): boolean => isOpen(machine) && machine.debtSince !== null;

/** Why it is not proven gone, for people. */
export function debtReason({ fault, deployment, state, destroyedAt }: Machine): string {
  if (fault !== null) return refusalText(fault, null);
  if (deployment === null) return "it has our labels, and no row of the ledger stands for it";
  if (state !== "made") return "no clear answer came when it was asked for; it is looked for under its own name";
  if (destroyedAt === null) return "its cloud has not accepted the delete yet";
  return "its cloud accepted the delete, and has not shown since that it is gone";
}

/**
 * The same machine, due now and with a fresh back-off. A delete that the cloud accepted and did not carry out is asked for again;
 * were it still on record, a look that is on its way would put the next one off.
 */
export function dueNow(machine: Machine, now: number): Machine {
  const due = { ...machine, callAt: now, failures: 0 };
  return machine.destroyedAt === null ? due : { ...due, call: "destroy", destroyedAt: null };
}

/** Nothing changes when the machine is not debt any more. */
export function retryDebt(snapshot: Snapshot, id: MachineId, now: number): readonly Changes[] {
  const machine = snapshot.machines.find((row) => row.id === id);
  if (machine === undefined || !isDebt(machine)) return [];
  const draft = draftOf(snapshot, now);
  draft.setMachine(id, dueNow(machine, now));
  return draft.waves();
}
