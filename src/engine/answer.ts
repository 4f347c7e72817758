// Recording what a cloud answered, under the fence and the deployment's lock. An answer that comes under an old claim is not
// written: what it says of the world is found again by look-up or by the tracker.

import { backoffMs } from "../core/backoff.ts";
import type { Account, Limiter } from "../core/account.ts";
import type { AccountId, DeploymentId } from "../core/ids.ts";
import { slowed, sped } from "../core/limiter.ts";
import { type CallOutcome, recordCall, type RecordedAt } from "../core/record.ts";
import { hasText, redactOutcome } from "../core/redact.ts";
import { recordStray } from "../core/stray.ts";
import { usualChangeMs } from "../core/tracking.ts";
import type { CallLine } from "../events.ts";
import type { ProviderTraits } from "../ports/provider.ts";
import type { ClaimedCall, Tx } from "../ports/store.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./deps.ts";
import { openTexts, sealChanges } from "./sealing.ts";

const RECORD_BACKOFF = { firstMs: 100, mostMs: 1_000 } as const;

export interface Answer {
  readonly claim: ClaimedCall;
  /** Null when the account could not be opened. */
  readonly opened: Opened | null;
  readonly outcome: CallOutcome;
  /** When the claim runs out, on the monotonic clock; until then writing is tried again. */
  readonly expiresAt: number;
}

/** Where no provider says more: the account cannot be opened, so nothing of this kind is concluded. */
const NO_TRAITS: ProviderTraits = {
  visibilityMs: 120_000,
  callTimeoutMs: { create: 60_000, other: 30_000 },
  usualBootMs: 30_000,
};

export function lineOf({ machine, call, callNo }: ClaimedCall): CallLine {
  return { machine: machine.id, deployment: machine.deployment, account: machine.account, call, callNo };
}

export interface Written {
  /** Without secrets. */
  readonly outcome: CallOutcome;
  /** Somebody else has the row by now, so nothing of it was written. */
  readonly fenced: boolean;
}

/** Writes the answer, again and again while the claim lasts. */
export async function recordAnswer(deps: EngineDeps, answer: Answer): Promise<Written> {
  const { clock, store, events } = deps;
  for (let failures = 1; ; failures += 1) {
    try {
      return await store.write((tx) => write(deps, tx, answer));
    } catch (error) {
      const pauseMs = backoffMs(RECORD_BACKOFF, failures, { key: answer.claim.machine.id, retryAfterMs: null });
      if (clock.monotonic() + pauseMs > answer.expiresAt) throw error;
      events.answerNotWritten(lineOf(answer.claim), error, pauseMs);
      await clock.sleep(pauseMs);
    }
  }
}

async function write(deps: EngineDeps, tx: Tx, answer: Answer): Promise<Written> {
  const { claim, opened } = answer;
  const { id, account, deployment } = claim.machine;
  const traits = opened?.traits ?? NO_TRAITS;
  const locked = deployment === null ? await tx.lockMachine(id) : await tx.lock([deployment]);
  const outcome = await cleaned(deps, tx, answer);
  if (locked === null || !(await tx.endClaim(id, claim.callNo))) {
    await tx.pollBy(account, await tx.now());
    return { outcome, fenced: true };
  }
  const at = { now: locked.now, askedAt: claim.now, traits };
  if ("machine" in locked) await tx.putStray(recordStray(locked.machine, { call: claim.call, outcome }, at));
  else await writeMachine(deps, tx, { claim, outcome, ids: locked.ids, at });
  await feedLimiter(tx, account, { outcome, now: locked.now });
  const waitMs = usualChangeMs(outcome, traits.usualBootMs);
  if (waitMs !== null) await tx.pollBy(account, locked.now + waitMs);
  return { outcome, fenced: false };
}

async function writeMachine(
  deps: EngineDeps,
  tx: Tx,
  answer: {
    readonly claim: ClaimedCall;
    readonly outcome: CallOutcome;
    readonly ids: readonly DeploymentId[];
    readonly at: RecordedAt;
  },
): Promise<void> {
  const { claim, outcome, ids, at } = answer;
  for (const snapshot of await tx.snapshots(ids)) {
    const waves = recordCall(snapshot, { machine: claim.machine.id, call: claim.call, outcome }, at);
    for (const changes of waves) await tx.apply([sealChanges(deps.secrets, changes)]);
  }
}

/** What the answer says about the account's pace. Faults of other kinds say nothing about it. */
async function feedLimiter(tx: Tx, id: AccountId, answer: { outcome: CallOutcome; now: number }): Promise<void> {
  const { outcome, now } = answer;
  const throttle = outcome.kind === "fault" && outcome.fault.class === "throttle" ? outcome.fault : null;
  if (outcome.kind === "not_sent" || (outcome.kind === "fault" && throttle === null)) return;
  const paced = ({ limiter }: Account): Limiter => (throttle === null ? sped(limiter) : slowed(limiter, throttle, now));
  const account = await tx.account(id);
  if (account === null || isSame(paced(account), account.limiter)) return;
  // Answers come at the same time: each must add to what the others have written, or a pause is lost.
  const locked = await tx.lockAccount(id);
  if (locked !== null) await tx.setLimiter(id, paced(locked));
}

function isSame(a: Limiter, b: Limiter): boolean {
  return a.parallel === b.parallel && a.pausedUntil === b.pausedUntil;
}

/** The outcome without the deployment's secret parameters and the account's credentials in its texts. */
async function cleaned(deps: EngineDeps, tx: Tx, { claim, opened, outcome }: Answer): Promise<CallOutcome> {
  if (!hasText(outcome)) return outcome;
  const { deployment } = claim.machine;
  const sealed = deployment === null ? undefined : (await tx.secretsOf([deployment])).get(deployment);
  return redactOutcome(outcome, [...(opened?.secrets ?? []), ...Object.values(openTexts(deps.secrets, sealed))]);
}
