// Hauling back: how a machine is asked to go, and what follows when it is gone.

import { countedFrom, type DeploymentHead, type Instance, UNPROBED } from "../deployment.ts";
import type { ResolvedInstance } from "../blueprint/model.ts";
import type { Draft } from "./draft.ts";
import type { MachineId } from "../ids.ts";
import { type Machine, memberOf } from "../machine.ts";
import { type DeploymentState, isOpen, type MachineMove } from "../states.ts";
import { endReboot } from "../world/reboot.ts";

/**
 * From here on the machine should be gone. One that was certainly never sent is withdrawn at once; one in doubt is resolved
 * first; one that exists has its console read (when evidence is wanted) and is destroyed.
 */
export function undoMachine(draft: Draft, machine: Machine, keepEvidence: boolean): void {
  if (machine.undoAskedAt !== null || !isOpen(machine)) return;
  draft.setMachine(machine.id, { undoAskedAt: draft.now, keepEvidence });
  if (machine.state === "intent" && machine.sentAt === null) return closeMachine(draft, machine.id, "withdrawn");
  endReboot(draft, machine, "its machine is to go");
  draft.tell({ kind: "undo_asked", instance: memberOf(machine), machine: machine.id });
  if (machine.state !== "made") return;
  draft.setMachine(machine.id, { ...undoCall({ keepEvidence }), callAt: draft.now, failures: 0 });
}

/** The first call of an undo. */
export function undoCall(machine: Pick<Machine, "keepEvidence">): { call: "console" | "destroy" } {
  return { call: machine.keepEvidence ? "console" : "destroy" };
}

/** Closes a ledger row; from here on nothing is owed for it. */
export function closeMachine(draft: Draft, id: MachineId, move: MachineMove): void {
  const machine = draft.machine(id);
  draft.moveMachine(id, move);
  endReboot(draft, machine, "its machine is gone");
  draft.setMachine(id, { closedAt: draft.now, call: null, callAt: null, failures: 0, debtSince: null });
  if (machine.debtSince !== null) draft.tell({ kind: "debt_cleared", instance: memberOf(machine), machine: id });
  if (machine.quarantinedUntil === null) return;
  draft.setMachine(id, { quarantinedUntil: null });
  draft.tell({ kind: "quarantine_ended", instance: memberOf(machine), machine: id, why: "gone", by: null });
}

/** Machines of the present attempt that the cloud may still hold something for, but for one that is kept in quarantine. */
export function openMachines(draft: Draft): Machine[] {
  const { attemptNo } = draft.deployment;
  const isOfNow = (machine: Machine) => machine.attemptNo === attemptNo && machine.quarantinedUntil === null;
  return draft.machines().filter((machine) => isOpen(machine) && isOfNow(machine));
}

/** Those of them that a rollback waits for: without what a person gave up. */
export function awaitedMachines(draft: Draft): Machine[] {
  return openMachines(draft).filter(({ skippedAt }) => skippedAt === null);
}

/** True once the state that undoes has lasted longer than an undo may take. */
export function isUndoLate({ deployment, now }: Draft): boolean {
  return now >= undoDeadline(deployment);
}

/** When everything that is being undone in the present state must be gone, or counts as debt. */
export function undoDeadline(deployment: Pick<DeploymentHead, "since" | "blueprint" | "resumedAt">): number {
  return countedFrom(deployment, deployment.since) + deployment.blueprint.policy.deadlines.undoMs;
}

/**
 * One round of hauling back the present attempt: asks every open machine to go (in reverse order of dependency when the
 * blueprint wants it), takes instances along. Returns true when nothing is left that is waited for.
 */
export function undoAttempt(draft: Draft, keepEvidence: boolean): boolean {
  const { instances, policy } = draft.deployment.blueprint;
  // An order that one stuck machine could hold up for ever would leave the others running: it ends with the deadline.
  const inOrder = policy.rollbackOrder === "reverse" && !isUndoLate(draft);
  const placeOf = (machine: Machine) => instances.findIndex(({ name }) => name === machine.instance);
  // Dependents first: one that is withdrawn at once lets what it depends on go in the same round.
  for (const machine of openMachines(draft).sort((a, b) => placeOf(b) - placeOf(a))) {
    if (inOrder && neededIn(instances, awaitedMachines(draft)).has(memberOf(machine))) continue;
    undoMachine(draft, machine, keepEvidence);
  }
  for (const instance of draft.instances()) undoInstance(draft, instance);
  followGone(draft);
  return awaitedMachines(draft).length === 0;
}

/** Instances on their way down whose machine is proven gone. */
export function followGone(draft: Draft): void {
  for (const instance of draft.instances()) {
    if (instance.state !== "shutting_down" || openMachineOf(draft, instance) !== null) continue;
    draft.moveInstance(instance.name, "proven_gone", null);
  }
}

/** The instance's machine, while the cloud may still hold something for it. */
export function openMachineOf(draft: Draft, instance: Instance): Machine | null {
  const machine = draft.machineOf(instance);
  return machine !== null && isOpen(machine) ? machine : null;
}

/** Takes it along once its machine has been asked to go. */
export function undoInstance(draft: Draft, instance: Instance): void {
  const { name, state } = instance;
  const open = openMachineOf(draft, instance);
  const leaves =
    state === "pending" || state === "running" || ((state === "stopped" || state === "error") && open !== null);
  if (!leaves || (open !== null && open.undoAskedAt === null)) return;
  draft.moveInstance(name, "undo_asked", null);
  draft.setInstance(name, { readyAt: null, ...UNPROBED });
}

/** Instances that something not yet proven gone needs, be it by way of others that are gone already. */
export function neededIn(
  instances: readonly Pick<ResolvedInstance, "name" | "dependsOn">[],
  machines: readonly Machine[],
): ReadonlySet<string> {
  const open = new Set(machines.map(memberOf));
  const needed = new Set<string>();
  for (const { name, dependsOn } of instances.toReversed()) {
    if (open.has(name) || needed.has(name)) for (const on of dependsOn) needed.add(on);
  }
  return needed;
}

/** Those of the names, and whoever needs one of them, be it by way of others. */
export function neededBy(
  instances: readonly Pick<ResolvedInstance, "name" | "dependsOn">[],
  names: ReadonlySet<string>,
): ReadonlySet<string> {
  const all = new Set(names);
  for (const { name, dependsOn } of instances) if (dependsOn.some((on) => all.has(on))) all.add(name);
  return all;
}

/** What is still open at the end of the state that undoes it becomes debt: retried for ever, shown with its price. */
export function openDebt(draft: Draft): void {
  for (const machine of openMachines(draft)) owe(draft, machine);
}

/** A machine that was asked to go in time and is not proven gone is debt, whatever its deployment does meanwhile. */
export function openLateDebt(draft: Draft): void {
  for (const { machine, at } of undoDeadlines(draft)) if (at <= draft.now) owe(draft, machine);
}

/** When machines on their way out become debt. */
export function undoDeadlines(draft: Draft): { readonly machine: Machine; readonly at: number }[] {
  return deadlinesOf(draft.deployment, draft.machines());
}

function deadlinesOf(
  deployment: DeploymentHead,
  machines: readonly Machine[],
): { readonly machine: Machine; readonly at: number }[] {
  const { undoMs } = deployment.blueprint.policy.deadlines;
  return machines.flatMap((machine) => {
    const { undoAskedAt, debtSince } = machine;
    return isOpen(machine) && undoAskedAt !== null && debtSince === null
      ? [{ machine, at: countedFrom(deployment, undoAskedAt) + undoMs }]
      : [];
  });
}

const FALLING: ReadonlySet<DeploymentState> = new Set(["reverting", "rollback_in_progress", "shutting_down"]);

/** When all that is undone in the present state is gone, or counts as debt; null: nothing is undone. */
export function undoneBy(deployment: DeploymentHead, machines: readonly Machine[], now: number): number | null {
  if (!FALLING.has(deployment.state)) return null;
  const by = undoDeadline(deployment);
  if (deployment.state !== "reverting" || now < by) return by;
  // What was asked to go late, for the order, keeps the way back open.
  const times = deadlinesOf(deployment, machines).map(({ at }) => at);
  const ahead = times.filter((at) => at > now);
  return ahead.length === 0 ? null : Math.max(...ahead);
}

export function owe(draft: Draft, machine: Machine): void {
  if (machine.debtSince !== null) return;
  const { id, hourlyMicros } = machine;
  draft.setMachine(id, { debtSince: draft.now });
  draft.tell({ kind: "debt_opened", instance: memberOf(machine), machine: id, hourlyMicros });
}

/**
 * Gives back every placement that nothing is asked for under any more: its attempt is over, or its instance is placed anew, and every
 * machine that was asked for under it is closed.
 */
export function releasePlacements(draft: Draft): void {
  const keyOf = (attempt: number, instance: string | null, no: number): string => `${attempt}/${instance}/${no}`;
  const open = draft.machines().filter(isOpen);
  const used = new Set(open.map(({ attemptNo, instance, placementNo }) => keyOf(attemptNo, instance, placementNo)));
  const over = new Set(
    draft
      .attempts()
      .filter(({ no, endedAt }) => endedAt !== null && (no !== draft.deployment.attemptNo || isSettledDown(draft)))
      .map(({ no }) => no),
  );
  const chosen = draft.chosenPlaces();
  for (const placement of draft.placements()) {
    const { attempt, instance, no, releasedAt } = placement;
    const isPresent = attempt === draft.deployment.attemptNo && chosen.get(instance)?.includes(no) === true;
    const isWanted = isPresent && !over.has(attempt);
    if (isWanted || releasedAt !== null || used.has(keyOf(attempt, instance, no))) continue;
    draft.putPlacement({ ...placement, releasedAt: draft.now });
  }
}

/** True once the present attempt will ask for no more machines. */
function isSettledDown(draft: Draft): boolean {
  const { state } = draft.deployment;
  return state === "rollback_complete" || state === "stopped" || state === "failed";
}
