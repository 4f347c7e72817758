// One job on its way to a cloud: a call of one machine, or looks at several.

import { type Fault, isUnanswered, STOPPED } from "../core/fault.ts";
import { invariant } from "../core/invariant.ts";
import { type Call, type CreateRequest, type Handle, knownOf, refOf } from "../core/machine.ts";
import { lookedTogether } from "../core/world/limiter.ts";
import { REBOOT_LATE } from "../core/world/reboot.ts";
import type { CallOutcome } from "../core/world/record.ts";
import { type Cloud, type Found, HandleNotKept, type Look, ProviderFault } from "../ports/provider.ts";
import type { ClaimedCall } from "../ports/claims.ts";
import type { Store } from "../ports/store.ts";
import { isThrottle, lineOf } from "./answer.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";
import type { CallDeps } from "./call.ts";
import { openRequest } from "../ports/sealing.ts";

/** A claim with less left is not acted on: this process stood still, and the row is about to be somebody else's. */
export const CLAIM_LEAST_MS = 3_000;

export interface Sending {
  /** One call, or looks only, or look-ups only. */
  readonly job: readonly ClaimedCall[];
  readonly opened: Opened;
  /** How long the claims still hold. */
  readonly leftMs: () => number;
  /** How long ago they were taken. */
  readonly agedMs: () => number;
}

/** What came of one request: of some claims of the job, in their order. */
export interface Answered {
  readonly claims: readonly ClaimedCall[];
  readonly outcomes: readonly CallOutcome[];
}

/** What came of the job, request by request. */
export async function* send(deps: CallDeps, sending: Sending): AsyncGenerator<Answered, void> {
  const { job } = sending;
  const [first] = job;
  if (first === undefined) return;
  if (isShared(first.call)) return yield* lookAll(deps, sending);
  if (!isSendable(deps, sending, first)) return yield { claims: job, outcomes: [NOT_SENT] };
  const outcomes = await told(deps, { ...sending, claims: [first] }, async () => [await sendOne(deps, sending, first)]);
  yield { claims: job, outcomes };
}

/** What is asked of a cloud, and what it comes to, is told as spans of the deployments that it is for. */
function told(
  { events }: CallDeps,
  asking: Pick<Sending, "opened" | "agedMs"> & Pick<Answered, "claims">,
  act: () => Promise<readonly CallOutcome[]>,
): Promise<readonly CallOutcome[]> {
  const { name: account, provider } = asking.opened.account;
  return events.calls({ ...asking, account: { account, provider } }, act);
}

/** What is asked about several machines of an account at once. */
export const isShared = (call: Call): call is "look" | "lookup" => call === "look" || call === "lookup";

const NOT_SENT: CallOutcome = { kind: "not_sent" };

function isSendable({ cut, events }: CallDeps, { leftMs }: Pick<Sending, "leftMs">, claim: ClaimedCall): boolean {
  const left = leftMs();
  if (!cut.aborted && left >= CLAIM_LEAST_MS) return true;
  events.callNotSent(lineOf(claim), left);
  return false;
}

/**
 * As many at once as the cloud takes, fewer where it throttles, and the rest after them. When a whole request fails the rest goes back: it is claimed anew, with
 * what is due by then, so that a cloud that hangs holds up nobody for more than one time-out.
 */
async function* lookAll(deps: CallDeps, { job, opened, ...rest }: Sending): AsyncGenerator<Answered, void> {
  const [first] = job;
  const most = first === undefined ? 1 : lookedTogether(first, opened.traits.lookMost);
  for (let from = 0; from < job.length; from += most) {
    const claims = job.slice(from, from + most);
    const isFree = claims.every((claim) => isSendable(deps, rest, claim));
    const looked = isFree ? await lookAt(deps, { ...rest, opened }, claims) : null;
    if (looked !== null) yield { claims, outcomes: looked.outcomes };
    if (looked?.goesOn === true) continue;
    const left = job.slice(looked === null ? from : from + most);
    return yield { claims: left, outcomes: left.map(() => NOT_SENT) };
  }
}

interface Looked {
  readonly outcomes: readonly CallOutcome[];
  /** The request had an answer, and its cloud has not asked for a pause. */
  readonly goesOn: boolean;
}

async function lookAt(
  deps: CallDeps,
  sending: Pick<Sending, "opened" | "agedMs">,
  claims: readonly ClaimedCall[],
): Promise<Looked> {
  let goesOn = false;
  const outcomes = await told(deps, { ...sending, claims }, async () => {
    const looked = await lookOnce(deps, sending.opened, claims);
    goesOn = looked.goesOn;
    return looked.outcomes;
  });
  return { outcomes, goesOn };
}

async function lookOnce(deps: CallDeps, opened: Opened, some: readonly ClaimedCall[]): Promise<Looked> {
  const { clock, cut, events } = deps;
  const hidden = some.map(({ machine }) => machine.nonce);
  const what = some.some(({ call }) => call === "lookup") ? "lookup" : "look";
  const asking = { clock, cut, events, opened, ms: opened.traits.callTimeoutMs.other, hidden, what } as const;
  try {
    const said = await ask<ReadonlyMap<string, Look | Found>>({ ...asking, effect: "none" }, (signal) =>
      what === "lookup"
        ? opened.cloud.lookup(
            deps.installation,
            some.map(({ machine }) => refOf(machine)),
            signal,
          )
        : opened.cloud.look(
            some.map(({ machine }) => knownOf(machine)),
            signal,
          ),
    );
    const outcomes = some.map(({ machine }) => lookedBy(said.get(machine.id) ?? unsaid(machine.realm)));
    const isUnheard = outcomes.every((one) => one.kind === "fault" && isUnanswered(one.fault));
    return { outcomes, goesOn: !isUnheard && !outcomes.some(isThrottle) };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const outcome = failed(error);
    return { outcomes: some.map(() => outcome), goesOn: false };
  }
}

/** What our own end has cut short and nothing comes of is as good as not asked for. */
function failed({ fault, externalId }: ProviderFault): CallOutcome {
  return fault.code === STOPPED && fault.effect === "none" ? NOT_SENT : { kind: "fault", fault, externalId };
}

function lookedBy(look: Look | Found): CallOutcome {
  switch (look.kind) {
    case "found":
      return look;
    case "seen":
      return { kind: "looked", observed: look.observed };
    case "absent":
      return { kind: "looked", observed: null };
    case "unknown":
      return { kind: "fault", fault: { ...look.fault, effect: "none" }, externalId: null };
  }
}

function unsaid(realm: string): Look & Found {
  const fault: Fault = {
    class: "transient",
    scope: "realm",
    effect: "none",
    retryAfterMs: null,
    code: "left_out",
    text: `the cloud's answer says nothing of a machine in ${realm} that it was asked for`,
    requestId: null,
  };
  return { kind: "unknown", fault };
}

async function sendOne(deps: CallDeps, { opened, leftMs }: Sending, claim: ClaimedCall): Promise<CallOutcome> {
  const { clock, cut, events } = deps;
  const { create, other } = opened.traits.callTimeoutMs;
  const ms = claim.call === "create" ? create : other;
  const request = claim.request === null ? null : openRequest(deps.secrets, claim.request);
  const asksForSomething =
    claim.call === "create" || claim.call === "start" || claim.call === "reboot" || claim.call === "destroy";
  // The log of a provider that broke is written before the answer is.
  const hidden = [claim.machine.nonce, ...(request === null ? [] : [request.userData])];
  const effect = asksForSomething ? "unknown" : "none";
  try {
    return await ask({ clock, cut, events, opened, ms, effect, hidden, what: claim.call }, (signal) =>
      act(deps, { opened, claim, request, leftMs, signal }),
    );
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return failed(error);
  }
}

interface Act {
  readonly opened: Opened;
  readonly claim: ClaimedCall;
  readonly request: CreateRequest | null;
  readonly leftMs: () => number;
  readonly signal: AbortSignal;
}

async function act(deps: CallDeps, { opened, claim, request, leftMs, signal }: Act): Promise<CallOutcome> {
  const { cloud } = opened;
  const { machine } = claim;
  switch (claim.call) {
    case "create":
      invariant(request !== null, `the create of ${machine.id} came without its request`);
      return {
        kind: "created",
        observed: await cloud.create(request, keeping(deps.store, { claim, leftMs, signal }), signal),
      };
    case "start":
      await cloud.start(knownOf(machine), signal);
      return { kind: "started" };
    case "reboot":
      return reboot(cloud, claim, signal);
    case "console":
      return { kind: "console", text: await cloud.console(knownOf(machine), signal) };
    case "destroy":
      await cloud.destroy(knownOf(machine), signal);
      return { kind: "destroyed" };
    case "look":
    case "lookup":
      throw new Error(`${machine.id} is looked at alone`);
  }
}

/** What nobody waits for any more is not asked: the machine would go down when nobody expects it. */
async function reboot(cloud: Cloud, { machine, now }: ClaimedCall, signal: AbortSignal): Promise<CallOutcome> {
  if (cloud.reboot === undefined) throw notRebooted("config", "no_reboot", "its cloud cannot reboot machines");
  if (now >= Number(machine.rebootUntil)) {
    throw notRebooted("conflict", "reboot_late", REBOOT_LATE);
  }
  await cloud.reboot(knownOf(machine), signal);
  return { kind: "rebooted" };
}

function notRebooted(kind: "config" | "conflict", code: string, text: string): ProviderFault {
  const nothing = { scope: "account", effect: "none", retryAfterMs: null, requestId: null } as const;
  return new ProviderFault({ class: kind, code, text, ...nothing });
}

/**
 * Writes the handle under the call's fence, before the provider goes on. It must not where this process stood still meanwhile, or where
 * the call is over for everybody but the provider: by the time at which its next request took effect the machine may have been proven
 * absent.
 */
function keeping(
  store: Store,
  { claim, leftMs, signal }: Pick<Act, "claim" | "leftMs" | "signal">,
): (handle: Handle) => Promise<void> {
  return async (handle) => {
    if (signal.aborted) throw new HandleNotKept(`the call for ${claim.machine.id} is over`);
    let isKept: boolean;
    try {
      isKept = await store.write((tx) => tx.keepHandle(claim, handle));
    } catch (error) {
      throw new HandleNotKept(`what is known of ${claim.machine.id} could not be written`, { cause: error });
    }
    if (!isKept) throw new HandleNotKept(`${claim.machine.id} is not wanted any more, or asked for by somebody else`);
    if (signal.aborted || leftMs() < CLAIM_LEAST_MS)
      throw new HandleNotKept(`the claim of ${claim.machine.id} is about to end`);
  };
}
