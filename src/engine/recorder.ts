// Recording what clouds answered: answers of one account that arrive until a transaction has begun are written in it together, and those that
// come later in the next one. An answer alone waits for nothing, and under load a transaction serves as many as came.

import { backoffMs } from "../core/world/backoff.ts";
import type { AccountId } from "../core/ids.ts";
import { invariant } from "../core/invariant.ts";
import type { Decided } from "../ports/spans.ts";
import { StoreAway } from "../ports/store.ts";
import { type Answer, lineOf, writeAnswers, writeStrayAnswer, type Written } from "./answer.ts";
import { type DecidingDeps, tellDecided } from "./follow.ts";

const RECORD_BACKOFF = { firstMs: 100, mostMs: 1_000 } as const;

/** Resolves when the answer is written; rejects when it could not be before it expired. */
export type Recorder = (answer: Answer) => Promise<Written>;

/** `cut`: the process stops, and what is not written by then is left to its claim. */
type RecorderDeps = DecidingDeps & { readonly cut: AbortSignal };

interface Waiting {
  readonly answer: Answer;
  readonly settle: PromiseWithResolvers<Written>;
}

export function createRecorder(deps: RecorderDeps): Recorder {
  /** What waits, of the accounts that somebody writes for. */
  const queues = new Map<AccountId, Waiting[]>();

  async function drain(account: AccountId, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) await writeTogether(deps, queue);
    queues.delete(account);
  }

  return (answer) => {
    const { account, deployment } = answer.claim.machine;
    if (deployment === null) return writeApart(deps, answer);
    const settle = Promise.withResolvers<Written>();
    const queue = queues.get(account) ?? [];
    queue.push({ answer, settle });
    if (!queues.has(account)) {
      queues.set(account, queue);
      void drain(account, queue);
    }
    return settle.promise;
  };
}

/**
 * Writes what waits, and takes it from there. Never rejects. Where one cannot be written each goes its own way, and nobody waits for it here: it
 * may try for long.
 */
async function writeTogether(deps: RecorderDeps, queue: Waiting[]): Promise<void> {
  let batch: readonly Waiting[] = [];
  let decided: readonly Decided[] = [];
  try {
    const told = await deps.store.write((tx) => {
      // A transaction waits for its connection, and more come meanwhile. One that is begun again has the same to write.
      if (batch.length === 0) batch = queue.splice(0);
      return writeAnswers(deps, tx, { answers: batch.map(({ answer }) => answer), extent: "decide" });
    });
    for (const [at, { settle }] of batch.entries()) settle.resolve(one(told.written.slice(at)));
    decided = told.decided;
  } catch (error) {
    if (batch.length === 0) batch = queue.splice(0);
    for (const { answer, settle } of batch) {
      // One that came alone has just been tried, unless what was decided with it may be why it was refused; of several, all but one may be as good as ever.
      const isTried = batch.length === 1 && error instanceof StoreAway;
      const written = isTried ? writeAgain(deps, answer, error) : writeApart(deps, answer);
      written.then(settle.resolve, settle.reject);
    }
  }
  tellDecided(deps, decided);
}

/** By itself, at once, and again until it expires. */
function writeApart(deps: RecorderDeps, answer: Answer): Promise<Written> {
  return writeAlone(deps, answer).catch((error: unknown) => writeAgain(deps, answer, error));
}

/** With nothing decided: what follows may be what cannot be written. */
function writeAlone(deps: DecidingDeps, answer: Answer): Promise<Written> {
  return deps.store.write(async (tx) => {
    if (answer.claim.machine.deployment === null) return writeStrayAnswer(deps, tx, answer);
    return one((await writeAnswers(deps, tx, { answers: [answer], extent: "record" })).written);
  });
}

/** By itself, again and again until it expires, after a try of it alone that came to `refused`. */
async function writeAgain(deps: RecorderDeps, answer: Answer, refused: unknown): Promise<Written> {
  const { clock, events, cut } = deps;
  let error = refused;
  for (let failures = 1; ; failures += 1) {
    const pauseMs = backoffMs(RECORD_BACKOFF, failures, { key: answer.claim.machine.id, retryAfterMs: null });
    if (cut.aborted || clock.monotonic() + pauseMs > answer.expiresAt) throw error;
    if (error instanceof StoreAway) events.answerWaits(lineOf(answer.claim), error, pauseMs);
    else events.answerNotWritten(lineOf(answer.claim), error, pauseMs);
    await clock.sleep(pauseMs, cut);
    try {
      return await writeAlone(deps, answer);
    } catch (thrown) {
      error = thrown;
    }
  }
}

function one(written: readonly Written[]): Written {
  const [first] = written;
  invariant(first !== undefined, "an answer was written without a word of what became of it");
  return first;
}
