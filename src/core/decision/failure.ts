// What went wrong with an attempt, and what it means for the accounts.

import type { Block } from "../account.ts";
import { blockFor, refusedText } from "../market/blocks.ts";
import type { AttemptOutcome, Instance } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import type { Fault } from "../fault.ts";
import { refusalText } from "../story/refusal.ts";
import type { Surroundings } from "../snapshot.ts";

/** An instance that will not come up in this attempt by itself. */
export function hasFailed(instance: Instance): boolean {
  switch (instance.state) {
    case "create_failed":
    case "error":
    case "vanished":
      return true;
    case "stopped":
      return instance.runningAt !== null;
    case "new":
    case "pending":
    case "running":
    case "shutting_down":
      return false;
  }
}

/** It has failed, or is as good as that by its live check. */
export const isDead = (instance: Instance): boolean => hasFailed(instance) || instance.deadSince !== null;

/** Why an instance failed at this account, for people. */
export function failureText(instance: Instance, account: string): string {
  if (instance.deadSince !== null) return `${instance.name}: ${deadText(instance)}`;
  if (instance.fault !== null) return `${instance.name}: ${refusalText(instance.fault, account)}`;
  if (instance.state === "vanished") return `${instance.name}: the machine is gone, and nobody here asked for that`;
  return `${instance.name}: ${instance.state === "stopped" ? "the machine stopped by itself" : instance.state}`;
}

export function deadText({ missed, probeAnswer }: Pick<Instance, "missed" | "probeAnswer">): string {
  const times = missed === 1 ? "its live check failed" : `its live check failed ${missed} times in a row`;
  return `${times}, last answer: ${probeAnswer ?? "none"}`;
}

export interface Ending {
  readonly outcome: AttemptOutcome;
  readonly reason: string | null;
  readonly instance: string | null;
  readonly fault: Fault | null;
}

/** Ends the attempt under way with its outcome and tells so. */
export function endAttempt(draft: Draft, ending: Ending): void {
  const attempt = draft.attempt();
  const { outcome, reason, instance, fault } = ending;
  draft.setAttempt(attempt.no, { endedAt: draft.now, outcome, reason, fault, failedInstance: instance });
  const { accountName: account } = attempt;
  draft.tell({ kind: "attempt_ended", attempt: attempt.no, account, outcome, instance, reason, fault });
}

/** A refusal for lack of room or quota: another offer may do, and this one is left alone for a while. */
export function isRefusal(fault: Fault | null): fault is Fault {
  return fault?.class === "capacity" || fault?.class === "quota";
}

/** True when it was refused, for lack of room or by the account, and nobody has been told yet. */
export function isUntold(draft: Draft, instance: Instance): boolean {
  const isNews = hasFailed(instance) && draft.placementOf(instance.name).refused === null;
  return isNews && (isRefusal(instance.fault) || refusesAccount(instance.fault));
}

function refusesAccount(fault: Fault | null): fault is Fault {
  return fault?.class === "auth" || fault?.class === "account";
}

/** Remembers refusals of the failed instances for all launches, each once: offers are blocked, accounts suspended. */
export function blame(draft: Draft, around: Surroundings): void {
  const { account, accountName } = draft.attempt();
  let known = around.market?.blocks ?? [];
  let isSuspended = false;
  for (const instance of draft.instances().filter((one) => isUntold(draft, one))) {
    const { name, fault } = instance;
    known = blameOffer(draft, { name, fault }, known);
    if (!refusesAccount(fault)) continue;
    draft.putPlacement({ ...draft.placementOf(name), refused: fault.scope });
    if (isSuspended) continue;
    isSuspended = true;
    draft.judge({ account, fault });
    draft.tell({ kind: "account_suspended", account: accountName, text: fault.text });
  }
}

/**
 * Notes on their places what failed besides the instance that its attempt ended for. What is no refusal of the offer, the realm or the account
 * puts out the realm.
 */
export function blameOthers(draft: Draft, first: string): void {
  for (const instance of draft.instances().filter(hasFailed)) {
    const placement = draft.placementOf(instance.name);
    if (instance.name === first || placement.refused !== null) continue;
    const { fault } = instance;
    const isMisfit = fault?.class === "config" && fault.effect === "none";
    draft.putPlacement({ ...placement, refused: isMisfit ? fault.scope : "realm" });
  }
}

/** Remembers the refusal of one instance, once; returns what is blocked now, the newest first: it stands in the way of another just like it. */
export function blameOffer(
  draft: Draft,
  { name, fault }: Pick<Instance, "name" | "fault">,
  known: readonly Block[],
): readonly Block[] {
  if (!isRefusal(fault)) return known;
  const placement = draft.placementOf(name);
  if (placement.refused !== null) return known;
  draft.putPlacement({ ...placement, refused: fault.scope });
  const block = blockFor(fault, { placement, now: draft.now }, known);
  if (block === null) return known;
  draft.block(block);
  const { realm, size, until } = block;
  const text = refusedText(block);
  draft.tell({ kind: "offer_blocked", account: draft.attempt().accountName, realm, size, until, text });
  return [block, ...known];
}
