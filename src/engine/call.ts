// Calls to clouds. A claimed row is sent outside any transaction and its answer is recorded under the fence, the number of the
// claim. A process that was paused for longer than its claim holds must not send: the row may be somebody else's by then.

import type { FaultClass } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import type { Call, CreateRequest } from "../core/machine.ts";
import type { CallOutcome } from "../core/record.ts";
import { ProviderFault } from "../ports/provider.ts";
import { type ClaimedCall, StoreAway } from "../ports/store.ts";
import { lineOf } from "./answer.ts";
import { ask } from "./ask.ts";
import type { Clouds, Opened } from "./clouds.ts";
import type { EngineDeps } from "./deps.ts";
import type { Work } from "./pump.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { openRequest } from "./sealing.ts";

const BOUND = 64;
/** What a claim holds beyond the call's time-out: waiting for its turn before, writing the answer after. */
const CLAIM_SLACK_MS = 10_000;
/** Kept of that for writing. */
const RECORD_MS = 3_000;

export type CallDeps = EngineDeps & {
  readonly clouds: Clouds;
  /** Cuts running calls short: the process stops. */
  readonly cut: AbortSignal;
};

type ClaimTimes = Readonly<Record<Call, number>>;

export function callWork(deps: CallDeps): Work {
  const claimMs = claimTimes(deps);
  const record = createRecorder(deps);
  return {
    kind: "call",
    bound: BOUND,
    async take(free) {
      // Read before the claim is taken, so the age is never measured too short.
      const takenAt = deps.clock.monotonic();
      const claims = await deps.store.write((tx) => tx.claimCalls(free, claimMs));
      const tasks = claims.map((claim) => ({
        row: claim.machine.id,
        run: () => perform({ ...deps, record }, { claim, expiresAt: takenAt + claimMs[claim.call] }),
      }));
      return { rows: claims.length, tasks };
    },
  };
}

/** One claim time per kind of call: the slowest provider's time-out and the slack. */
function claimTimes({ providers }: EngineDeps): ClaimTimes {
  const timeouts = [...providers.values()].map(({ traits }) => traits.callTimeoutMs);
  const other = Math.max(0, ...timeouts.map((one) => one.other)) + CLAIM_SLACK_MS;
  const create = Math.max(0, ...timeouts.map((one) => one.create)) + CLAIM_SLACK_MS;
  return { create, lookup: other, start: other, console: other, destroy: other, look: other };
}

interface Claimed {
  readonly claim: ClaimedCall;
  /** On the monotonic clock of this process. */
  readonly expiresAt: number;
}

async function perform(deps: CallDeps & { readonly record: Recorder }, claimed: Claimed): Promise<void> {
  const { claim } = claimed;
  const { opened, outcome } = await openAndSend(deps, claimed);
  const written = await deps.record({ claim, opened, outcome, expiresAt: claimed.expiresAt });
  if (written.fenced) return deps.events.answerFenced(lineOf(claim), written.outcome.kind);
  if (written.outcome.kind === "fault") return deps.events.callFailed(lineOf(claim), written.outcome.fault);
  deps.events.callAnswered(lineOf(claim), written.outcome.kind);
}

async function openAndSend(deps: CallDeps, claimed: Claimed): Promise<{ opened: Opened | null; outcome: CallOutcome }> {
  const { account } = claimed.claim.machine;
  let opened: Opened;
  try {
    opened = await deps.clouds.open(account);
  } catch (error) {
    if (error instanceof StoreAway) {
      deps.events.callPutBack(lineOf(claimed.claim), error);
      return { opened: null, outcome: { kind: "not_sent" } };
    }
    if (!(error instanceof ProviderFault)) throw error;
    // Nobody was asked, whatever the provider's form check says of effects.
    return { opened: null, outcome: { kind: "fault", fault: { ...error.fault, effect: "none" }, externalId: null } };
  }
  const outcome = await send(deps, claimed, opened);
  const renewed = await renew(deps, account, outcome);
  return renewed === null || renewed.cloud === opened.cloud
    ? { opened, outcome }
    : { opened: renewed, outcome: { kind: "not_sent" } };
}

/** What refuses an account, or does not reach it, may be settings and credentials that have been mended meanwhile. */
const DOUBTS_ACCOUNT: ReadonlySet<FaultClass> = new Set(["auth", "account", "config", "transient"]);

/** The account as it is stored now, where a refusal by which nothing was done may come from how it was; null where not. */
async function renew(deps: CallDeps, account: AccountId, outcome: CallOutcome): Promise<Opened | null> {
  if (outcome.kind !== "fault" || outcome.fault.effect !== "none") return null;
  if (!DOUBTS_ACCOUNT.has(outcome.fault.class)) return null;
  try {
    return await deps.clouds.open(account, "fresh");
  } catch (error) {
    if (error instanceof StoreAway || error instanceof ProviderFault) return null;
    throw error;
  }
}

async function send(deps: CallDeps, { claim, expiresAt }: Claimed, opened: Opened): Promise<CallOutcome> {
  const { clock, cut, events } = deps;
  const { create, other } = opened.traits.callTimeoutMs;
  const ms = claim.call === "create" ? create : other;
  const request = claim.request === null ? null : openRequest(deps.secrets, claim.request);
  const leftMs = expiresAt - clock.monotonic();
  if (cut.aborted || leftMs < ms + RECORD_MS) {
    events.callNotSent(lineOf(claim), leftMs);
    return { kind: "not_sent" };
  }
  const asksForSomething = claim.call === "create" || claim.call === "start" || claim.call === "destroy";
  // The log of a provider that broke is written before the answer is.
  const hidden = [claim.machine.nonce, ...(request === null ? [] : [request.userData])];
  const effect = asksForSomething ? "unknown" : "none";
  try {
    return await ask({ clock, cut, events, opened, ms, effect, hidden, what: claim.call }, (signal) =>
      act(opened, { claim, request, installation: deps.installation, signal }),
    );
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return { kind: "fault", fault: error.fault, externalId: error.externalId };
  }
}

interface Sent {
  readonly claim: ClaimedCall;
  readonly request: CreateRequest | null;
  readonly installation: string;
  readonly signal: AbortSignal;
}

async function act({ cloud }: Opened, { claim, request, installation, signal }: Sent): Promise<CallOutcome> {
  const { id, externalId } = claim.machine;
  switch (claim.call) {
    case "create":
      invariant(request !== null, `the create of ${id} came without its request`);
      return { kind: "created", observed: await cloud.create(request, signal) };
    case "lookup":
      return { kind: "found", observed: await cloud.lookup(installation, id, signal) };
    case "look":
      return { kind: "looked", observed: await cloud.look(known(externalId, id), signal) };
    case "start":
      await cloud.start(known(externalId, id), signal);
      return { kind: "started" };
    case "console":
      return { kind: "console", text: await cloud.console(known(externalId, id), signal) };
    case "destroy":
      await cloud.destroy(known(externalId, id), signal);
      return { kind: "destroyed" };
  }
}

function known(externalId: string | null, id: string): string {
  invariant(externalId !== null, `${id} has a call that needs the cloud's id, and has none`);
  return externalId;
}
