// Writing what clouds answered, under the fence of each call and the locks of its deployments. An answer that comes under an old
// claim is not written: what it says of the world is found again by look-up or by the tracker.

import type { Account, Limiter } from "../core/account.ts";
import type { Draft } from "../core/decision/draft.ts";
import { isUnanswered } from "../core/fault.ts";
import type { AccountId, DeploymentId } from "../core/ids.ts";
import { type Answered, slowed, sped, strained } from "../core/world/limiter.ts";
import { type CallAnswer, type CallOutcome, recordCalls } from "../core/world/record.ts";
import { hasText } from "../core/world/outcome.ts";
import { redactOutcome } from "../core/secrecy/redact.ts";
import { recordStray } from "../core/world/stray.ts";
import { firstLookMs, habitOf, PAST_MOST, type TransitStep, usualChangeMs } from "../core/world/habit.ts";
import type { CallLine } from "../log.ts";
import type { ProviderTraits } from "../ports/provider.ts";
import type { ClaimedCall } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { type DecidingDeps, type Extent, writeNews } from "./follow.ts";
import { openValues } from "../ports/sealing.ts";
import type { Decided } from "../ports/spans.ts";

export interface Answer {
  readonly claim: ClaimedCall;
  /** Null when the account could not be opened. */
  readonly opened: Opened | null;
  readonly outcome: CallOutcome;
  /** On the monotonic clock: until then writing is tried again. */
  readonly expiresAt: number;
  /** Whether it counts for the account's pace: of several that one request gave, one does. */
  readonly isPaced: boolean;
}

/** Where no provider says more: the account cannot be opened, so nothing of this kind is concluded. */
const NO_TRAITS: ProviderTraits = {
  visibilityMs: 120_000,
  callTimeoutMs: { create: 60_000, other: 30_000 },
  usualBootMs: 30_000,
  lookMost: 1,
  looksTogether: false,
  userDataBytesMost: 0,
};

export function lineOf({ machine, call, callNo, traceparent }: ClaimedCall): CallLine {
  const { id, deployment, account } = machine;
  return { machine: id, deployment, traceparent, account, call, callNo };
}

export interface Written {
  /** Without secrets. */
  readonly outcome: CallOutcome;
  /** Somebody else has the row by now, so nothing of it was written. */
  readonly fenced: boolean;
}

/** An answer that is safe to keep. */
interface Clean {
  readonly claim: ClaimedCall;
  readonly isPaced: boolean;
  readonly outcome: CallOutcome;
  readonly traits: ProviderTraits;
  /** The cloud tells by itself what changes. */
  readonly isAnnounced: boolean;
}

interface WrittenTogether {
  /** In the order of the answers. */
  readonly written: readonly Written[];
  /** To be told of once it is committed. */
  readonly decided: readonly Decided[];
}

/** Writes answers of machines of deployments, all of one account: all of them or, when one cannot be written, none. */
export async function writeAnswers(
  deps: DecidingDeps,
  tx: Tx,
  { answers, extent }: { readonly answers: readonly Answer[]; readonly extent: Extent },
): Promise<WrittenTogether> {
  const asked = [...new Set(answers.map(({ claim }) => claim.machine.deployment))].filter((id) => id !== null);
  const { now, ids } = await tx.lock(asked);
  const clean = await cleaned(deps, tx, answers);
  // Before the claims end: it locks the machines in the order of their ids.
  const snapshots = await tx.snapshots(ids);
  const held = await tx.endClaims(answers.map(({ claim }) => claim));
  const valid = clean.filter((_, at) => held[at]);
  const byDeployment = Map.groupBy(valid, ({ claim }) => claim.machine.deployment);
  const news = snapshots.flatMap((snapshot) => {
    const mine = byDeployment.get(snapshot.deployment.id)?.map(recorded);
    return mine === undefined ? [] : [{ snapshot, now, recording: (draft: Draft) => recordCalls(draft, mine) }];
  });
  const decided = await writeNews(deps, tx, { news, extent });
  await tellAccount(tx, { answers: clean, written: valid, now, random: deps.random });
  return { written: clean.map(({ outcome }, at) => ({ outcome, fenced: held[at] !== true })), decided };
}

/** Writes the answer of a machine that belongs to no deployment. */
export async function writeStrayAnswer({ random }: EngineDeps, tx: Tx, answer: Answer): Promise<Written> {
  const { claim } = answer;
  const clean = cleanedBy(answer, []);
  const locked = await tx.lockMachine(claim.machine.id);
  const now = locked?.now ?? (await tx.now());
  const [isHeld = false] = await tx.endClaims([claim]);
  const written = locked !== null && isHeld ? [clean] : [];
  if (locked !== null && isHeld) await tx.putStray(recordStray(locked.machine, recorded(clean), now));
  await tellAccount(tx, { answers: [clean], written, now, random });
  return { outcome: clean.outcome, fenced: written.length === 0 };
}

function recorded({ claim, outcome, traits }: Clean): CallAnswer {
  return { machine: claim.machine.id, call: claim.call, outcome, askedAt: claim.now, traits };
}

/** The answers without the deployments' secret parameters and the account's credentials in their texts. */
async function cleaned(deps: EngineDeps, tx: Tx, answers: readonly Answer[]): Promise<Clean[]> {
  const worded = new Set<DeploymentId>();
  for (const { claim, outcome } of answers) {
    if (claim.machine.deployment !== null && hasText(outcome)) worded.add(claim.machine.deployment);
  }
  const sealed = worded.size === 0 ? new Map<DeploymentId, readonly string[]>() : await tx.secretSetsOf([...worded]);
  return answers.map((answer) => {
    const { deployment } = answer.claim.machine;
    const secrets = deployment === null ? undefined : sealed.get(deployment);
    const { nonce } = answer.claim.machine;
    return cleanedBy(answer, [nonce, ...openValues(deps.secrets, secrets)]);
  });
}

function cleanedBy({ claim, opened, outcome, isPaced }: Answer, secrets: readonly string[]): Clean {
  const traits = opened?.traits ?? NO_TRAITS;
  const isAnnounced = opened?.cloud.watch !== undefined;
  return {
    claim,
    isPaced,
    traits,
    isAnnounced,
    outcome: redactOutcome(outcome, [...(opened?.secrets ?? []), ...secrets]),
  };
}

/** What the answers say of the account that all of them are of: its pace, and when it is worth a look. */
async function tellAccount(
  tx: Tx,
  told: {
    readonly answers: readonly Clean[];
    readonly written: readonly Clean[];
    readonly now: number;
    /** Draws from [0, 1). */
    readonly random: () => number;
  },
): Promise<void> {
  const { answers, written, now, random } = told;
  const [first] = answers;
  const account = first === undefined ? null : await tx.account(first.claim.machine.account);
  if (account === null) return;
  const outcomes = written
    .filter(({ isPaced }) => isPaced)
    .map(({ outcome, claim }) => ({ outcome, askedAt: claim.now }));
  await feedLimiter(tx, account, { outcomes, now });
  const waits = await usualChanges(tx, account.id, { written, now, random });
  // What was not written is found again by a look.
  if (written.length < answers.length) waits.push(0);
  const soonest = Math.min(...waits.map((ms) => ms ?? Infinity));
  if (soonest !== Infinity) await tx.pollBy(account.id, now + soonest);
}

/** How long after these answers the account is worth a look: of each null where nothing is under way. */
async function usualChanges(
  tx: Tx,
  id: AccountId,
  { written, now, random }: { readonly written: readonly Clean[]; readonly now: number; readonly random: () => number },
): Promise<(number | null)[]> {
  const steps = written.map(({ claim, outcome, traits, isAnnounced }) => {
    const step: TransitStep = { step: claim.call === "start" ? "start" : "boot", size: claim.machine.size };
    return { step, outcome, usualMs: traits.usualBootMs, isAnnounced };
  });
  const isSlow = ({ outcome, usualMs }: (typeof steps)[number]): boolean => (usualChangeMs(outcome, usualMs) ?? 0) > 0;
  const sizes = [...new Set(steps.filter(isSlow).map(({ step }) => step.size))];
  const past = sizes.length === 0 ? [] : await tx.pastBoots(id, sizes, PAST_MOST);
  const expected = steps.map(({ step, usualMs, isAnnounced }) => {
    return { habit: habitOf(past, step), usualMs, isAnnounced, random: random() };
  });
  const isNew = sizes.length > 0 && expected.some(({ habit }) => habit === null);
  const isFirst = isNew && (await tx.inTransit(id)).every(({ oldestAt }) => oldestAt >= now);
  return steps.map(({ outcome }, at) => {
    const one = expected[at];
    return one === undefined ? null : usualChangeMs(outcome, firstLookMs({ ...one, isFirst }));
  });
}

interface Paced {
  readonly outcome: CallOutcome;
  readonly askedAt: number;
}

async function feedLimiter(
  tx: Tx,
  account: Account,
  { outcomes, now }: { readonly outcomes: readonly Paced[]; readonly now: number },
): Promise<void> {
  const paced = ({ limiter }: Account): Limiter =>
    outcomes.reduce((pace, { outcome, askedAt }) => paceAfter(pace, outcome, { askedAt, now }), limiter);
  if (isSame(paced(account), account.limiter)) return;
  // Answers come at the same time: each must add to what the others have written, or a pause is lost.
  const locked = await tx.lockAccount(account.id);
  if (locked !== null) await tx.setLimiter(account.id, paced(locked));
}

/** The cloud is to be asked less. */
export const isThrottle = (outcome: CallOutcome): boolean =>
  outcome.kind === "fault" && outcome.fault.class === "throttle";

/** What an answer says about the account's pace. Faults other than throttles and time-outs say nothing about it. */
function paceAfter(limiter: Limiter, outcome: CallOutcome, when: Answered): Limiter {
  if (outcome.kind === "not_sent") return limiter;
  if (outcome.kind !== "fault") return sped(limiter);
  if (outcome.fault.class === "throttle") return slowed(limiter, outcome.fault, when);
  return isUnanswered(outcome.fault) ? strained(limiter) : limiter;
}

function isSame(a: Limiter, b: Limiter): boolean {
  return a.parallel === b.parallel && a.pausedUntil === b.pausedUntil;
}
