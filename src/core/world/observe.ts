// What the cloud shows: how one sight of a machine changes the ledger and the instance that it is.

import { type Instance, UNPROBED } from "../deployment.ts";
import type { Draft } from "../decision/draft.ts";
import { soundFault } from "../fault.ts";
import type { Machine, Observed } from "../machine.ts";
import { isOpen } from "../states.ts";
import { followReboot, notBack, shownState } from "./reboot.ts";
import { closeMachine, undoCall } from "../decision/undo.ts";

/** Takes in one sight of a machine. A machine in doubt that shows up is thereby found. */
export function see(draft: Draft, machine: Machine, observed: Observed): void {
  if (!isOpen(machine)) return;
  // While the create is still on its way its answer decides; what a list shows meanwhile is only a hint.
  if (machine.state === "intent") return;
  if (machine.state === "in_doubt") adopt(draft, machine, observed);
  const { privateAddress, publicAddress, handle } = observed;
  const state = shownState(machine, observed.state, draft.now);
  // Of one that is found after a doubt nobody knows when it began to boot.
  const hasBooted = state === "running" || state === "stopped" || machine.state === "in_doubt";
  draft.setMachine(machine.id, {
    observed: state,
    observedAt: draft.now,
    bootedAt: machine.bootedAt ?? (hasBooted ? draft.now : null),
    missing: 0,
    privateAddress: privateAddress ?? machine.privateAddress,
    publicAddress: publicAddress ?? machine.publicAddress,
    handle: handle ?? machine.handle,
  });
  if (state === "running" || state === "error") endStart(draft, machine);
  const isNotBack = followReboot(draft, machine, state);
  if (state === "gone") closeMachine(draft, machine.id, "proven_gone");
  const instance = draft.instances().find((one) => one.machine === machine.id);
  if (instance === undefined) return;
  followInstance(draft, instance, { machine, observed: isNotBack ? notBack(observed) : { ...observed, state } });
}

/** Something else than standing still was seen of the start: it is over, also when its call waits for another try. */
function endStart(draft: Draft, { id, call }: Machine): void {
  draft.setMachine(id, { startAskedAt: null, ...(call === "start" ? { call: null, callAt: null, failures: 0 } : {}) });
}

/** The machine exists under this id; if it should be gone, that is begun at once. */
export function adopt(draft: Draft, machine: Machine, observed: Observed): void {
  draft.setMachine(machine.id, {
    externalId: observed.externalId,
    madeAt: draft.now,
    fault: null,
    failures: 0,
    call: machine.undoAskedAt === null ? null : undoCall(machine).call,
    callAt: machine.undoAskedAt === null ? null : draft.now,
  });
  draft.moveMachine(machine.id, machine.state === "intent" ? "create_answered" : "found");
}

function followInstance(draft: Draft, instance: Instance, seen: { machine: Machine; observed: Observed }): void {
  const { machine, observed } = seen;
  const { name, state } = instance;
  const up = state === "pending" || state === "stopped";
  switch (observed.state) {
    case "running":
      if (up) becomeSeenRunning(draft, name);
      return;
    case "stopped":
      if (state === "pending" || state === "running") leave(draft, name, { move: "seen_stopped", observed });
      else if (state === "stopped" && diedAtStart(instance, machine, observed)) {
        leave(draft, name, { move: "step_failed", observed });
        draft.setMachine(machine.id, { startAskedAt: null });
      }
      return;
    case "error":
      if (up || state === "running") leave(draft, name, { move: "seen_error", observed });
      return;
    case "gone":
      if (up || state === "running") leave(draft, name, { move: "found_missing", observed });
      return;
    case "pending":
    case "stopping":
    case "unknown":
      return;
  }
}

export function becomeSeenRunning(draft: Draft, name: string): void {
  const { ready } = draft.spec(name);
  draft.moveInstance(name, "seen_running", null);
  draft.setInstance(name, { runningAt: draft.instance(name).runningAt ?? draft.now, fault: null });
  draft.setDeployment({ firstRunningAt: draft.deployment.firstRunningAt ?? draft.now });
  if (ready.kind === "provider") becomeReady(draft, name);
  else if (ready.kind !== "callback") draft.setInstance(name, { probeAt: draft.now });
}

export function becomeReady(draft: Draft, name: string): void {
  draft.setInstance(name, { readyAt: draft.now, ...UNPROBED });
  draft.tell({ kind: "instance_ready", instance: name });
}

function leave(
  draft: Draft,
  name: string,
  how: { move: "seen_stopped" | "seen_error" | "found_missing" | "step_failed"; observed: Observed },
): void {
  const fault = how.observed.fault === null ? null : soundFault(how.observed.fault);
  draft.moveInstance(name, how.move, fault?.text ?? null);
  draft.setInstance(name, { fault, readyAt: null, ...UNPROBED });
}

/** Down again after a start that was answered, and the cloud says why: it ran and ended between two looks. */
function diedAtStart(instance: Instance, machine: Machine, observed: Observed): boolean {
  const started = machine.startAskedAt !== null && machine.call === null;
  return started && instance.runningAt === null && observed.fault !== null;
}
