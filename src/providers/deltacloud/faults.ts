// What Deltacloud's refusals mean. It has a status for each, and passes on what the cloud behind it said in a sentence: that there is no room,
// or a quota is used up, only that sentence tells. Both are read here, and nowhere else; the first rule that fits decides.

import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Refusal } from "./refusal.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const NO_ROOM: Verdict = { class: "capacity", scope: "offer", effect: "none" };
/** Whether a machine is left in error for it, the sentence alone does not tell. */
const NO_HOST: Verdict = { class: "capacity", scope: "offer", effect: "unknown" };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
const SHUT: Verdict = { class: "account", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** Of what is called by name at this account, and of what its cloud does not offer. */
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
const WRONG_SIZE: Verdict = { class: "config", scope: "offer", effect: "none" };
/** The realm went, or the image in it, which the account had by its own name: elsewhere it may be there. */
const WRONG_REALM: Verdict = { class: "config", scope: "realm", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
/** It may have done what it was asked for all the same. */
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
/** Of one machine only: others can be told of. */
const NOT_TOLD: Verdict = { class: "transient", scope: "offer", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

interface Rule {
  readonly code: string;
  readonly says: RegExp;
  readonly verdict: Verdict;
}

/** What clouds say, whatever status it comes with. More particular ones come first: rates are no quota. */
const SENTENCES: readonly Rule[] = [
  {
    code: "rate_limited",
    says: /requestlimitexceeded|throttl|rate ?limit|too many requests|over ?limit retry/i,
    verdict: TOO_FAST,
  },
  {
    code: "quota_exceeded",
    says: /(?:instance|vcpu|resource|address|volume|hostlimit)\w*limitexceeded|quota[_ ](?:has been )?\w*[_ ]?(?:limit_)?exceeded|quotaexceeded|over ?quota|exceeds? (?:\w+ )*quota|not_authorized_to_consume_quota|maximum number of (?!retries)|instances? limit/i,
    verdict: OVER_QUOTA,
  },
  {
    code: "account_closed",
    says: /optinrequired|pendingverification|account (?:is |has been )?(?:disabled|suspended|closed|locked)/i,
    verdict: SHUT,
  },
  {
    code: "no_capacity",
    says: /insufficient(?:instance|host|reserved|volume|address|freeaddresses)?\w*capacity|insufficientcapacity|no available running hosts|vds_vm_(?:memory|cpus|swap|cluster)|no_vds_(?:available|in_pool)|scheduling_(?:no_hosts|all_hosts)|disk_space_low|low disk space|not enough (?:free )?(?:memory|disk|space|hosts|resources)|insufficient (?:memory|disk|space|resources|host)/i,
    verdict: NO_ROOM,
  },
  {
    code: "no_valid_host",
    says: /no valid host|exceeded (?:max\w* )?(?:number of )?(?:scheduling )?(?:retries|attempts)/i,
    verdict: NO_HOST,
  },
  {
    code: "locked",
    says: /(?:object|vm|image|disks?|template|snapshot)\w*[_ ](?:is |are )?(?:currently )?locked|being (?:copied|cloned|created)/i,
    verdict: NOT_NOW,
  },
  {
    code: "name_taken",
    says: /name[_ ](?:\S+ )?(?:is |was )?already[_ ](?:used|in use|exists|taken|been used)|already exists|duplicate ?name/i,
    verdict: TAKEN,
  },
];

/** What a create is refused for, where something is not there. */
const NOT_THERE: readonly Rule[] = [
  {
    code: "profile_missing",
    says: /hardware profile|hwp_|flavor|instance ?type|profile \S+ (?:not|does)/i,
    verdict: WRONG_SIZE,
  },
  { code: "image_missing", says: /image|invalidami|template/i, verdict: WRONG_REALM },
  { code: "realm_missing", says: /realm|zone|cluster|datastore|data ?cent(?:er|re)/i, verdict: WRONG_REALM },
  { code: "key_missing", says: /\bkey(?:name|_name| ?pair)?\b/i, verdict: WRONG_HERE },
  { code: "name_refused", says: /parameter name|user_?name|name must/i, verdict: WRONG_HERE },
];

interface Meaning {
  readonly code: string;
  readonly verdict: Verdict;
}

/** What was asked for: the same status means one thing for a question and another for a create. */
type Kind = "question" | "create" | "action";

export interface Asked {
  readonly kind: Kind;
  /** Of the one instance that it is about, as the path has it; null: about none, or more. */
  readonly instance: string | null;
}

const STATUSES: Readonly<Record<Kind, ReadonlyMap<number, Meaning>>> = {
  question: new Map([
    [400, { code: "refused", verdict: WRONG_HERE }],
    [403, { code: "forbidden", verdict: WRONG_HERE }],
  ]),
  create: new Map([
    [400, { code: "refused", verdict: WRONG_REQUEST }],
    [403, { code: "forbidden", verdict: WRONG_HERE }],
    [404, { code: "not_there", verdict: WRONG_HERE }],
    [405, { code: "not_in_this_state", verdict: WRONG_HERE }],
    [409, { code: "conflict", verdict: TAKEN }],
  ]),
  action: new Map([
    [400, { code: "refused", verdict: NOT_NOW }],
    // Also what is said of an instance that is not there: only a look at it tells.
    [403, { code: "absent_or_forbidden", verdict: NOT_NOW }],
    [405, { code: "not_in_this_state", verdict: NOT_NOW }],
    [409, { code: "conflict", verdict: NOT_NOW }],
    [412, { code: "not_now", verdict: NOT_NOW }],
  ]),
};

const REFUSED_LOGIN: Meaning = { code: "not_authorized", verdict: NOT_LET_IN };

const ALWAYS: ReadonlyMap<number, Meaning> = new Map([
  [406, { code: "no_xml", verdict: WRONG_HERE }],
  [407, REFUSED_LOGIN],
  [412, { code: "not_offered", verdict: WRONG_HERE }],
  [413, { code: "rate_limited", verdict: TOO_FAST }],
  [429, { code: "rate_limited", verdict: TOO_FAST }],
  [501, { code: "not_offered", verdict: WRONG_HERE }],
]);

export function refusalFault(refusal: Refusal, asked: Asked, retryAfterMs: number | null): Fault {
  const { code, verdict } = meaningOf(refusal, asked);
  return { ...verdict, retryAfterMs, code, text: refusal.message, requestId: null };
}

function meaningOf(refusal: Refusal, asked: Asked): Meaning {
  const { status, isDocument, message } = refusal;
  if (status === 401) return REFUSED_LOGIN;
  const said = isDocument ? SENTENCES.find(({ says }) => says.test(message)) : undefined;
  if (said !== undefined) return said;
  if (isAbsent(refusal, asked)) return { code: "not_there", verdict: MISSING };
  // Of a collection, or not in Deltacloud's words: a wrong address, or something in its place.
  if (status === 404 && (asked.kind !== "create" || !isDocument)) return elsewhere(status);
  if (asked.kind === "question" && !isDocument && status < 500 && !BARE.includes(status)) return elsewhere(status);
  const isRefused = asked.kind === "create" && isDocument && status < 500;
  const lacking = isRefused ? NOT_THERE.find(({ says }) => says.test(message)) : undefined;
  const known =
    lacking ?? STATUSES[asked.kind].get(status) ?? (isDocument || status < 500 ? ALWAYS.get(status) : undefined);
  if (known !== undefined) return known;
  return status >= 500 ? { code: status === 504 ? "cloud_timed_out" : "unavailable", verdict: BROKEN } : UNKNOWN;
}

/** Said by Deltacloud's server without a document, or by what stands before it. */
const BARE: readonly number[] = [403, 406, 407, 408, 413, 429];

/** Nothing follows from what is not Deltacloud's own word. */
const elsewhere = (status: number): Meaning => ({ code: `status_${status}`, verdict: BROKEN });

/** A 404 is about an address: only Deltacloud's own, of this very instance, says that it is not there. */
function isAbsent({ status, isDocument, about }: Refusal, { instance }: Asked): boolean {
  return status === 404 && isDocument && instance !== null && decoded(about).includes(decoded(instance));
}

/** As it is, where it is no address. */
export function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch (error) {
    if (error instanceof URIError) return address;
    throw error;
  }
}

const UNKNOWN: Meaning = { code: "unexplained", verdict: UNEXPLAINED };

function faultOf(verdict: Verdict, code: string, text: string): Fault {
  return { ...verdict, code, text, retryAfterMs: null, requestId: null };
}

/** What an account is told that does not fit its cloud. */
export function accountFault(code: string, text: string): ProviderFault {
  return new ProviderFault(faultOf(WRONG_HERE, code, text));
}

/** This size is not sold any more. */
export function sizeFault(text: string): ProviderFault {
  return new ProviderFault(faultOf(WRONG_SIZE, "profile_missing", text));
}

export function missingFault(text: string): ProviderFault {
  return new ProviderFault(faultOf(MISSING, "not_there", text));
}

/** Its state does not let be done what is asked for; later it may. */
export function notNowFault(text: string): ProviderFault {
  return new ProviderFault(faultOf(NOT_NOW, "not_in_this_state", text));
}

/** It has to be stopped before it can be deleted, and that takes a while. */
export function notYetFault(text: string, retryAfterMs: number): ProviderFault {
  return new ProviderFault({ ...faultOf(NOT_TOLD, "not_deleted_yet", text), retryAfterMs });
}

/** Of one machine nothing can be said, for what its cloud says is about another. */
export function untoldFault(code: string, text: string): Fault {
  return faultOf(NOT_TOLD, code, text);
}

/** Deltacloud tells no reason for it. */
export const FAILED: Fault = {
  class: "unknown",
  scope: "offer",
  effect: "made",
  retryAfterMs: null,
  code: "instance_error",
  text: "the instance is in ERROR, and Deltacloud does not tell why; the cloud behind it may",
  requestId: null,
};
