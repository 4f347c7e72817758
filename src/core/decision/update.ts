// An update under way: what is new comes up beside what there is, and only when all of it is ready what was before is removed. Until then
// whatever fails leads back to the former revision (docs/adr/0027-update.md).

import { type Instance, UNPROBED, updateDeadline } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { blame, failureText, isDead } from "./failure.ts";
import { launchRound } from "./launch.ts";
import { beginLease, keepLease, turnLease } from "./lease.ts";
import { type Machine, memberOf } from "../machine.ts";
import { launchAgain, removedMembers, removeFirst, waitText } from "./remove-first.ts";
import { replaceRefused } from "./replace.ts";
import { beginStop, isUp, lateText, missingText, proveOffers } from "./settled.ts";
import { brief } from "../story/brief.ts";
import type { Surroundings } from "../snapshot.ts";
import { becomeSeenRunning } from "../world/observe.ts";
import { isOpen } from "../states.ts";
import { isUndoLate, neededIn, openMachines, undoMachine } from "./undo.ts";
import type { ResolvedBlueprint } from "../blueprint/model.ts";

/** One look at an update: ended from outside, out of time, failed, or one round further. */
export function goOnUpdate(draft: Draft, around: Surroundings): void {
  keepLease(draft);
  const { stopAskedAt, removingAt, cancelAskedAt, blueprint } = draft.deployment;
  if (stopAskedAt !== null) return beginStop(draft);
  if (removingAt !== null) return removeFormer(draft);
  if (cancelAskedAt !== null) return beginRevert(draft, around, "cancelled");
  if (draft.now >= updateDeadline(draft.deployment)) {
    const minutes = Math.round(blueprint.policy.deadlines.launchMs / 60_000);
    const late = `${lateText(draft)}${waitText(draft)}`;
    return beginRevert(draft, around, brief(`the update took longer than ${minutes} min${late}`));
  }
  replaceRefused(draft, around);
  if (failUpdate(draft, around)) return;
  removeFirst(draft, around);
  launchRound(draft, around);
  if (failUpdate(draft, around) || !draft.instances().every(isUp)) return;
  proveOffers(draft);
  draft.setDeployment({ removingAt: draft.now });
  draft.tell({ kind: "removal_begun" });
  turnLease(draft, draft.change().aside.blueprint.policy);
  removeFormer(draft);
}

function failUpdate(draft: Draft, around: Surroundings): boolean {
  const failed = draft.instances().find(isDead);
  if (failed === undefined) return false;
  beginRevert(draft, around, brief(failureText(failed, draft.attempt().accountName)));
  return true;
}

/** There is no way back any more: what cannot be removed is debt, and what dies meanwhile is missing from what is there then. */
function removeFormer(draft: Draft): void {
  haul(draft, { order: draft.change().aside.blueprint, keepEvidence: false });
  if (isHauling(draft)) return;
  const isWhole = draft.instances().every(isUp);
  if (isWhole && draft.deployment.allRunningAt === null) beginLease(draft);
  if (!isWhole) return settleIncomplete(draft);
  draft.setDeployment({ allRunningAt: draft.deployment.allRunningAt ?? draft.now, failure: null });
  draft.moveDeployment("updated", null);
}

function settleIncomplete(draft: Draft): void {
  const reason = missingText(draft);
  draft.setDeployment({ failure: reason });
  draft.moveDeployment("part_lost", reason);
}

/** From here on the former revision is the deployment's again: its members are what they were, or what they have become by themselves. */
function beginRevert(draft: Draft, around: Surroundings, reason: string): void {
  blame(draft, around);
  const change = draft.change();
  const { blueprint: former, instances, revision } = change.aside;
  const { blueprint } = draft.deployment;
  draft.moveDeployment("revert_begun", reason);
  const names = new Set(former.instances.map(({ name }) => name));
  for (const { name } of blueprint.instances) if (!names.has(name)) draft.dropInstance(name);
  for (const row of instances) draft.putInstance(row);
  draft.setDeployment({ blueprint: former, revisionNo: revision, failure: reason });
  draft.putRevision({ ...change, reason, aside: { revision: change.no, blueprint, instances: [] } });
  draft.arrangeInstances();
  const removed = removedMembers(
    draft,
    instances.map(({ name }) => name),
  );
  for (const { name } of instances) {
    if (removed.includes(name)) launchAgain(draft, name, change.no);
    else followMachine(draft, draft.instance(name));
  }
}

/** While another was to take its place nobody has written into its row what its machine did. */
function followMachine(draft: Draft, instance: Instance): void {
  const { name, state } = instance;
  const machine = draft.machineOf(instance);
  if (machine === null || (state !== "running" && state !== "stopped")) return;
  if (!isOpen(machine)) draft.moveInstance(name, "found_missing", null);
  else if (state === "running" && machine.undoAskedAt !== null) draft.moveInstance(name, "undo_asked", null);
  else if (state === "running" && machine.observed === "stopped") draft.moveInstance(name, "seen_stopped", null);
  else if (state === "stopped" && machine.observed === "running") return becomeSeenRunning(draft, name);
  else if (machine.observed === "error") draft.moveInstance(name, "seen_error", null);
  else return;
  draft.setInstance(name, { readyAt: null, ...UNPROBED });
}

/** The way back: what the update has asked for is hauled back; what is not proven gone in time is debt. */
export function goBack(draft: Draft): void {
  keepLease(draft);
  if (draft.deployment.stopAskedAt !== null) return beginStop(draft);
  const { blueprint } = draft.change().aside;
  // An order that one stuck machine could hold up for ever would leave the others running: it ends with the deadline.
  const isInOrder = blueprint.policy.rollbackOrder === "reverse" && !isUndoLate(draft);
  haul(draft, { order: isInOrder ? blueprint : null, keepEvidence: true });
  if (isHauling(draft)) return;
  if (!draft.instances().every(isUp)) return settleIncomplete(draft);
  draft.setDeployment({ failure: null });
  draft.moveDeployment("reverted", null);
}

/** Machines that are no member's: of the set that goes, and those that are debt since before. */
function looseMachines(draft: Draft): readonly Machine[] {
  const members = new Set(draft.instances().map(({ machine }) => machine));
  return openMachines(draft).filter(({ id }) => !members.has(id));
}

const isHauling = (draft: Draft): boolean => looseMachines(draft).some(({ debtSince }) => debtSince === null);

/** `order`: whose dependents go first, and are gone before what they need goes; null: all at once. */
function haul(
  draft: Draft,
  { order, keepEvidence }: { readonly order: ResolvedBlueprint | null; readonly keepEvidence: boolean },
): void {
  for (const machine of inOrder(looseMachines(draft), order)) {
    const going = looseMachines(draft).filter(({ debtSince }) => debtSince === null);
    if (order !== null && neededIn(order.instances, going).has(memberOf(machine))) continue;
    undoMachine(draft, machine, keepEvidence);
  }
}

/** Dependents first: one that is withdrawn at once lets what it needs go in the same round. */
function inOrder(machines: readonly Machine[], order: ResolvedBlueprint | null): readonly Machine[] {
  if (order === null) return machines;
  const placeOf = (machine: Machine): number => order.instances.findIndex(({ name }) => name === memberOf(machine));
  return machines.toSorted((a, b) => placeOf(b) - placeOf(a));
}
