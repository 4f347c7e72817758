// What is told of deployments to whoever follows traces. Telling takes no lock, waits for nothing and never fails.

import type { AccountId, DeploymentId } from "../core/ids.ts";
import type { Changes, Snapshot } from "../core/snapshot.ts";
import type { CallOutcome } from "../core/world/record.ts";
import type { Fault } from "../core/fault.ts";
import type { ClaimedCall, ClaimedProbe } from "./claims.ts";
import type { AccountLabels } from "./meters.ts";

/** A deployment, as far as it says which trace it is. */
export interface Traced {
  readonly id: DeploymentId;
  readonly traceparent: string | null;
}

/** A request to a cloud that answers some claims: one call, or looks at several machines. */
export interface CallsAsked {
  readonly claims: readonly ClaimedCall[];
  readonly account: AccountLabels;
  /** How long ago they were claimed. */
  readonly agedMs: () => number;
}

/** What was decided for a deployment, and is written. */
export interface Decided {
  readonly before: Snapshot;
  readonly waves: readonly Changes[];
}

/** A check from outside, and what came of it; untried: nothing kept it from passing but who was to try. */
export interface Checked {
  readonly claim: ClaimedProbe;
  readonly outcome: "passed" | "failed" | "untried";
  readonly from: number;
  readonly to: number;
}

/** A look at all that an account has. */
export interface PolledAccount {
  readonly account: AccountLabels;
  readonly id: AccountId;
  /** Each of one account has another. */
  readonly pollNo: number;
  readonly from: number;
  readonly to: number;
  /** Of the list; null: it did not come to its end. */
  readonly machines: number | null;
  readonly fault: Fault | null;
  /** Instances of which it brought news. */
  readonly news: readonly PolledNews[];
}

export interface PolledNews {
  readonly of: Traced;
  readonly instance: string;
  readonly attempt: number;
}

export interface Spans {
  /** Id of a deployment's trace, for the log; null: nobody follows traces. */
  traceIdOf(of: Traced): string | null;
  /** Carries it out; requests that it sends say of which trace they are, and what it came to is told, claim by claim. */
  calls(asked: CallsAsked, act: () => Promise<readonly CallOutcome[]>): Promise<readonly CallOutcome[]>;
  decided(decided: Decided, providerOf: (account: AccountId) => string): void;
  checked(check: Checked): void;
  polled(poll: PolledAccount): void;
}

/** Tells nobody. */
export const NO_SPANS: Spans = {
  traceIdOf: () => null,
  calls: (_, act) => act(),
  decided() {},
  checked() {},
  polled() {},
};
