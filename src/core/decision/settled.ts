// A deployment that is up, in part or whole, or on its way down for good.

import { brief } from "../story/brief.ts";
import { ANY } from "../market/blocks.ts";
import type { Draft } from "./draft.ts";
import { blame, endAttempt, failureText, hasFailed, isDead } from "./failure.ts";
import { lastMet, launchRound } from "./launch.ts";
import { endQuarantines } from "./quarantine.ts";
import { beginLease, keepLease } from "./lease.ts";
import { keepLive } from "./live.ts";
import {
  dropRepairs,
  type Holds,
  isPutBack,
  isToBeRepaired,
  putBackHolds,
  repairRound,
  settleRepairs,
} from "./repair.ts";
import { placeAgain } from "./remove-first.ts";
import { owedText } from "../story/owed.ts";
import type { Changes, Surroundings } from "../snapshot.ts";
import { isOpen } from "../states.ts";
import { followGone, isUndoLate, openDebt, openMachineOf, openMachines, undoAttempt, undoMachine } from "./undo.ts";
import { endWishes } from "../world/reboot.ts";

export const isUp = (instance: { readyAt: number | null }): boolean => instance.readyAt !== null;

/** All ready: the launch has succeeded, or a deployment in part is whole again. */
export function becomeRunning(draft: Draft): void {
  const attempt = draft.attempt();
  if (attempt.endedAt === null) {
    endAttempt(draft, { outcome: "succeeded", reason: null, instance: null, fault: null });
    proveOffers(draft);
  }
  if (draft.deployment.allRunningAt === null) beginLease(draft);
  draft.setDeployment({ allRunningAt: draft.deployment.allRunningAt ?? draft.now, failure: null });
  draft.moveDeployment("all_ready", null);
}

/** A partial launch has settled: something is up, and the rest has finally failed. */
export function becomeIncomplete(draft: Draft, around: Surroundings): void {
  const reason = missingText(draft);
  endAttempt(draft, { outcome: "succeeded", reason, instance: null, fault: null });
  blame(draft, around);
  draft.setDeployment({ failure: reason });
  beginLease(draft);
  keepLive(draft);
  draft.moveDeployment("settled_in_part", reason);
}

/** Offers that held all of what this revision asked for are good again, and so are the realms and the account that they belong to. */
export function proveOffers(draft: Draft): void {
  const { account } = draft.attempt();
  const proven = new Map<string, Changes["unblocks"][number]>();
  for (const { name } of draft.instances()) {
    const { revision, realm, size } = draft.placementOf(name);
    // What was there before proves nothing of now.
    if (revision !== draft.deployment.revisionNo) continue;
    for (const offer of [
      { realm, size },
      { realm, size: ANY },
      { realm: ANY, size: ANY },
    ]) {
      proven.set(JSON.stringify(offer), { account, ...offer });
    }
  }
  for (const offer of proven.values()) draft.unblock(offer);
}

/** Of each member's cause, which has it in full itself. */
const CAUSE_MOST = 256;

export function missingText(draft: Draft, holds: Holds = new Map()): string {
  const failed = draft.instances().filter(isDead);
  const waiting = draft.instances().filter((one) => !isUp(one) && !isDead(one));
  const { accountName: account } = draft.attempt();
  const causes = failed.map((instance) => {
    const hold = holds.get(instance.name);
    const cause = brief(failureText(instance, account), CAUSE_MOST);
    return hold === undefined ? cause : `${cause} (not repaired now: ${hold})`;
  });
  const ways = waiting.map(({ name, repairSince }) => {
    const hold = holds.get(name);
    if (repairSince !== null) return `${name}: being replaced`;
    return `${name}: not up${hold === undefined ? "" : ` (not asked for now: ${hold})`}`;
  });
  return brief([...causes, ...ways].join("; "));
}

export function watchRunning(draft: Draft): void {
  keepLease(draft);
  keepLive(draft);
  if (draft.deployment.stopAskedAt !== null) return beginStop(draft);
  if (draft.instances().every(isUp)) return;
  if (allStopped(draft)) return endStopped(draft);
  const reason = missingText(draft);
  draft.setDeployment({ failure: reason });
  draft.moveDeployment("part_lost", reason);
}

export function watchIncomplete(draft: Draft, around: Surroundings): void {
  keepLease(draft);
  if (draft.deployment.stopAskedAt !== null) return beginStop(draft);
  if (allStopped(draft)) return endStopped(draft);
  // First: nothing is asked for beside a member that is to be replaced with the one it was told about.
  settleRepairs(draft);
  keepLive(draft);
  const holds = isPutBack(draft) ? putBackHolds(draft) : bringUp(draft, around);
  if (around.market !== null) blame(draft, around);
  if (draft.instances().every(isUp)) return becomeRunning(draft);
  if (allStopped(draft)) return endStopped(draft);
  const reason = missingText(draft, holds);
  if (reason !== draft.deployment.failure) draft.setDeployment({ failure: reason });
}

/** What cannot even be asked for is not repaired by itself, so that the second time is the last. */
const ROUNDS_MOST = 3;

/** Repairs and launches, again where a launch has just failed that is repaired at once. */
function bringUp(draft: Draft, around: Surroundings): Holds {
  let holds: Holds = new Map();
  const waiting = placeAgain(draft, around);
  for (let round = 0; round < ROUNDS_MOST; round += 1) {
    holds = repairRound(draft, around);
    const dead = draft.instances().filter(hasFailed).length;
    launchRound(draft, around);
    if (draft.instances().filter(hasFailed).length === dead) break;
  }
  return new Map([...waiting, ...holds]);
}

export function beginStop(draft: Draft): void {
  dropRepairs(draft);
  // One that is begun by the decision itself, at the end of a lease, finds them still there.
  endWishes(draft);
  endQuarantines(draft);
  draft.moveDeployment("stop_asked", null);
}

/** Of the first that is on its way and not up, what was met last. */
export function lateText(draft: Draft): string {
  for (const instance of draft.instances()) {
    const machine = openMachineOf(draft, instance);
    const met = isUp(instance) || machine === null ? "" : lastMet(draft, instance, machine);
    if (met !== "") return `; ${instance.name} is not up${met}`;
  }
  return "";
}

function endStopped(draft: Draft): void {
  dropRepairs(draft);
  draft.moveDeployment("all_stopped", "all instances stopped by themselves");
}

/**
 * Nothing runs, nothing is on its way, and at least one instance did run. One that errs or vanishes, and is to be repaired, is no instance
 * that has stopped, nor is one that is being repaired.
 */
function allStopped(draft: Draft): boolean {
  const isAlive = draft.instances().some((instance) => {
    if (instance.repairSince !== null || (instance.state !== "stopped" && isToBeRepaired(draft, instance))) return true;
    if (instance.state === "error") return openMachineOf(draft, instance) !== null;
    return instance.state !== "new" && !hasFailed(instance);
  });
  return !isAlive && draft.instances().some(({ runningAt }) => runningAt !== null);
}

/** Stopped for good: everything is undone; what stays past the deadline is debt, shown with the stopped deployment. */
export function shutDown(draft: Draft): void {
  const over = undoAttempt(draft, false);
  if (!over && !isUndoLate(draft)) return;
  openDebt(draft);
  const left = openMachines(draft).length;
  draft.moveDeployment("all_stopped", left === 0 ? null : owedText(left));
}

/** At rest. A delete first removes machines that stopped by themselves, then hides the deployment; the ledger stays. */
export function rest(draft: Draft): void {
  const { deleteAskedAt, deletedAt, abandonDebt } = draft.deployment;
  followGone(draft);
  if (deletedAt !== null || deleteAskedAt === null) return;
  endQuarantines(draft);
  undoAttempt(draft, false);
  for (const machine of draft.machines()) undoMachine(draft, machine, false);
  const open = draft.machines().filter(isOpen);
  if (open.length === 0 || (abandonDebt && open.every((machine) => machine.debtSince !== null))) {
    draft.setDeployment({ deletedAt: draft.now });
    draft.tell({ kind: "deleted" });
  }
}
