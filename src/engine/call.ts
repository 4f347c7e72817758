// Calls to clouds. A claimed row is sent outside any transaction and its answer is recorded under the fence, the number of the
// claim. A process that was paused for longer than its claim holds must not send: the row may be somebody else's by then.

import type { FaultClass } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import type { CallOutcome } from "../core/world/record.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { ClaimedCall } from "../ports/claims.ts";
import { StoreAway } from "../ports/store.ts";
import { isThrottle, lineOf } from "./answer.ts";
import type { Clouds, Lent, Opened } from "./clouds.ts";
import type { DecidingDeps } from "./follow.ts";
import { CLAIM_MS, createLeases, type Leases } from "./leases.ts";
import type { Work } from "./pump.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { isShared, send, type Sending } from "./send.ts";

/**
 * Shared by what accounts have in flight (`claimCalls`): beside sixty accounts that hang, whatever each of them may have in flight, there is
 * room for eight calls of another, which is what an account begins with.
 */
const BOUND = 1_024;
/** Writing what was answered is tried for so long: the fence tells whether it still counts. */
const RECORD_MS = 60_000;

export type CallDeps = DecidingDeps & {
  readonly clouds: Clouds;
  /** Cuts running calls short: the process stops. */
  readonly cut: AbortSignal;
};

type Deps = CallDeps & { readonly record: Recorder; readonly leases: Leases };

export function callWork(given: CallDeps): Work {
  const deps = { ...given, record: createRecorder(given), leases: createLeases(given, given.cut) };
  return {
    kind: "call",
    bound: BOUND,
    async take(free) {
      const takenAt = deps.clock.monotonic();
      const jobs = jobsOf(await deps.store.write((tx) => tx.claimCalls(free, CLAIM_MS)));
      const tasks = jobs.map((job) => ({
        row: job.map(({ machine }) => machine.id).join(" "),
        run: () => perform(deps, job, takenAt),
      }));
      return { rows: jobs.length, tasks };
    },
  };
}

/** What one request asks, or a few: a call, or the looks at one account, or the look-ups there. Never empty. */
type Job = readonly ClaimedCall[];

function jobsOf(claims: readonly ClaimedCall[]): readonly Job[] {
  const keyOf = ({ machine, call }: ClaimedCall): string =>
    isShared(call) ? `${call} ${machine.account}` : machine.id;
  return [...Map.groupBy(claims, keyOf).values()];
}

/** What came of some claims of a job. */
interface Sent {
  readonly claims: Job;
  /** Null when the account could not be opened. */
  readonly opened: Opened | null;
  /** In the order of the claims. */
  readonly outcomes: readonly CallOutcome[];
}

async function perform(deps: Deps, job: Job, takenAt: number): Promise<void> {
  using lease = deps.leases.hold(job, takenAt);
  // Each is written as it comes: whatever becomes of the rest, nothing that was learnt is lost.
  const times = { leftMs: () => lease.leftMs(), agedMs: () => deps.clock.monotonic() - takenAt };
  for await (const sent of openAndSend(deps, job, times)) {
    await record(deps, sent);
    lease.release(sent.claims);
  }
}

async function record(deps: Deps, { claims, opened, outcomes }: Sent): Promise<void> {
  const expiresAt = deps.clock.monotonic() + RECORD_MS;
  // One request, one word on the pace: that it is to be slower, if it was throttled for any of them.
  const paced = Math.max(0, outcomes.findIndex(isThrottle));
  const recordOne = async (claim: ClaimedCall, at: number): Promise<void> => {
    const outcome = outcomes[at] ?? { kind: "not_sent" };
    const written = await deps.record({ claim, opened, outcome, expiresAt, isPaced: at === paced });
    if (written.fenced) return deps.events.answerFenced(lineOf(claim), written.outcome.kind);
    if (written.outcome.kind === "fault") return deps.events.callFailed(lineOf(claim), written.outcome.fault);
    deps.events.callAnswered(lineOf(claim), written.outcome.kind);
  };
  await Promise.all(claims.map(recordOne));
}

async function* openAndSend(
  deps: Deps,
  job: Job,
  times: Pick<Sending, "leftMs" | "agedMs">,
): AsyncGenerator<Sent, void> {
  const [first] = job;
  if (first === undefined) return;
  const { account } = first.machine;
  let lent: Lent;
  try {
    lent = await deps.clouds.open(account);
  } catch (error) {
    if (error instanceof StoreAway) {
      deps.events.callPutBack(lineOf(first), error);
      return yield { claims: job, opened: null, outcomes: [] };
    }
    if (!(error instanceof ProviderFault)) throw error;
    // Nobody was asked, whatever the provider's form check says of effects.
    const fault = { ...error.fault, effect: "none" } as const;
    return yield { claims: job, opened: null, outcomes: job.map(() => ({ kind: "fault", fault, externalId: null })) };
  }
  using opened = lent;
  for await (const { claims, outcomes } of send(deps, { job, opened, ...times })) {
    using renewed = await renew(deps, account, outcomes);
    const isMended = renewed !== null && renewed.cloud !== opened.cloud;
    yield isMended ? { claims, opened: renewed, outcomes: [] } : { claims, opened, outcomes };
  }
}

/** What refuses an account, or does not reach it, may be settings and credentials that have been mended meanwhile. */
const DOUBTS_ACCOUNT: ReadonlySet<FaultClass> = new Set(["auth", "account", "config", "transient"]);

/** The account as it is stored now, where refusals by which nothing was done may come from how it was; null where not. */
async function renew(deps: CallDeps, account: AccountId, outcomes: readonly CallOutcome[]): Promise<Lent | null> {
  const isDoubtful = (outcome: CallOutcome): boolean =>
    outcome.kind === "fault" && outcome.fault.effect === "none" && DOUBTS_ACCOUNT.has(outcome.fault.class);
  if (!outcomes.every(isDoubtful)) return null;
  try {
    return await deps.clouds.open(account, "fresh");
  } catch (error) {
    if (error instanceof StoreAway || error instanceof ProviderFault) return null;
    throw error;
  }
}
