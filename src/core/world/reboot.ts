// A reboot that a person has asked for. It cannot be repeated unharmed, so it is sent once at the most, and an answer that is lost is told as
// such. For a while afterwards a machine that stands still has not stopped by itself (docs/adr/0028-reboot.md).

import type { Draft } from "../decision/draft.ts";
import type { Instance } from "../deployment.ts";
import type { Fault } from "../fault.ts";
import { type Machine, memberOf, NOT_REBOOTING, type Observed, type ObservedState } from "../machine.ts";
import { brief } from "../story/brief.ts";
import type { RebootOutcome } from "../story/event.ts";
import { refusalText } from "../story/refusal.ts";
import type { CallAnswer } from "./record.ts";

/** What was not asked of the cloud by then is not asked any more: nobody waits for it, and it would come as a surprise. */
const WISH_MS = 5 * 60_000;
/** A guest that is asked to end may take so long (Nova's own patience), and then boots. */
const GUEST_MS = 2 * 60_000;
const BOOTS = 4;

/** Its cloud is asked to boot it again. Checks wait for the end. */
export function askForReboot(draft: Draft, { id }: Machine, { name, deadSince, missed }: Instance): void {
  draft.setMachine(id, {
    ...NOT_REBOOTING,
    call: "reboot",
    callAt: draft.now,
    failures: 0,
    rebootUntil: draft.now + WISH_MS,
  });
  draft.setInstance(name, { probeAt: null, missed: deadSince === null ? 0 : missed });
}

/** The cloud's answer to it is still to come. */
export const isRebootAsked = ({ call }: Pick<Machine, "call">): boolean => call === "reboot";

/** It is asked for, and certainly not sent. */
const isWish = (machine: Machine): boolean => isRebootAsked(machine) && machine.rebootSentAt === null;

export const REBOOT_LATE = "its cloud could not be asked in time: ask again";

/** Wishes that are not sent any more: nobody waits for them, or their members are to go. */
export function endWishes(draft: Draft): void {
  const isStopped = draft.deployment.stopAskedAt !== null;
  for (const machine of draft.machines().filter(isWish)) {
    if (isStopped) refuse(draft, machine, "the deployment is to stop");
    else if (draft.now >= Number(machine.rebootUntil)) refuse(draft, machine, REBOOT_LATE);
  }
}

/** When wishes that are not sent by then are given up. */
export function wishTimes(draft: Draft): readonly number[] {
  return draft.machines().flatMap((machine) => (isWish(machine) ? Number(machine.rebootUntil) : []));
}

/** What is shown of it, as it counts: while it is rebooted one that stands still is on its way up. */
export function shownState({ rebootSentAt, rebootUntil }: Machine, state: ObservedState, now: number): ObservedState {
  const isRebooted = rebootSentAt !== null && rebootUntil !== null && now < rebootUntil;
  return isRebooted && (state === "stopped" || state === "stopping") ? "pending" : state;
}

/** What a sight means for a reboot under way. `before`: as it was before this one. True: it is over, and its machine has not come back. */
export function followReboot(draft: Draft, before: Machine, state: ObservedState): boolean {
  const { rebootSentAt, rebootUntil, observed, observedAt } = before;
  if (rebootUntil === null) return false;
  if (isRebootAsked(before)) {
    const isDown = state === "stopped" || state === "error";
    if (isDown && rebootSentAt === null) refuse(draft, before, `its machine is ${state}`);
    return false;
  }
  const wasDown = observed === "pending" && Number(observedAt) > Number(rebootSentAt);
  const isOver = draft.now >= rebootUntil || state === "error" || (state === "running" && wasDown);
  if (!isOver) return false;
  const isLook = before.call === "look";
  if (isLook) draft.setMachine(before.id, { call: null, callAt: null, failures: 0 });
  endReboot(draft, before, state === "running" ? null : `its machine is ${state}`);
  return state === "pending" || state === "stopping";
}

/** The sight of one that is still on its way when its time is over: as good as stopped, until it is seen to run. */
export function notBack(seen: Observed): Observed {
  const fault: Fault = {
    class: "unknown",
    scope: "offer",
    effect: "made",
    retryAfterMs: null,
    code: "reboot_deadline",
    text: `it has not come back from its reboot: its machine is ${seen.state}`,
    requestId: null,
  };
  return { ...seen, state: "stopped", fault };
}

/** Nothing waits for it any more, whatever it has come to: what is told of it has an end. `reason`: why, other than that its machine runs. */
export function endReboot(draft: Draft, machine: Machine, reason: string | null): void {
  if (machine.rebootUntil === null) return;
  draft.setMachine(machine.id, NOT_REBOOTING);
  if (!isRebootAsked(machine)) {
    return draft.tell({ kind: "reboot_over", instance: memberOf(machine), machine: machine.id, reason });
  }
  answered(draft, machine, { outcome: machine.rebootSentAt === null ? "refused" : "lost", reason });
}

/** From here on it may stand still, until a last look says what has become of it. `lost`: what came in place of the answer. */
export function takeReboot(
  draft: Draft,
  machine: Machine,
  { traits, lost }: Pick<CallAnswer, "traits"> & { readonly lost: string | null },
): void {
  const { bootMs } = draft.deployment.blueprint.policy.deadlines;
  const rebootUntil = draft.now + Math.min(bootMs, GUEST_MS + BOOTS * traits.usualBootMs);
  draft.setMachine(machine.id, { call: "look", callAt: rebootUntil, failures: 0, fault: null, rebootUntil });
  answered(draft, machine, lost === null ? { outcome: "taken", reason: null } : { outcome: "lost", reason: lost });
}

/** Looked at for another reason before its time is over. */
export function lookAfterReboot(draft: Draft, { id, rebootUntil }: Machine): void {
  if (rebootUntil !== null) draft.setMachine(id, { call: "look", callAt: rebootUntil });
}

/** Who was to send it has not come back: the look in its place says only what the machine is like. */
export function tellLost(draft: Draft, machine: Machine, { call, outcome, traits }: CallAnswer): Machine {
  const isLost = isRebootAsked(machine) && machine.rebootSentAt !== null && call === "look";
  if (!isLost || outcome.kind === "not_sent") return machine;
  takeReboot(draft, machine, { traits, lost: "whoever asked its cloud has not come back with an answer" });
  return draft.machine(machine.id);
}

export function settleRebootFault(
  draft: Draft,
  machine: Machine,
  { fault, traits }: Pick<CallAnswer, "traits"> & { readonly fault: Fault },
): void {
  const reason = brief(refusalText(fault, draft.attempt().accountName));
  if (fault.effect !== "none") return takeReboot(draft, machine, { traits, lost: reason });
  refuse(draft, machine, reason);
  // It may be gone: that is no matter of a reboot.
  if (fault.class === "not_found") draft.setMachine(machine.id, { call: "look", callAt: draft.now });
}

function refuse(draft: Draft, machine: Machine, reason: string): void {
  draft.setMachine(machine.id, { ...NOT_REBOOTING, call: null, callAt: null, failures: 0 });
  answered(draft, machine, { outcome: "refused", reason });
}

function answered(
  draft: Draft,
  machine: Machine,
  what: { readonly outcome: RebootOutcome; readonly reason: string | null },
): void {
  draft.tell({ kind: "reboot_answered", instance: memberOf(machine), machine: machine.id, ...what });
}
