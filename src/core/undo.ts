// Hauling back: how a machine is asked to go, and what follows when it is gone.

import type { Deployment } from "./deployment.ts";
import type { Draft } from "./draft.ts";
import type { MachineId } from "./ids.ts";
import type { Machine } from "./machine.ts";
import { isOpen, type MachineMove } from "./states.ts";

/**
 * From here on the machine should be gone. One that was certainly never sent is withdrawn at once; one in doubt is resolved
 * first; one that exists has its console read (when evidence is wanted) and is destroyed.
 */
export function undoMachine(draft: Draft, machine: Machine, keepEvidence: boolean): void {
  if (machine.undoAskedAt !== null || !isOpen(machine)) return;
  draft.setMachine(machine.id, { undoAskedAt: draft.now, keepEvidence });
  if (machine.state === "intent" && machine.sentAt === null) return closeMachine(draft, machine.id, "withdrawn");
  if (machine.instance !== null) draft.tell({ kind: "undo_asked", instance: machine.instance, machine: machine.id });
  if (machine.state === "made")
    draft.setMachine(machine.id, { ...undoCall({ keepEvidence }), callAt: draft.now, failures: 0 });
}

/** The first call of an undo. */
export function undoCall(machine: Pick<Machine, "keepEvidence">): { call: "console" | "destroy" } {
  return { call: machine.keepEvidence ? "console" : "destroy" };
}

/** Closes a ledger row; from here on nothing is owed for it. */
export function closeMachine(draft: Draft, id: MachineId, move: MachineMove): void {
  const { debtSince, instance } = draft.machine(id);
  draft.moveMachine(id, move);
  draft.setMachine(id, { closedAt: draft.now, call: null, callAt: null, failures: 0, debtSince: null });
  if (debtSince !== null && instance !== null) draft.tell({ kind: "debt_cleared", instance, machine: id });
}

/** Machines of the present attempt that the cloud may still hold something for. */
export function openMachines(draft: Draft): Machine[] {
  return draft.machines().filter((machine) => isOpen(machine) && machine.attemptNo === draft.deployment.attemptNo);
}

/** True once the state that undoes has lasted longer than an undo may take. */
export function isUndoLate({ deployment, now }: Draft): boolean {
  return now >= undoDeadline(deployment);
}

/** When everything that is being undone in the present state must be gone, or counts as debt. */
export function undoDeadline({ since, deleteAskedAt, blueprint }: Deployment): number {
  return Math.max(since, deleteAskedAt ?? since) + blueprint.policy.deadlines.undoMs;
}

/**
 * One round of hauling back the present attempt: asks every open machine to go (in reverse order of dependency when the
 * blueprint wants it), takes instances along. Returns true when nothing is left.
 */
export function undoAttempt(draft: Draft, keepEvidence: boolean): boolean {
  const { instances, policy } = draft.deployment.blueprint;
  // An order that one stuck machine could hold up for ever would leave the others running: it ends with the deadline.
  const inOrder = policy.rollbackOrder === "reverse" && !isUndoLate(draft);
  const place = new Map(instances.map(({ name }, index) => [name, index]));
  const placeOf = ({ instance }: Machine) => place.get(instance ?? "") ?? 0;
  // Dependents first: one that is withdrawn at once lets what it depends on go in the same round.
  for (const machine of openMachines(draft).sort((a, b) => placeOf(b) - placeOf(a))) {
    if (inOrder && hasOpenDependents(draft, machine)) continue;
    undoMachine(draft, machine, keepEvidence);
  }
  for (const { name } of draft.instances()) undoInstance(draft, name);
  return openMachines(draft).length === 0;
}

function undoInstance(draft: Draft, name: string): void {
  const instance = draft.instance(name);
  const machine = draft.machineOf(instance);
  const gone = machine === null || !isOpen(machine);
  const asked = machine !== null && machine.undoAskedAt !== null;
  const leaves =
    instance.state === "pending" ||
    instance.state === "running" ||
    ((instance.state === "stopped" || instance.state === "error") && !gone);
  if (leaves && (gone || asked)) {
    draft.moveInstance(name, "undo_asked", null);
    draft.setInstance(name, { readyAt: null, probeAt: null });
  }
  if (gone && draft.instance(name).state === "shutting_down") draft.moveInstance(name, "proven_gone", null);
}

function hasOpenDependents(draft: Draft, machine: Machine): boolean {
  const dependents = draft.deployment.blueprint.instances.filter(
    (one) => machine.instance !== null && one.dependsOn.includes(machine.instance),
  );
  return openMachines(draft).some((open) => dependents.some((one) => one.name === open.instance));
}

/** What is still open past its deadline becomes debt: retried for ever, shown with its price. */
export function openDebt(draft: Draft): void {
  for (const machine of openMachines(draft)) {
    if (machine.debtSince !== null || machine.undoAskedAt === null) continue;
    draft.setMachine(machine.id, { debtSince: draft.now });
    if (machine.instance !== null) {
      const { hourlyMicros, id, instance } = machine;
      draft.tell({ kind: "debt_opened", instance, machine: id, hourlyMicros });
    }
  }
}

/** Gives back the reservation of every ended attempt whose machines are all closed. */
export function releaseAttempts(draft: Draft): void {
  const held = new Set(
    draft
      .machines()
      .filter(isOpen)
      .map((machine) => machine.attemptNo),
  );
  for (const { no, endedAt, releasedAt } of draft.attempts()) {
    const over = endedAt !== null && (no !== draft.deployment.attemptNo || isSettledDown(draft));
    if (over && releasedAt === null && !held.has(no)) draft.setAttempt(no, { releasedAt: draft.now });
  }
}

/** True once the present attempt will ask for no more machines. */
function isSettledDown(draft: Draft): boolean {
  const { state } = draft.deployment;
  return state === "rollback_complete" || state === "stopped" || state === "failed";
}
