// What the refusals of OpenStack's services mean. Nova has few codes and many sentences: an exhausted quota and a missing permission are
// both a 403, a wrong request and a failure of its own insides both a 400. So the service's own word and its sentence are read here, and
// nowhere else; the first rule that fits decides. Sentences are those of Nova's and Neutron's exceptions, from Newton to today.

import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Refusal } from "./refusal.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const NO_HOST: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const ZONE_AWAY: Verdict = { class: "capacity", scope: "realm", effect: "none" };
/** The network is the account's own, the same in all zones. */
const NO_ADDRESS: Verdict = { class: "capacity", scope: "account", effect: "none" };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had it, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
/** Of what is called by name at this account: network, key pair, security group; and keys that this cloud does not take. */
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
/** The flavor went, or does not go with the image. */
const WRONG_SIZE: Verdict = { class: "config", scope: "offer", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
/** It may have done what it was asked for all the same. */
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
/** Of a read: another try is all it takes. */
const MOVED_ON: Verdict = { class: "transient", scope: "account", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

interface Rule {
  readonly code: string;
  /** With any of these; any status when left out. */
  readonly statuses?: readonly number[];
  readonly says: RegExp;
  readonly verdict: Verdict;
}

/** What a server shows as its fault, and what a create is refused with: the same sentences come in both. */
const PLACES: readonly Rule[] = [
  // Before all that says "quota": rates are no quota.
  {
    code: "quota_exceeded",
    says: /quota (?:has been )?exceeded|exceeds? (?:(?:the|allowed) )?(?:\w+ )?quota|over ?quota/i,
    verdict: OVER_QUOTA,
  },
  {
    code: "too_many",
    says: /maximum number of (?!retries)|(?:volume|gigabytes)\w* limit exceeded|limit has been exceeded|members? in group .* exceeded/i,
    verdict: OVER_QUOTA,
  },
  {
    code: "no_valid_host",
    says: /no valid host|not enough hosts available|no allocation candidates|insufficient compute resources/i,
    verdict: NO_HOST,
  },
  {
    code: "retries_exhausted",
    says: /exceeded (?:maximum|max) (?:number of|scheduling) (?:retries|attempts)/i,
    verdict: NO_HOST,
  },
  {
    code: "no_fixed_address",
    says: /no more ip addresses|no fixed ip addresses available|no ip addresses available|ip address(?:es)? .*exhausted|nomorefixedips|ipaddressgenerationfailure/i,
    verdict: NO_ADDRESS,
  },
  {
    code: "no_network",
    says: /failed to allocate the network|virtual interface creation failed|binding failed for port/i,
    verdict: ZONE_AWAY,
  },
  { code: "build_aborted", says: /build of instance .* (?:was )?(?:aborted|re-?scheduled)/i, verdict: NO_HOST },
];

const REFUSED = [400, 403, 404, 409];

/** More particular ones come first. */
const RULES: readonly Rule[] = [
  { code: "zone_unavailable", statuses: [400], says: /availability zone is not available/i, verdict: ZONE_AWAY },
  {
    code: "flavor_missing",
    statuses: REFUSED,
    says: /flavor \S+ could not be found|flavor .* not found/i,
    verdict: WRONG_SIZE,
  },
  {
    code: "image_missing",
    statuses: REFUSED,
    says: /can ?not find requested image|image \S+ (?:could not be found|is not active|is unacceptable)|invalid imageref/i,
    verdict: NO_IMAGE,
  },
  {
    code: "image_too_large",
    statuses: REFUSED,
    says: /flavor's (?:disk|memory) is (?:too small|smaller)|disk is smaller than the minimum|volume is smaller than|larger than flavor/i,
    verdict: WRONG_SIZE,
  },
  { code: "volume_needed", statuses: REFUSED, says: /volume-backed servers are allowed/i, verdict: WRONG_SIZE },
  {
    code: "network_external",
    statuses: REFUSED,
    says: /not allowed to create an interface on external network/i,
    verdict: WRONG_HERE,
  },
  {
    code: "network_ambiguous",
    statuses: REFUSED,
    says: /multiple possible networks found|more than one possible network/i,
    verdict: WRONG_HERE,
  },
  {
    code: "no_unique_match",
    statuses: REFUSED,
    says: /multiple security groups found|no unique match|more than one \S+ matches|multiple .* matches found/i,
    verdict: WRONG_HERE,
  },
  {
    code: "network_missing",
    statuses: REFUSED,
    says: /network \S+ (?:could not be found|not found)|networks? .*requires? a subnet|unable to (?:automatically|auto-?)\s*allocate/i,
    verdict: WRONG_HERE,
  },
  {
    code: "key_pair_missing",
    statuses: REFUSED,
    says: /invalid key_name|key ?pair \S+ not found/i,
    verdict: WRONG_HERE,
  },
  {
    code: "security_group_missing",
    statuses: REFUSED,
    says: /security group .*(?:not found|could not be found|does not exist)|unable to find security_group/i,
    verdict: WRONG_HERE,
  },
  {
    code: "not_reachable",
    statuses: REFUSED,
    says: /external network \S+ is not reachable|no router/i,
    verdict: WRONG_HERE,
  },
  { code: "user_data", statuses: [400], says: /user ?data|user_data/i, verdict: WRONG_REQUEST },
  { code: "volume_busy", statuses: [400], says: /^invalid volume: volume status must be/i, verdict: NOT_NOW },
  { code: "port_in_use", statuses: [409], says: /port \S+ is (?:still )?in use/i, verdict: NOT_NOW },
  { code: "name_taken", statuses: [409], says: /(?:instance \S+|key ?pair .+) already exists/i, verdict: TAKEN },
  { code: "key_refused", statuses: [400], says: /^key ?pair data is invalid/i, verdict: WRONG_HERE },
  // Nova's insides have failed while it was asked: `MessagingTimeout: Timed out waiting for a reply`. No word on what was done.
  { code: "failed_inside", statuses: [400], says: /^(?:[A-Z]+[a-z0-9]+){2,}(?:_Remote)?: /, verdict: BROKEN },
  { code: "page_gone", statuses: [400], says: /^marker .* not found/i, verdict: MOVED_ON },
  ...PLACES,
  {
    code: "not_allowed",
    statuses: [403],
    says: /policy|not authorized|forbidden|not permitted|disallowed/i,
    verdict: NOT_LET_IN,
  },
];

/** Words of the services that say it all. */
const KINDS: ReadonlyMap<string, { readonly code: string; readonly verdict: Verdict }> = new Map([
  ["OverQuota", { code: "quota_exceeded", verdict: OVER_QUOTA }],
  ["IpAddressGenerationFailure", { code: "no_fixed_address", verdict: NO_ADDRESS }],
  ["ExternalIpAddressExhausted", { code: "no_fixed_address", verdict: NO_ADDRESS }],
  ["ExternalGatewayForFloatingIPNotFound", { code: "not_reachable", verdict: WRONG_HERE }],
  ["NetworkNotFound", { code: "network_missing", verdict: WRONG_HERE }],
  ["SecurityGroupNotFound", { code: "security_group_missing", verdict: WRONG_HERE }],
  ["PortNotFound", { code: "port_missing", verdict: MISSING }],
  ["FloatingIPNotFound", { code: "floating_address_missing", verdict: MISSING }],
  ["PolicyNotAuthorized", { code: "not_allowed", verdict: NOT_LET_IN }],
]);

/** A server that is not there, in Nova's own words. Any other 404 may come from something in its place, and proves nothing. */
const SERVER_MISSING = /^instance \S+ (?:could not be found|has no mapping to a cell)/i;

/** Likewise a volume, in Cinder's. */
const VOLUME_MISSING = /^volume \S+ could not be found/i;

/** Likewise a key. */
const KEY_MISSING = /^key ?pair .+ not found for user /i;

/** By status, where neither word nor sentence is known. `unknown` for what is left. */
const STATUSES: readonly { readonly statuses: readonly number[]; readonly code: string; readonly verdict: Verdict }[] =
  [
    { statuses: [401, 403, 407], code: "not_authorized", verdict: NOT_LET_IN },
    { statuses: [413, 429], code: "rate_limited", verdict: TOO_FAST },
    { statuses: [409], code: "conflict", verdict: NOT_NOW },
    { statuses: [400, 422], code: "refused", verdict: WRONG_REQUEST },
    { statuses: [500, 502, 503, 504], code: "unavailable", verdict: BROKEN },
  ];

interface Told {
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
}

export function refusalFault(refusal: Refusal, { retryAfterMs, requestId }: Told): Fault {
  const { code, verdict } = meaningOf(refusal);
  const pauseMs = isZeroLimit(refusal) ? QUOTA_ZERO_PAUSE_MS : retryAfterMs;
  return { ...verdict, retryAfterMs: pauseMs, code, text: refusal.message, requestId };
}

/** A limit of zero is lifted by a person, not by time: it is worth an hour at the least. */
const QUOTA_ZERO_PAUSE_MS = 60 * 60_000;

const isZeroLimit = ({ message }: Pick<Refusal, "message">): boolean =>
  /quota exceeded/i.test(message) && /\b0 of 0\b/.test(message);

function meaningOf(refusal: Refusal): { readonly code: string; readonly verdict: Verdict } {
  const { status, kind, message } = refusal;
  if (status >= 500) return { code: "unavailable", verdict: BROKEN };
  if (kind === "itemNotFound" && SERVER_MISSING.test(message)) return { code: "server_missing", verdict: MISSING };
  if (kind === "itemNotFound" && KEY_MISSING.test(message)) return { code: "key_missing", verdict: MISSING };
  if (kind === "itemNotFound" && VOLUME_MISSING.test(message)) return { code: "volume_missing", verdict: MISSING };
  const isRate = status === 429 || (status === 413 && !PLACES.some(({ says }) => says.test(message)));
  if (isRate) return { code: "rate_limited", verdict: TOO_FAST };
  // An unknown token is worth a new one, whatever is said about it.
  if (status === 401) return { code: "not_authorized", verdict: NOT_LET_IN };
  const known = (kind === null ? undefined : KINDS.get(kind)) ?? RULES.find((rule) => isMeant(rule, refusal));
  return (
    known ??
    STATUSES.find(({ statuses }) => statuses.includes(status)) ?? { code: `status_${status}`, verdict: UNEXPLAINED }
  );
}

function isMeant({ statuses, says }: Rule, { status, message }: Refusal): boolean {
  return (statuses?.includes(status) ?? true) && says.test(message);
}

/** Why a server is in ERROR: it exists all the same, and holds what it has got. */
export function serverFault(told: { readonly code: number; readonly message: string }): Fault {
  const { code } = told;
  const message = told.message.trim();
  const refusal = { status: code, kind: null, message };
  const rule = [...PLACES, ...RULES].find(({ says }) => says.test(message));
  const { code: known, verdict } = rule ?? { code: "server_failed", verdict: FAILED };
  const retryAfterMs = isZeroLimit(refusal) ? QUOTA_ZERO_PAUSE_MS : null;
  return { ...verdict, effect: "made", retryAfterMs, code: known, text: message, requestId: null };
}

const FAILED: Verdict = { class: "unknown", scope: "offer", effect: "made" };

/** What an account is told that does not fit the cloud. */
export function accountFault(code: string, text: string): ProviderFault {
  return new ProviderFault({ ...WRONG_HERE, code, text, retryAfterMs: null, requestId: null });
}

/** Nothing is known at the moment of what is asked for. */
export function silentFault(code: string, text: string): Fault {
  return { ...MOVED_ON, scope: "realm", code, text, retryAfterMs: null, requestId: null };
}
