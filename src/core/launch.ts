// The way up: choosing an account, asking for machines as soon as what they depend on is ready, starting what was made
// stopped, and judging what takes too long.

import type { Market } from "./account.ts";
import { probes } from "./blocks.ts";
import type { ResolvedInstance } from "./blueprint/model.ts";
import { renderTemplate } from "./blueprint/render.ts";
import { stepOf } from "./deadlines.ts";
import { type Attempt, type Instance, type Match, type Placement, UNPROBED } from "./deployment.ts";
import type { Draft } from "./draft.ts";
import type { Refusal } from "./event.ts";
import type { Fault } from "./fault.ts";
import { machineIdOf } from "./ids.ts";
import { invariant } from "./invariant.ts";
import { type CreateRequest, type Machine, memberOf, OWNER_LABELS } from "./machine.ts";
import { type Candidates, candidates } from "./select.ts";
import type { Surroundings } from "./snapshot.ts";
import { openMachineOf, undoMachine } from "./undo.ts";
import { utf8Bytes } from "./utf8.ts";

/** Machines asked for per instance and attempt before a doubtful cloud counts as failed. */
const TRIES_MOST = 3;

/** What the market offered when a choice was made. */
export interface Choice extends Candidates {
  readonly market: Market;
}

/** What the market offers this deployment now; null without a market: it stays due and comes again with one. */
export function choose(draft: Draft, { market, callbackBase }: Surroundings): Choice | null {
  if (market === null) return null;
  const { id, seed, attemptNo, blueprint } = draft.deployment;
  const tried = draft.attempts().map(({ match }) => match);
  const draw = `${seed}/${attemptNo + 1}`;
  const question = { blueprint, market, tried, now: draft.now, deployment: id, callbackBase, draw };
  return { ...candidates(question), market };
}

/** Begins the next attempt on the best match: reserves it, tells why the others were refused, takes instances back to new. */
export function beginAttempt(
  draft: Draft,
  { market, refused }: Choice,
  chosen: { match: Match; move: "launch_begun" | "relaunched" },
): void {
  const { match, move } = chosen;
  for (const { name, state } of draft.instances()) if (state !== "new") resetInstance(draft, name);
  const no = draft.deployment.attemptNo + 1;
  draft.addAttempt(newAttempt(draft, no, match));
  draft.setDeployment({ attemptNo: no, failure: null, relaunch: true });
  draft.moveDeployment(move, null);
  const { accountName: account, realm, hourlyMicros } = match;
  draft.tell({ kind: "account_selected", attempt: no, account, realm, hourlyMicros, refused });
  const offers = Object.values(match.placements).map(({ size }) => ({ account: match.account, realm, size }));
  const asker = { deployment: draft.deployment.id, now: draft.now };
  for (const block of probes(market, offers, asker)) draft.block(block);
}

/** Ends a launch that has no account left to try. */
export function giveUp(draft: Draft, refused: readonly Refusal[]): void {
  const { failure } = draft.deployment;
  draft.tell({ kind: "no_account", refused });
  const reason =
    failure === null ? "no account of the pool can host it" : `${failure}; no other account is left to try`;
  draft.setDeployment({ failure: reason });
  draft.moveDeployment("gave_up", reason);
}

function newAttempt(draft: Draft, no: number, match: Attempt["match"]): Attempt {
  return {
    deployment: draft.deployment.id,
    no,
    match,
    startedAt: draft.now,
    endedAt: null,
    outcome: null,
    reason: null,
    fault: null,
    failedInstance: null,
    releasedAt: null,
  };
}

/** One round upwards: retries what was proven absent, starts what stands still, fails what is late, asks for what is free to go. */
export function launchRound(draft: Draft, around: Surroundings): void {
  for (const { name } of draft.instances()) {
    finishRetry(draft, name);
    askAgain(draft, around, name);
    askStart(draft, name);
    judge(draft, name);
  }
  for (const spec of draft.deployment.blueprint.instances) {
    const free = spec.dependsOn.every((name) => draft.instance(name).readyAt !== null);
    if (free && draft.instance(spec.name).state === "new") askMachine(draft, around, spec);
  }
}

/** An instance that is being retried by hand: its old machine has to go first. */
function finishRetry(draft: Draft, name: string): void {
  const instance = draft.instance(name);
  if (instance.state !== "shutting_down") return;
  const left = openMachineOf(draft, instance);
  if (left === null) {
    draft.moveInstance(name, "proven_gone", null);
    return resetInstance(draft, name);
  }
  if (left.debtSince === null) return;
  const fault = stepFault("undo_deadline", "made", `its machine ${left.id} is not proven gone`);
  draft.moveInstance(name, "undo_stuck", fault.text);
  draft.setInstance(name, { fault });
}

/** Back to `new`, as if never launched; its old machine stays in the ledger under its own name. */
export function resetInstance(draft: Draft, name: string): void {
  draft.moveInstance(name, "reset", null);
  draft.setInstance(name, { machine: null, runningAt: null, readyAt: null, fault: null, ...UNPROBED });
}

function askAgain(draft: Draft, around: Surroundings, name: string): void {
  const instance = draft.instance(name);
  if (instance.state !== "pending" || draft.machineOf(instance)?.state !== "absent") return;
  const spec = draft.spec(name);
  // A partial launch goes on without a member that failed, but nothing new is asked for on top of it.
  const lost = spec.dependsOn.find((on) => draft.instance(on).readyAt === null);
  if (lost !== undefined) {
    return fail(draft, name, stepFault("dependency_lost", "none", `${lost}, which it needs, is not ready any more`));
  }
  if (instance.tries < TRIES_MOST) return writeIntent(draft, around, spec);
  const text = `asked ${instance.tries} times, the cloud never answered and shows no machine`;
  fail(draft, name, stepFault("no_answer", "none", text));
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
  const step = stepOf(draft.deployment.blueprint.policy.deadlines, instance, machine);
  if (machine === null || step === null || step.at > draft.now) return;
  const seconds = Math.round((step.at - step.from) / 1000);
  const effect = step.step === "create" ? "unknown" : "made";
  const answer = step.step === "ready" ? lastAnswer(draft, instance) : "";
  fail(draft, name, stepFault(`${step.step}_deadline`, effect, `${step.text} within ${seconds} s${answer}`));
  if (step.step === "create") undoMachine(draft, machine, true);
  if (step.step === "start")
    draft.setMachine(machine.id, { call: null, callAt: null, failures: 0, startAskedAt: null });
}

/** What its readiness check met to the last: without that, nobody knows where to look. */
function lastAnswer(draft: Draft, { name, probeAnswer }: Instance): string {
  if (draft.spec(name).ready.kind === "callback") return "; it did not call";
  return probeAnswer === null ? "; its check was not tried" : `; last answer: ${probeAnswer}`;
}

function stepFault(code: string, effect: Fault["effect"], text: string): Fault {
  return { class: "transient", scope: "realm", effect, retryAfterMs: null, code, text, requestId: null };
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
  const attempt = draft.attempt();
  const placement = attempt.match.placements[spec.name];
  invariant(placement !== undefined, `the match has no place for ${spec.name}`);
  const tryNo = nextTry(draft, spec.name);
  const id = machineIdOf({ deployment: draft.deployment.id, attempt: attempt.no, instance: spec.name, tryNo });
  const nonce = around.nonce();
  const userData = userDataOf(draft, around, { spec, nonce });
  if (typeof userData !== "string") {
    draft.moveInstance(spec.name, "create_refused", userData.fault.text);
    draft.setInstance(spec.name, userData);
    return;
  }
  const request = requestOf(draft, around, { spec, placement, id, userData });
  draft.addMachine({ machine: newMachine(draft, { id, instance: spec.name, attempt, placement, nonce }), request });
  draft.setInstance(spec.name, { machine: id, tries: draft.instance(spec.name).tries + 1 });
  const { accountName: account } = attempt.match;
  const { size, image } = placement;
  draft.tell({ kind: "machine_asked", instance: spec.name, machine: id, attempt: attempt.no, account, size, image });
}

/** Numbers go on over retries by hand, so that a name is never used twice. */
function nextTry(draft: Draft, instance: string): number {
  const { attemptNo } = draft.deployment;
  return (
    draft.machines().filter((machine) => machine.instance === instance && machine.attemptNo === attemptNo).length + 1
  );
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
  const most = draft.attempt().match.userDataBytesMost;
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

function requestOf(
  draft: Draft,
  around: Surroundings,
  of: { spec: ResolvedInstance; placement: Placement; id: CreateRequest["name"]; userData: string },
): CreateRequest {
  const { spec, placement, id, userData } = of;
  const { cpu, memoryMib, storageGib } = spec.profile;
  const attempt = draft.attempt();
  return {
    name: id,
    realm: attempt.match.realm,
    size: placement.size,
    image: placement.image,
    cpu,
    memoryMib,
    storageGib,
    userData,
    ports: "port" in spec.ready ? [spec.ready.port] : [],
    labels: {
      [OWNER_LABELS.installation]: around.installation,
      [OWNER_LABELS.deployment]: draft.deployment.id,
      [OWNER_LABELS.instance]: spec.name,
      [OWNER_LABELS.attempt]: String(attempt.no),
    },
  };
}

function newMachine(
  draft: Draft,
  of: { id: Machine["id"]; instance: string; attempt: Attempt; placement: Placement; nonce: string },
): Machine {
  const { match, no } = of.attempt;
  return {
    id: of.id,
    deployment: draft.deployment.id,
    instance: of.instance,
    attemptNo: no,
    account: match.account,
    realm: match.realm,
    size: of.placement.size,
    hourlyMicros: of.placement.hourlyMicros,
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
  observed: "unknown",
  observedAt: null,
  privateAddress: null,
  publicAddress: null,
  sentAt: null,
  madeAt: null,
  bootedAt: null,
  closedAt: null,
  startAskedAt: null,
  undoAskedAt: null,
  keepEvidence: false,
  destroyedAt: null,
  debtSince: null,
  missing: 0,
  callNo: 0,
  claimedUntil: null,
  failures: 0,
  fault: null,
} as const satisfies Partial<Machine>;
