// The way up: asking for machines as soon as what they depend on is ready, starting what was made
// stopped, and judging what takes too long.

import type { ResolvedInstance } from "../blueprint/model.ts";
import { renderTemplate } from "../blueprint/render.ts";
import { stepOf } from "./deadlines.ts";
import { type Instance, UNPROBED } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import type { Fault } from "../fault.ts";
import { groupIdOf, machineIdOf } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { type CreateRequest, type Machine, memberOf, NOT_REBOOTING, OWNER_LABELS } from "../machine.ts";
import { isHeld } from "../market/market.ts";
import type { Placement } from "../market/placement.ts";
import { brief } from "../story/brief.ts";
import { refusalText } from "../story/refusal.ts";
import type { Surroundings } from "../snapshot.ts";
import { openMachineOf, undoMachine } from "./undo.ts";
import { utf8Bytes } from "../secrecy/utf8.ts";

/** Machines asked for per instance and attempt before a doubtful cloud counts as failed. */
const TRIES_MOST = 3;

/** One round upwards: retries what was proven absent, starts what stands still, fails what is late, asks for what is free to go. */
export function launchRound(draft: Draft, around: Surroundings): void {
  for (const { name } of draft.instances()) {
    finishRetry(draft, name);
    askAgain(draft, around, name);
    askStart(draft, name);
    judge(draft, name);
  }
  for (const spec of inAskOrder(draft)) {
    const free = spec.dependsOn.every((name) => draft.instance(name).readyAt !== null);
    if (free && draft.instance(spec.name).state === "new" && isPlaced(draft, spec.name))
      askMachine(draft, around, spec);
  }
}

/** The scarcest first. A launch that goes on has a place for every instance. */
function inAskOrder(draft: Draft): readonly ResolvedInstance[] {
  const orderOf = ({ name }: ResolvedInstance): number => draft.placementOf(name).askOrder;
  return draft.deployment.blueprint.instances.toSorted((a, b) => orderOf(a) - orderOf(b));
}

/** True of a member of an update whose former machine goes first: until that is gone its place is the one that it had. */
export function awaitsPlace(draft: Draft, name: string): boolean {
  const { state, revisionNo } = draft.deployment;
  const isNew = state === "updating" && draft.instance(name).state === "new";
  return isNew && draft.placementOf(name).revision !== revisionNo;
}

/**
 * True when it has a place that is held and that nobody was asked for under: each try of a repair has one of its own, and an update that came
 * to nothing may have given the place back of one that was never asked for.
 */
export function isPlaced(draft: Draft, name: string): boolean {
  if (awaitsPlace(draft, name) || !isHeld(draft.placementOf(name))) return false;
  if (draft.instance(name).repairSince === null) return true;
  const { attempt, no } = draft.placementOf(name);
  return !draft
    .machines()
    .some((machine) => machine.instance === name && machine.attemptNo === attempt && machine.placementNo === no);
}

/**
 * An instance that is retried by hand or placed anew while its launch is under way: its old machine has to go first. Of one that is repaired
 * see repair.ts.
 */
function finishRetry(draft: Draft, name: string): void {
  const instance = draft.instance(name);
  if (instance.state !== "shutting_down" || instance.repairSince !== null) return;
  const left = openMachineOf(draft, instance);
  if (left === null) {
    draft.moveInstance(name, "proven_gone", null);
    return isToBePlaced(draft, instance) ? failAgain(draft, instance) : resetInstance(draft, name);
  }
  if (left.debtSince === null) return;
  leaveAsDebt(draft, name, left);
}

/** Its machine should be gone, and is debt. */
export function leaveAsDebt(draft: Draft, name: string, left: Machine): void {
  const text = `its machine ${left.id} is not proven gone${lastFailure(left)}`;
  const fault = stepFault("undo_deadline", "made", { text, cause: left.fault });
  draft.moveInstance(name, "undo_stuck", fault.text);
  draft.setInstance(name, { fault });
}

/**
 * True for one whose machine was refused late, and goes before another place is taken (see replace.ts). What is retried by hand is not:
 * its place is noted as refused no more.
 */
export function isToBePlaced(draft: Draft, { name, state }: Instance): boolean {
  return state === "shutting_down" && draft.placementOf(name).refused !== null;
}

/** Its machine is gone, and no other place is left by then: it has failed as it had before. */
function failAgain(draft: Draft, { name, fault }: Instance): void {
  invariant(fault !== null, `${name} is to be placed anew without a refusal`);
  draft.moveInstance(name, "step_failed", refusalText(fault, draft.attempt().accountName));
}

/** Back to `new`, as if never launched; its old machine stays in the ledger under its own name. */
export function resetInstance(draft: Draft, name: string): void {
  draft.moveInstance(name, "reset", null);
  draft.setInstance(name, { machine: null, runningAt: null, readyAt: null, fault: null, ...UNPROBED });
}

function askAgain(draft: Draft, around: Surroundings, name: string): void {
  const instance = draft.instance(name);
  const machine = draft.machineOf(instance);
  if (instance.state !== "pending" || machine?.state !== "absent") return;
  const spec = draft.spec(name);
  // A partial launch goes on without a member that failed, but nothing new is asked for on top of it.
  const lost = spec.dependsOn.find((on) => draft.instance(on).readyAt === null);
  if (lost !== undefined) {
    const text = `${lost}, which it needs, is not ready any more`;
    return fail(draft, name, stepFault("dependency_lost", "none", { text, cause: null }));
  }
  if (instance.tries < TRIES_MOST) return writeIntent(draft, around, spec);
  const text = `asked ${instance.tries} times, the cloud never answered and shows no machine${lastFailure(machine)}`;
  fail(draft, name, stepFault("no_answer", "none", { text, cause: machine.fault }));
}

function askStart(draft: Draft, name: string): void {
  const instance = draft.instance(name);
  if (instance.state !== "stopped" || instance.runningAt !== null) return;
  const machine = openMachineOf(draft, instance);
  if (machine !== null && machine.startAskedAt === null && machine.call === null) startMachine(draft, machine);
}

/** Asks for the start of a machine that stands still. */
export function startMachine(draft: Draft, machine: Machine): void {
  draft.setMachine(machine.id, { call: "start", callAt: draft.now, failures: 0, startAskedAt: draft.now });
  draft.tell({ kind: "start_asked", instance: memberOf(machine), machine: machine.id });
}

/** A step past its deadline has failed, and is not gone on with. */
function judge(draft: Draft, name: string): void {
  const instance = draft.instance(name);
  const machine = openMachineOf(draft, instance);
  const step = stepOf(draft.deployment, instance, machine);
  if (machine === null || step === null || step.at > draft.now) return;
  const seconds = Math.round((step.at - step.from) / 1000);
  const effect = step.step === "create" ? "unknown" : "made";
  const text = `${step.text} within ${seconds} s${lastMet(draft, instance, machine)}`;
  const cause = step.step === "ready" ? null : machine.fault;
  fail(draft, name, stepFault(`${step.step}_deadline`, effect, { text, cause }));
  if (step.step === "create") undoMachine(draft, machine, true);
  if (step.step === "start")
    draft.setMachine(machine.id, { call: null, callAt: null, failures: 0, startAskedAt: null });
}

/** What was met last on the way to being up: without that, nobody knows where to look. */
export function lastMet(draft: Draft, instance: Instance, machine: Machine): string {
  if (instance.state === "running") return lastAnswer(draft, instance);
  if (machine.fault !== null) return lastFailure(machine);
  if (machine.state === "intent" && machine.sentAt === null) return "; the request was not sent";
  return machine.state === "in_doubt" ? "; the request had no clear answer, and nothing is found under its name" : "";
}

/** Of a call that was put off again and again: a cloud that is busy, throttles or refuses for now. */
function lastFailure({ fault }: Machine): string {
  return fault === null ? "" : `; last failure: ${refusalText(fault, null)}`;
}

/** What its readiness check met to the last. */
function lastAnswer(draft: Draft, { name, probeAnswer }: Instance): string {
  if (draft.spec(name).ready.kind === "callback") return "; it did not call";
  return probeAnswer === null ? "; its check was not tried" : `; last answer: ${probeAnswer}`;
}

/** `cause`: what made the step last too long; whoever helps at the cloud asks for its number. */
function stepFault(
  code: string,
  effect: Fault["effect"],
  { text, cause }: { readonly text: string; readonly cause: Fault | null },
): Fault {
  const requestId = cause?.requestId ?? null;
  return { class: "transient", scope: "realm", effect, retryAfterMs: null, code, text: brief(text), requestId };
}

function fail(draft: Draft, name: string, fault: Fault): void {
  draft.moveInstance(name, "step_failed", fault.text);
  draft.setInstance(name, { fault, readyAt: null, ...UNPROBED });
}

function askMachine(draft: Draft, around: Surroundings, spec: ResolvedInstance): void {
  draft.moveInstance(spec.name, "launch_asked", null);
  draft.setInstance(spec.name, { tries: 0, fault: null });
  writeIntent(draft, around, spec);
}

/** The ledger row and its first due call. Nobody is asked before this is committed. */
function writeIntent(draft: Draft, around: Surroundings, spec: ResolvedInstance): void {
  const { no: attempt, accountName: account } = draft.attempt();
  const placement = draft.placementOf(spec.name);
  const tryNo = nextTry(draft, spec.name);
  const id = machineIdOf({ deployment: draft.deployment.id, attempt, instance: spec.name, tryNo });
  const nonce = around.nonce();
  const userData = userDataOf(draft, around, { spec, nonce });
  if (typeof userData !== "string") {
    draft.moveInstance(spec.name, "create_refused", userData.fault.text);
    draft.setInstance(spec.name, userData);
    return;
  }
  const request = requestOf(around, { spec, placement, id, userData });
  draft.addMachine({ machine: newMachine(draft, { id, placement, nonce }), request });
  draft.setInstance(spec.name, { machine: id, tries: draft.instance(spec.name).tries + 1 });
  const { realm, size, image } = placement;
  draft.tell({ kind: "machine_asked", instance: spec.name, machine: id, attempt, account, realm, size, image });
}

/** What was asked for between a backup and its return has taken some numbers, and nobody knows how many. */
const TRIES_LOST = 10;
/** A name has room for two digits. */
const RESUMES_MOST = 8;

/** Numbers go on over retries by hand, and leap over what a restored database has forgotten, so that a name is never used twice. */
export function nextTry(draft: Draft, instance: string): number {
  const { attemptNo, resumes } = draft.deployment;
  const own = draft.machines().filter((machine) => machine.instance === instance && machine.attemptNo === attemptNo);
  return own.length + 1 + TRIES_LOST * Math.min(resumes, RESUMES_MOST);
}

function userDataOf(
  draft: Draft,
  around: Surroundings,
  at: { spec: ResolvedInstance; nonce: string },
): string | { fault: Fault } {
  const { blueprint, name } = draft.deployment;
  const addresses = (instance: Instance) => {
    const machine = draft.machineOf(instance);
    const { privateAddress = null, publicAddress = null } = machine ?? {};
    return [
      instance.name,
      { name: instance.name, id: machine?.externalId ?? null, privateAddress, publicAddress },
    ] as const;
  };
  const rendered = renderTemplate(at.spec.userData, {
    parameters: { ...blueprint.parameters, ...around.secrets },
    instances: Object.fromEntries(draft.instances().map(addresses)),
    self: { name: at.spec.name, index: at.spec.index, callbackUrl: `${around.callbackBase}/v1/callback/${at.nonce}` },
    deployment: { name },
  });
  if ("missing" in rendered) {
    return wrongHere("missing_reference", `user data needs ${rendered.missing}, which the account did not give`);
  }
  const bytes = utf8Bytes(rendered.text);
  const most = draft.attempt().userDataBytesMost;
  if (bytes <= most) return rendered.text;
  return wrongHere(
    "user_data_too_long",
    `user data has ${bytes} bytes now that it is filled in, and ${most} are taken there`,
  );
}

function wrongHere(code: string, text: string): { fault: Fault } {
  const known = { retryAfterMs: null, requestId: null };
  return { fault: { ...known, class: "config", scope: "account", effect: "none", code, text } };
}

export function requestOf(
  around: Pick<Surroundings, "installation">,
  of: { spec: ResolvedInstance; placement: Placement; id: CreateRequest["name"]; userData: string },
): CreateRequest {
  const { spec, placement, id, userData } = of;
  const profile = spec.profiles[placement.alternative.profile];
  invariant(profile !== undefined, `${spec.name} has no profile ${placement.alternative.profile}`);
  const { cpu, memoryMib, storageGib } = profile;
  return {
    name: id,
    realm: placement.realm,
    size: placement.size,
    image: placement.image,
    cpu,
    memoryMib,
    storageGib,
    userData,
    ports: portsOf(spec),
    spot: spec.spot,
    where: spec.where,
    group: groupIdOf({ ...placement, group: spec.group }),
    labels: {
      [OWNER_LABELS.installation]: around.installation,
      [OWNER_LABELS.deployment]: placement.deployment,
      [OWNER_LABELS.instance]: spec.name,
      [OWNER_LABELS.attempt]: String(placement.attempt),
    },
  };
}

/** That a check will try. */
function portsOf({ ready, live }: ResolvedInstance): readonly number[] {
  const ports = [...("port" in ready ? [ready.port] : []), ...(live === null ? [] : [live.check.port])];
  return [...new Set(ports)];
}

export function newMachine(draft: Draft, of: { id: Machine["id"]; placement: Placement; nonce: string }): Machine {
  const { instance, attempt, no, account, realm, size, hourlyMicros, askOrder, deployment } = of.placement;
  return {
    id: of.id,
    deployment,
    instance,
    attemptNo: attempt,
    placementNo: no,
    askOrder,
    account,
    realm,
    size,
    hourlyMicros,
    state: "intent",
    ...UNSEEN,
    intentAt: draft.now,
    call: "create",
    callAt: draft.now,
    nonce: of.nonce,
  };
}

/** A machine that nobody has heard of yet. */
export const UNSEEN = {
  externalId: null,
  handle: null,
  observed: "unknown",
  observedAt: null,
  privateAddress: null,
  publicAddress: null,
  sentAt: null,
  madeAt: null,
  bootedAt: null,
  closedAt: null,
  startAskedAt: null,
  ...NOT_REBOOTING,
  undoAskedAt: null,
  keepEvidence: false,
  destroyedAt: null,
  debtSince: null,
  missing: 0,
  skippedAt: null,
  quarantinedUntil: null,
  callNo: 0,
  claimedUntil: null,
  failures: 0,
  fault: null,
} as const satisfies Partial<Machine>;
