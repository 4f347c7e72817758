// What a process counts of its own work. Counting takes no lock, waits for nothing and never fails.

import type { AttemptOutcome } from "../core/deployment.ts";
import type { FaultClass } from "../core/fault.ts";
import type { LaunchOutcome } from "../core/story/launch-outcome.ts";

/** An account by its name, and the provider of its cloud. */
export interface AccountLabels {
  readonly account: string;
  readonly provider: string;
}

/** How long a launch that has settled took, from the request on. */
export interface LaunchTimes {
  /** Until the first instance ran, in the attempt that settled or an earlier one; null: none did. */
  readonly firstMs: number | null;
  /** Until all were ready; null: not all are. */
  readonly allMs: number | null;
}

/** What a call came to, besides the classes of faults. `stopped`: our own end has cut it short. */
export type CallResult = "answered" | "timeout" | "stopped" | FaultClass;

interface CallMade {
  /** Such as create or list. */
  readonly call: string;
  readonly result: CallResult;
  /** What kind of fault it was; null: none. */
  readonly refusal: FaultClass | null;
  readonly ms: number;
}

export type DatabaseOutcome = "done" | "failed" | "away";

export const WEBHOOK_OUTCOMES = ["delivered", "failed", "dead"] as const;
/** Of one try; `dead`: there will be no other. */
type WebhookOutcome = (typeof WEBHOOK_OUTCOMES)[number];

export interface Meters {
  launchEnded(outcome: LaunchOutcome): void;
  launchSettled(at: AccountLabels, times: LaunchTimes): void;
  attemptEnded(at: AccountLabels, outcome: AttemptOutcome): void;
  called(at: AccountLabels, call: CallMade): void;
  rowsTaken(pump: string, rows: number): void;
  /** A step reached a reader so long after it was written. */
  stepTold(lagMs: number): void;
  webhookTried(outcome: WebhookOutcome): void;
  /** A transaction, waits for its turn included. */
  transacted(mode: "read" | "write", outcome: DatabaseOutcome, ms: number): void;
}

/** Counts nothing. */
export const NO_METERS: Meters = {
  launchEnded() {},
  launchSettled() {},
  attemptEnded() {},
  called() {},
  rowsTaken() {},
  stepTold() {},
  webhookTried() {},
  transacted() {},
};
