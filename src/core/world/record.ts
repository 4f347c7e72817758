// What comes back from the world, written into the ledger: answers of calls, sights of the tracker, probes. Each function
// takes the state as stored now, which may have moved on since the call was sent: an answer counts only for what it still fits.

import { backoffMs, DESTROY_AGAIN_MS, glanceMs, removalGlanceMs, triesOf } from "./backoff.ts";
import { judgeLive } from "../decision/live.ts";
import { UNPROBED } from "../deployment.ts";
import { type Draft, draftOf } from "../decision/draft.ts";
import { DELETE_IGNORED, type Fault, pauseWished, soundFault, stillTrue } from "../fault.ts";
import type { MachineId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { type Call, type Machine, memberOf, type Observed } from "../machine.ts";
import { adopt, becomeReady, see } from "./observe.ts";
import { lookAfterReboot, settleRebootFault, takeReboot, tellLost } from "./reboot.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { refusalText } from "../story/refusal.ts";
import { closeMachine, undoCall } from "../decision/undo.ts";

export type CallOutcome =
  | { readonly kind: "created"; readonly observed: Observed }
  | { readonly kind: "found"; readonly observed: readonly Observed[] }
  | { readonly kind: "looked"; readonly observed: Observed | null }
  | { readonly kind: "started" }
  | { readonly kind: "rebooted" }
  | { readonly kind: "console"; readonly text: string | null }
  | { readonly kind: "destroyed" }
  | { readonly kind: "fault"; readonly fault: Fault; readonly externalId: string | null }
  /** Nobody was asked: the claim was too old, or the account could not be read. */
  | { readonly kind: "not_sent" };

export interface CallAnswer {
  readonly machine: MachineId;
  /** The call that was made; the row may ask for another one by now. */
  readonly call: Call;
  readonly outcome: CallOutcome;
  /** When the call was claimed: what it says of absence is not newer, however late the answer is read. */
  readonly askedAt: number;
  readonly traits: {
    readonly visibilityMs: number;
    readonly callTimeoutMs: { readonly create: number };
    readonly usualBootMs: number;
  };
}

type AskedAt = Pick<CallAnswer, "askedAt" | "traits">;

/** Starts that fail for no lasting reason are repeated this often (oVirt practice). */
const STARTS_MOST = 3;
/** Creates that fail for an unknown reason, with nothing made, are repeated this often. */
const UNKNOWN_MOST = 3;
/** Lists of its realm in a row without a machine before it is looked for directly. */
const MISSING_LISTS = 3;

/**
 * Records the answers of calls, one after the other. The caller has checked the fence of each and given its claim back in the same
 * transaction.
 */
export function recordCalls(draft: Draft, answers: readonly CallAnswer[]): void {
  for (const answer of answers) {
    const machine = draft.machines().find((row) => row.id === answer.machine);
    if (machine === undefined || !fits(machine, answer.call)) continue;
    settle(draft, tellLost(draft, machine, answer), answer);
  }
}

/** An answer counts only for a row that still waits for such a one. */
function fits({ state, undoAskedAt, keepEvidence, call: due }: Machine, call: Call): boolean {
  switch (call) {
    case "create":
    case "lookup":
      return state === "intent" || state === "in_doubt";
    case "start":
      return state === "made" && undoAskedAt === null && due === "start";
    case "reboot":
      return state === "made" && due === "reboot";
    case "look":
      return state === "made";
    case "console":
      return state === "made" && keepEvidence;
    case "destroy":
      return state === "made" && undoAskedAt !== null;
  }
}

function settle(draft: Draft, machine: Machine, answer: CallAnswer): void {
  const { outcome } = answer;
  const { id } = machine;
  switch (outcome.kind) {
    case "created":
      adopt(draft, machine, outcome.observed);
      return see(draft, draft.machine(id), outcome.observed);
    case "found":
      return settleLookup(draft, machine, { ...answer, found: outcome.observed });
    case "looked":
      return settleLook(draft, machine, { ...answer, observed: outcome.observed });
    case "started":
      // From here on it may be down again for a reason that belongs to this start.
      return draft.setMachine(id, { startAskedAt: draft.now, call: null, callAt: null, failures: 0, fault: null });
    case "rebooted":
      return takeReboot(draft, machine, { ...answer, lost: null });
    case "console":
      keepConsole(draft, machine, { text: outcome.text, fault: null });
      return callNext(draft, machine, { call: "destroy", at: draft.now });
    case "destroyed":
      return settleDestroyed(draft, machine);
    case "fault":
      return settleFault(draft, machine, { ...answer, ...outcome, fault: soundFault(outcome.fault) });
    case "not_sent":
      draft.setMachine(id, { callAt: machine.call === null ? null : draft.now });
      if (answer.call === "reboot") draft.setMachine(id, { rebootSentAt: null });
      if (answer.call !== "create" || machine.state !== "intent") return;
      draft.setMachine(id, { sentAt: null });
      if (machine.undoAskedAt !== null) closeMachine(draft, id, "withdrawn");
      return;
  }
}

function callNext(draft: Draft, { id }: Machine, next: { call: Call; at: number }): void {
  draft.setMachine(id, { call: next.call, callAt: next.at, failures: 0, fault: null });
}

/**
 * No clear answer. Whoever claimed the create may have stood still, between the last look at its claim and the wire, and may
 * have sent it only just now: the time in which absence proves nothing begins here.
 */
function openDoubt(draft: Draft, { id }: Machine): Machine {
  draft.moveMachine(id, "answer_lost");
  draft.setMachine(id, { sentAt: draft.now });
  return draft.machine(id);
}

/**
 * The resolver. Found: adopted. Not found proves nothing before the cloud's visibility period has passed since the create
 * can last have taken effect; only then is the machine absent.
 */
function settleLookup(draft: Draft, machine: Machine, at: AskedAt & { readonly found: readonly Observed[] }): void {
  const doubtful = machine.state === "intent" ? openDoubt(draft, machine) : machine;
  const [first] = at.found;
  if (first !== undefined) return see(draft, doubtful, first);
  const { callTimeoutMs, visibilityMs } = at.traits;
  const sentAt = doubtful.sentAt ?? doubtful.intentAt;
  const sureAt = sentAt + callTimeoutMs.create + visibilityMs;
  if (at.askedAt >= sureAt) return closeMachine(draft, machine.id, "proven_absent");
  const waited = draft.now - sentAt;
  const next = Math.min(sureAt, draft.now + glanceMs(waited));
  // What the create met stays with it: if it is never found, that is why.
  draft.setMachine(machine.id, { call: "lookup", callAt: Math.max(draft.now, next), failures: 0 });
}

/**
 * A direct read. For a machine that should be gone it is the proof; for one missing in lists, the last look. Where something else
 * was asked for since it was sent (a start, a destroy), that stands.
 */
function settleLook(draft: Draft, machine: Machine, at: AskedAt & { readonly observed: Observed | null }): void {
  const { observed } = at;
  const isLast = machine.call === "look";
  if (observed === null) {
    invariant(machine.madeAt !== null, `machine ${machine.id} is ${machine.state} since never`);
    const visibleAt = machine.madeAt + at.traits.visibilityMs;
    if (at.askedAt < visibleAt) {
      if (isLast) callNext(draft, machine, { call: "look", at: Math.max(draft.now, visibleAt) });
      return;
    }
    if (stillTrue(machine.fault) !== null) draft.setMachine(machine.id, { fault: null });
    closeMachine(draft, machine.id, "proven_gone");
    const instance = draft.instances().find((one) => one.machine === machine.id);
    if (instance === undefined || !["pending", "stopped", "running"].includes(instance.state)) return;
    draft.moveInstance(instance.name, "found_missing", null);
    return draft.setInstance(instance.name, { readyAt: null, ...UNPROBED });
  }
  if (isLast) draft.setMachine(machine.id, { call: null, callAt: null, failures: 0, fault: stillTrue(machine.fault) });
  see(draft, draft.machine(machine.id), observed);
  const seen = draft.machine(machine.id);
  if (!isLast || seen.state !== "made") return;
  if (seen.undoAskedAt === null) return lookAfterReboot(draft, seen);
  if (seen.destroyedAt === null) return callNext(draft, seen, { call: undoCall(seen).call, at: draft.now });
  lookAgain(draft, seen, draft.now - seen.destroyedAt);
}

/** The delete was accepted: look until it shows, and ask again when it does not for long. */
function lookAgain(draft: Draft, machine: Machine, waitedMs: number): void {
  const { id, fault, debtSince } = machine;
  if (waitedMs < DESTROY_AGAIN_MS) {
    const callAt = draft.now + removalGlanceMs(waitedMs, debtSince !== null);
    return draft.setMachine(id, { call: "look", callAt });
  }
  const ignored = { call: "destroy", fault: DELETE_IGNORED } as const;
  if (fault?.code !== DELETE_IGNORED.code) told(draft, machine, { failed: ignored, retryAt: draft.now });
  draft.setMachine(id, { ...ignored, callAt: draft.now });
}

function settleDestroyed(draft: Draft, machine: Machine): void {
  draft.setMachine(machine.id, { destroyedAt: draft.now });
  callNext(draft, machine, { call: "look", at: draft.now + glanceMs(0) });
  draft.setMachine(machine.id, { fault: stillTrue(machine.fault) });
}

function keepConsole(draft: Draft, machine: Machine, got: { text: string | null; fault: string | null }): void {
  const { id } = machine;
  draft.setMachine(id, { keepEvidence: false });
  draft.keep({ machine: id, at: draft.now, console: got.text, fault: got.fault });
  draft.tell({ kind: "evidence_kept", instance: memberOf(machine), machine: id, bytes: got.text?.length ?? 0 });
}

type Failed = CallAnswer & { readonly fault: Fault; readonly externalId: string | null };

function settleFault(draft: Draft, machine: Machine, failed: Failed): void {
  switch (failed.call) {
    case "create":
      return settleCreateFault(draft, machine, failed);
    case "start":
      return settleStartFault(draft, machine, failed);
    case "reboot":
      return settleRebootFault(draft, machine, failed);
    case "destroy":
      // Not there: the same as accepted, and proven by a look once the machine must be visible.
      if (failed.fault.class === "not_found") return settleDestroyed(draft, machine);
      return tryAgain(draft, machine, failed);
    case "console":
      // Evidence is worth one try: it must not keep a machine alive.
      keepConsole(draft, machine, { text: null, fault: failed.fault.text });
      return callNext(draft, machine, { call: "destroy", at: draft.now });
    case "look":
      if (machine.call !== "look") return;
      return tryAgain(draft, machine, failed);
    case "lookup":
      return tryAgain(draft, machine.state === "intent" ? openDoubt(draft, machine) : machine, failed);
  }
}

function settleCreateFault(draft: Draft, machine: Machine, failed: Failed): void {
  const { fault, externalId } = failed;
  if (machine.state !== "intent") return;
  if (fault.effect === "made" && externalId !== null) return settleMadeInError(draft, machine, { fault, externalId });
  if (fault.effect !== "none" || fault.class === "conflict") {
    openDoubt(draft, machine);
    told(draft, machine, { failed, retryAt: null });
    callNext(draft, draft.machine(machine.id), { call: "lookup", at: draft.now });
    return draft.setMachine(machine.id, { fault });
  }
  const again =
    fault.class === "throttle" ||
    fault.class === "transient" ||
    (fault.class === "unknown" && machine.failures + 1 < UNKNOWN_MOST);
  if (again && machine.undoAskedAt === null) {
    draft.setMachine(machine.id, { sentAt: null });
    return tryAgain(draft, draft.machine(machine.id), failed);
  }
  told(draft, machine, { failed, retryAt: null });
  draft.setMachine(machine.id, { fault });
  closeMachine(draft, machine.id, "create_refused");
  const instance = draft.instances().find((one) => one.machine === machine.id);
  if (instance?.state !== "pending") return;
  draft.moveInstance(instance.name, "create_refused", refusalText(fault, draft.attempt().accountName));
  draft.setInstance(instance.name, { fault });
}

/** Refused, yet something stays behind under a known id (a server in ERROR): it exists and has to be removed. */
function settleMadeInError(draft: Draft, machine: Machine, made: { fault: Fault; externalId: string }): void {
  const { id: name, realm } = machine;
  const unseen = { name, realm, privateAddress: null, publicAddress: null, handle: null } as const;
  const observed: Observed = { ...unseen, externalId: made.externalId, state: "error", fault: made.fault };
  adopt(draft, machine, observed);
  see(draft, draft.machine(machine.id), observed);
}

function settleStartFault(draft: Draft, machine: Machine, failed: Failed): void {
  const { fault } = failed;
  const isUnseen = fault.class === "not_found" && draft.now < Number(machine.madeAt) + failed.traits.visibilityMs;
  if (fault.class === "throttle" || fault.class === "conflict" || isUnseen) {
    // Slowed down, locked (its image is still being copied), or not shown yet: that is no failed start, and has its deadline.
    const pauseMs = Math.max(glanceMs(draft.now - Number(machine.startAskedAt)), pauseWished(fault.retryAfterMs) ?? 0);
    return putOff(draft, machine, { failed, callAt: draft.now + pauseMs, failures: machine.failures });
  }
  const passing = fault.class === "transient" || fault.class === "unknown";
  if (passing && machine.failures + 1 < STARTS_MOST) return tryAgain(draft, machine, failed);
  told(draft, machine, { failed, retryAt: null });
  draft.setMachine(machine.id, { call: null, callAt: null, failures: 0, fault, startAskedAt: null });
  draft.moveInstance(memberOf(machine), "step_failed", refusalText(fault, draft.attempt().accountName));
  draft.setInstance(memberOf(machine), { fault });
}

/** The same call later, more and more seldom. */
function tryAgain(draft: Draft, machine: Machine, failed: Failed): void {
  const failures = machine.failures + 1;
  const wish = { key: machine.id, retryAfterMs: failed.fault.retryAfterMs };
  putOff(draft, machine, {
    failed,
    callAt: draft.now + backoffMs(triesOf(machine, failed.fault), failures, wish),
    failures,
  });
}

/** The same call at a later due time. Told when it begins to fail and when the kind of failure changes. */
function putOff(draft: Draft, machine: Machine, off: { failed: Failed; callAt: number; failures: number }): void {
  const { failed, callAt, failures } = off;
  const { fault, call } = failed;
  if (machine.fault?.code !== fault.code) told(draft, machine, { failed, retryAt: callAt });
  draft.setMachine(machine.id, { call, callAt, failures, fault });
}

function told(
  draft: Draft,
  { id, instance }: Machine,
  what: { failed: Pick<Failed, "call" | "fault">; retryAt: number | null },
): void {
  const { call, fault } = what.failed;
  draft.tell({ kind: "fault_met", instance, machine: id, call, fault, retryAt: what.retryAt });
}

/** Takes in what the tracker saw. */
export function recordSeen(
  draft: Draft,
  seen: readonly { readonly machine: MachineId; readonly observed: Observed }[],
): void {
  for (const { machine, observed } of seen) {
    const row = draft.machines().find(({ id }) => id === machine);
    if (row !== undefined) see(draft, row, observed);
  }
}

/** Machines that lists of their realms lack: looked for directly, which is the last word. */
export function recordMissing(snapshot: Snapshot, missing: readonly MachineId[], now: number): readonly Changes[] {
  const draft = draftOf(snapshot, now);
  for (const { id, state, missing: lists, call, fault } of draft.machines()) {
    if (!missing.includes(id) || state !== "made") continue;
    // Where calls are few, the list has just used them up: a look that was put off for that would be put off for ever.
    const mayHurry = call === "look" && fault?.class !== "throttle";
    const due = mayHurry || (call === null && lists >= MISSING_LISTS);
    if (due) draft.setMachine(id, { call: "look", callAt: now });
  }
  return draft.waves();
}

/** A readiness check of this machine was tried; of a machine that was replaced meanwhile it says nothing. */
export function recordProbe(draft: Draft, probe: { readonly machine: MachineId; readonly passed: boolean }): void {
  const instance = draft.instances().find((one) => one.machine === probe.machine);
  if (probe.passed && instance?.state === "running" && instance.readyAt === null) becomeReady(draft, instance.name);
}

/** A live check of this machine was tried, and its instance's row says how often in a row it has failed. */
export function recordLive(draft: Draft, machine: MachineId): void {
  const instance = draft.instances().find((one) => one.machine === machine);
  if (instance !== undefined) judgeLive(draft, instance);
}

/**
 * A machine called home with its nonce. Who calls is running, whatever the lists say so far; ready, if that is what the
 * blueprint waits for. `known` is false while the machine's create is not recorded yet: it should call again.
 */
export function recordCallback(
  snapshot: Snapshot,
  machine: MachineId,
  now: number,
): { readonly known: boolean; readonly changes: readonly Changes[] } {
  const draft = draftOf(snapshot, now);
  const row = draft.machines().find(({ id }) => id === machine);
  const instance = draft.instances().find((one) => one.machine === machine);
  if (row?.state !== "made" || row.externalId === null || instance === undefined) return { known: false, changes: [] };
  const { externalId } = row;
  const unsaid = { fault: null, privateAddress: null, publicAddress: null, handle: null };
  see(draft, row, { externalId, name: row.id, realm: row.realm, state: "running", ...unsaid });
  const { state, readyAt } = draft.instance(instance.name);
  const waits = draft.spec(instance.name).ready.kind === "callback";
  if (waits && state === "running" && readyAt === null) becomeReady(draft, instance.name);
  return { known: true, changes: draft.waves() };
}
