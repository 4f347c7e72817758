// Strays: machines with our installation's label that no open ledger row stands for. The database may have been restored
// from a backup, or a create took effect after its absence was proven. Two phases: the ledger gets a row whose first call
// is a look after a grace; only if the machine is still there, and still nobody's, it is destroyed. The rows of strays that
// never belonged to a deployment are changed by the functions below instead of by a draft, for they have no events.

import { backoffMs, DESTROY_AGAIN_MS, glanceMs, removalGlanceMs, triesOf } from "./backoff.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { draftOf } from "../decision/draft.ts";
import { DELETE_IGNORED, soundFault, stillTrue } from "../fault.ts";
import type { AccountId, MachineId } from "../ids.ts";
import { machineId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { UNSEEN } from "../decision/launch.ts";
import type { Machine, Observed } from "../machine.ts";
import type { CallAnswer } from "./record.ts";
import type { Placement } from "../market/placement.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { isOpen, MACHINE, type MachineMove, next } from "../states.ts";

/** Before anything is done to a stray: what names it may just be on its way. */
export const STRAY_GRACE_MS = 60_000;

export interface StrayAt {
  readonly account: AccountId;
  readonly now: number;
  /** When the list was asked for that shows it. */
  readonly askedAt: number;
  /** How long the account's lists may lag. */
  readonly visibilityMs: number;
  /** Until then nothing is removed that a restored database does not know: see people/hold.ts. Null: nothing is held. */
  readonly heldUntil: number | null;
}

/** The row's id for a stray: its name, and for a second machine of one name its id at the cloud as well. */
export function strayIds(observed: Observed): { readonly plain: MachineId; readonly double: MachineId } {
  return { plain: machineId(observed.name), double: machineId(`${observed.name}~${observed.externalId}`) };
}

/**
 * The row that marks a stray, given the rows that its ids have now: a new one, or a closed one opened again. Null when an
 * open row stands for it already, or when the cloud itself shows it as ended.
 */
export function strayOf(
  observed: Observed,
  rows: { readonly plain: Machine | null; readonly double: Machine | null },
  at: StrayAt,
): Machine | null {
  const { plain, double } = rows;
  if (observed.state === "gone") return null;
  const isNamed = plain !== null && (plain.externalId === null || plain.externalId === observed.externalId);
  // Also of another account: two may lead to the same cloud, and each then shows what the other has made.
  if (isNamed && (isOpen(plain) || isFreshlyClosed(plain, at))) return null;
  const mine = plain === null || (isNamed && plain.account === at.account);
  const row = mine ? plain : double;
  if (row !== null && (isOpen(row) || isFreshlyClosed(row, at))) return null;
  const ids = strayIds(observed);
  const goesAt = Math.max(at.now, at.heldUntil ?? 0);
  const base = row === null ? newStray(mine ? ids.plain : ids.double, observed.realm, at) : moved(row, "found_late");
  return {
    ...base,
    ...sightOf(observed, at.now),
    externalId: observed.externalId,
    madeAt: at.now,
    closedAt: null,
    undoAskedAt: goesAt,
    keepEvidence: false,
    destroyedAt: null,
    call: "look",
    callAt: Math.max(goesAt, at.now + STRAY_GRACE_MS),
    failures: 0,
    fault: null,
  };
}

interface Reopened {
  /** As it was closed. */
  readonly closedRow: Machine;
  /** Null where that row was pruned. */
  readonly placement: Placement | null;
  readonly stray: Machine;
}

/**
 * The mark of a stray whose row belongs to a deployment: opened again, told, and followed like any machine on its way out. What it takes is
 * held again until it is gone.
 */
export function reopen(snapshot: Snapshot, { closedRow, placement, stray }: Reopened, now: number): readonly Changes[] {
  const others = snapshot.machines.filter(({ id }) => id !== closedRow.id);
  const draft = draftOf({ ...snapshot, machines: [...others, closedRow] }, now);
  if (placement !== null) draft.putPlacement({ ...placement, releasedAt: null });
  const { state: _, ...fields } = stray;
  draft.setMachine(closedRow.id, fields);
  draft.moveMachine(closedRow.id, "found_late");
  return draft.waves();
}

/** What the list shows may be older than the proof that closed the row. */
function isFreshlyClosed({ closedAt }: Machine, { askedAt, visibilityMs }: StrayAt): boolean {
  return closedAt !== null && closedAt + visibilityMs >= askedAt;
}

function newStray(id: MachineId, realm: string, at: StrayAt): Machine {
  return {
    ...UNSEEN,
    id,
    deployment: null,
    instance: null,
    attemptNo: 0,
    placementNo: 0,
    askOrder: 0,
    account: at.account,
    realm,
    size: "unknown",
    hourlyMicros: null,
    state: "made",
    intentAt: at.now,
    call: null,
    callAt: null,
    nonce: `stray/${id}`,
  };
}

function sightOf(observed: Observed, now: number) {
  const { state, privateAddress, publicAddress, handle } = observed;
  const known = handle === null ? {} : { handle };
  return { observed: state, observedAt: now, missing: 0, privateAddress, publicAddress, ...known };
}

/** A stray's row after the tracker saw it. */
export function seeStray(machine: Machine, observed: Observed, now: number): Machine {
  if (!isOpen(machine) || observed.externalId !== machine.externalId) return machine;
  const seen = { ...machine, ...sightOf(observed, now) };
  return observed.state === "gone" ? closed(seen, now) : seen;
}

type At = Pick<CallAnswer, "askedAt" | "traits"> & { readonly now: number };

/** A stray's row after the answer of a call. The fence has been checked. */
export function recordStray(machine: Machine, answer: Omit<CallAnswer, "machine">, now: number): Machine {
  if (!isOpen(machine)) return machine;
  const { outcome, call } = answer;
  const at = { askedAt: answer.askedAt, traits: answer.traits, now };
  switch (outcome.kind) {
    case "looked":
      return looked(machine, outcome.observed, at);
    case "destroyed":
      return destroyed(machine, at.now);
    case "fault": {
      const fault = soundFault(outcome.fault);
      if (fault.class === "not_found" && call === "destroy") return destroyed(machine, at.now);
      const failures = machine.failures + 1;
      const wish = { key: machine.id, retryAfterMs: fault.retryAfterMs };
      const callAt = at.now + backoffMs(triesOf(machine, fault), failures, wish);
      return owed({ ...machine, failures, callAt, fault }, at.now);
    }
    case "created":
    case "found":
    case "started":
    case "rebooted":
    case "console":
    case "not_sent":
      return { ...machine, call: "look", callAt: at.now };
  }
}

function looked(machine: Machine, observed: Observed | null, at: At): Machine {
  if (observed === null) {
    const visibleAt = (machine.madeAt ?? at.now) + at.traits.visibilityMs;
    if (at.askedAt < visibleAt) return { ...machine, call: "look", callAt: Math.max(at.now, visibleAt) };
    return closed(machine, at.now);
  }
  const seen = owed(seeStray(machine, observed, at.now), at.now);
  if (!isOpen(seen)) return seen;
  const next = { ...seen, failures: 0, fault: stillTrue(seen.fault) };
  if (seen.destroyedAt === null) return { ...next, call: "destroy", callAt: at.now };
  const waited = at.now - seen.destroyedAt;
  if (waited >= DESTROY_AGAIN_MS) return { ...next, call: "destroy", callAt: at.now, fault: DELETE_IGNORED };
  return { ...next, call: "look", callAt: at.now + removalGlanceMs(waited, seen.debtSince !== null) };
}

function destroyed(machine: Machine, now: number): Machine {
  const asked = { ...machine, destroyedAt: now, failures: 0, fault: stillTrue(machine.fault) };
  return { ...asked, call: "look", callAt: now + glanceMs(0) };
}

/** A stray that does not go is debt like any other machine. */
function owed(machine: Machine, now: number): Machine {
  const late = machine.undoAskedAt !== null && now >= machine.undoAskedAt + DEFAULT_POLICY.deadlines.undoMs;
  return late && isOpen(machine) && machine.debtSince === null ? { ...machine, debtSince: now } : machine;
}

function closed(machine: Machine, now: number): Machine {
  const gone = moved(machine, "proven_gone");
  return { ...gone, closedAt: now, call: null, callAt: null, debtSince: null, failures: 0 };
}

function moved(machine: Machine, move: MachineMove): Machine {
  const state = next(MACHINE, machine.state, move);
  invariant(state !== undefined, `machine ${machine.id} cannot go from ${machine.state} by ${move}`);
  return { ...machine, state };
}
