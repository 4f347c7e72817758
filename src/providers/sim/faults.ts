// What the simulated cloud's refusals mean. The table is total: a code that is added there does not compile here.

import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { CloudError, type CloudErrorCode, LostAnswer } from "../../../datacentre/src/cloud-api.ts";
import { boundedPause } from "../../cloud-http/retry-after.ts";
import type { Refusal } from "./schema.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const NO_ROOM: Verdict = { class: "capacity", scope: "offer", effect: "none" };
/** Its networks are used up, whatever the size. */
const NO_ADDRESS: Verdict = { class: "capacity", scope: "realm", effect: "none" };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
const ACCOUNT_CLOSED: Verdict = { class: "account", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had it, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
/** Wrong here only: the account's catalogue or mapping is out of date, or something of it is protected. */
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
/** Collides with what the machine is going through; right once that is over. */
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
/** Server errors may have made the machine all the same. */
const BROKEN: Verdict = { class: "transient", scope: "realm", effect: "unknown" };
/** Refused at its door: certainly not done, and worth another try. */
const REALM_AWAY: Verdict = { class: "transient", scope: "realm", effect: "none" };
const LOGGED_OUT: Verdict = { class: "transient", scope: "account", effect: "none" };
/** What holds the name or the token may be ours, from an earlier request whose answer was lost. */
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
const ANSWER_LOST = { class: "transient", scope: "account", effect: "unknown", code: "answer_lost" } as const;
const UNEXPLAINED: Verdict = { class: "unknown", scope: "realm", effect: "unknown" };

const VERDICTS: Readonly<Record<CloudErrorCode, Verdict>> = {
  insufficient_capacity: NO_ROOM,
  price_too_low: NO_ROOM,
  no_free_address: NO_ADDRESS,
  quota_exceeded: OVER_QUOTA,
  quota_zero: OVER_QUOTA,
  throttled: TOO_FAST,
  wrong_key: NOT_LET_IN,
  forbidden: NOT_LET_IN,
  account_suspended: ACCOUNT_CLOSED,
  invalid_request: WRONG_REQUEST,
  invalid_name: WRONG_REQUEST,
  image_not_found: NO_IMAGE,
  invalid_user_data: WRONG_HERE,
  invalid_realm: WRONG_HERE,
  invalid_size: WRONG_HERE,
  invalid_reference: WRONG_HERE,
  protected: WRONG_HERE,
  realm_down: REALM_AWAY,
  session_expired: LOGGED_OUT,
  internal_error: BROKEN,
  unavailable: BROKEN,
  name_taken: TAKEN,
  token_mismatch: TAKEN,
  token_spent: TAKEN,
  locked: NOT_NOW,
  wrong_state: NOT_NOW,
  in_use: NOT_NOW,
  not_found: MISSING,
  no_route: WRONG_HERE,
  unexplained: UNEXPLAINED,
};

/** A limit of zero is lifted by a person, not by time: it is worth an hour at the least. */
const QUOTA_ZERO_PAUSE_MS = 60 * 60_000;

/** The fault of a refused or failed request. */
export function faultOf({ code, message: text, retryAfterMs }: Refusal): Fault {
  const pauseMs = code === "quota_zero" ? QUOTA_ZERO_PAUSE_MS : boundedPause(retryAfterMs);
  return { ...VERDICTS[code], retryAfterMs: pauseMs, code, text, requestId: null };
}

/** The fault that a machine shows: whatever it means, the machine exists. */
export function machineFault({ code, text }: { readonly code: CloudErrorCode; readonly text: string }): Fault {
  return { ...faultOf({ code, message: text, retryAfterMs: null }), effect: "made" };
}

/** Why nothing is known of a machine in a realm that does not answer. */
export function realmFault(realm: string): Fault {
  return faultOf({ code: "realm_down", message: `Realm ${realm} does not answer`, retryAfterMs: null });
}

/**
 * What to throw for what a call to the cloud threw. In process, refusals and lost answers are errors of the datacentre's and become
 * faults; over HTTP they are faults already. The signal's reason, and bugs, stay what they are.
 */
export function translate(error: unknown): unknown {
  if (error instanceof CloudError) return new ProviderFault(faultOf(error), { cause: error });
  if (!(error instanceof LostAnswer)) return error;
  const { message: text } = error;
  return new ProviderFault({ ...ANSWER_LOST, retryAfterMs: null, text, requestId: null }, { cause: error });
}

/** The answer, with whatever goes wrong as a ProviderFault. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw translate(error);
  }
}
