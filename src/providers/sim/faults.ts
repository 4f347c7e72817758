// What the simulated cloud's refusals mean. The table is total: a code that is added there does not compile here.

import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { CloudError, type CloudErrorCode, CloudUnreachable, LostAnswer } from "../../../datacentre/src/cloud-api.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const NO_ROOM: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
const ACCOUNT_CLOSED: Verdict = { class: "account", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** Wrong here only: the account's catalogue or mapping is out of date, or something of it is protected. */
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
/** Collides with what the machine is going through; right once that is over. */
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
/** Server errors may have made the machine all the same. */
const BROKEN: Verdict = { class: "transient", scope: "realm", effect: "unknown" };
/** What holds the name or the token may be ours, from an earlier request whose answer was lost. */
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "realm", effect: "unknown" };

const VERDICTS: Readonly<Record<CloudErrorCode, Verdict>> = {
  insufficient_capacity: NO_ROOM,
  quota_exceeded: OVER_QUOTA,
  quota_zero: OVER_QUOTA,
  throttled: TOO_FAST,
  wrong_key: NOT_LET_IN,
  forbidden: NOT_LET_IN,
  account_suspended: ACCOUNT_CLOSED,
  invalid_request: WRONG_REQUEST,
  invalid_user_data: WRONG_REQUEST,
  image_not_found: WRONG_REQUEST,
  invalid_realm: WRONG_HERE,
  invalid_size: WRONG_HERE,
  protected: WRONG_HERE,
  internal_error: BROKEN,
  unavailable: BROKEN,
  name_taken: TAKEN,
  token_mismatch: TAKEN,
  locked: NOT_NOW,
  wrong_state: NOT_NOW,
  not_found: MISSING,
  unexplained: UNEXPLAINED,
};

/** A limit of zero is lifted by a person, not by time: it is worth an hour at the least. */
const QUOTA_ZERO_PAUSE_MS = 60 * 60_000;

/** The fault of a refused or failed request. */
export function faultOf(error: CloudError): Fault {
  const retryAfterMs = error.code === "quota_zero" ? QUOTA_ZERO_PAUSE_MS : error.retryAfterMs;
  return { ...VERDICTS[error.code], retryAfterMs, code: error.code, text: error.message, requestId: null };
}

/** The fault that a machine shows: whatever it means, the machine exists. */
export function machineFault(shown: { readonly code: CloudErrorCode; readonly text: string }): Fault {
  return { ...faultOf(new CloudError(shown.code, shown.text)), effect: "made" };
}

/**
 * What to throw for what a call to the cloud threw: its refusals and lost answers become faults; the signal's reason, and
 * bugs, stay what they are.
 */
export function translate(error: unknown): unknown {
  if (error instanceof CloudError) return new ProviderFault(faultOf(error), { cause: error });
  if (error instanceof LostAnswer) return wireFault(error, { effect: "unknown", code: "answer_lost" });
  if (error instanceof CloudUnreachable) return wireFault(error, { effect: "none", code: "unreachable" });
  // An answer that is no JSON comes from something else at that address.
  if (error instanceof SyntaxError) return wireFault(error, { effect: "unknown", code: "unreadable_answer" });
  return error;
}

function wireFault(cause: Error, what: Pick<Fault, "effect" | "code">): ProviderFault {
  const { message: text } = cause;
  return new ProviderFault(
    { class: "transient", scope: "account", retryAfterMs: null, text, requestId: null, ...what },
    { cause },
  );
}
