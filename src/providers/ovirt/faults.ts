// What the refusals of an oVirt engine mean. It has no codes, only sentences: those of its AppErrors, in the language that was asked for.
// A code here is the engine's own name of the sentence. The first rule that fits decides; nothing else reads sentences.

import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Refusal } from "./refusal.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

/** Told at the start: the machine stands still, and has its disks. */
const NO_HOST: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const NO_HOSTS: Verdict = { class: "capacity", scope: "realm", effect: "none" };
const NO_SPACE: Verdict = { class: "capacity", scope: "account", effect: "none" };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had the template, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
const WRONG_REALM: Verdict = { class: "config", scope: "realm", effect: "none" };
const WRONG_SIZE: Verdict = { class: "config", scope: "offer", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
/** The engine is busy with this very thing: a start waits, and so does an end. */
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
/** Of a create: it may be ours, still under way. */
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
/** Nothing was done, and another try is all it takes. */
const LATER: Verdict = { class: "transient", scope: "account", effect: "none" };
/** It may have done what it was asked for all the same. */
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
/** This machine can never be started; another one may. */
const SPOILT: Verdict = { class: "unknown", scope: "offer", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

interface Rule {
  readonly code: string;
  readonly says: RegExp;
  readonly verdict: Verdict;
}

const rule = (code: string, verdict: Verdict, says: RegExp): Rule => ({ code, says, verdict });

/** No room, wherever it is told: as a refusal of a start or a create, or as the event of a start that failed later. */
const ROOM: readonly Rule[] = [
  rule("SCHEDULING_ALL_HOSTS_FILTERED_OUT", NO_HOST, /no host that satisfies current scheduling constraints/i),
  rule("ACTION_TYPE_FAILED_VDS_VM_MEMORY", NO_HOST, /no available running hosts with sufficient memory/i),
  rule("ACTION_TYPE_FAILED_VDS_VM_CPUS", NO_HOST, /no available running hosts with enough cores/i),
  rule("ACTION_TYPE_FAILED_VDS_VM_SWAP", NO_HOST, /host swap percentage is above the defined threshold/i),
  rule("ACTION_TYPE_FAILED_VDS_VM_CLUSTER", NO_HOSTS, /no available running hosts in the host cluster/i),
  rule("SCHEDULING_NO_HOSTS", NO_HOSTS, /there are no hosts to use/i),
  rule("ACTION_TYPE_FAILED_NO_VDS_AVAILABLE_IN_CLUSTER", NO_HOSTS, /no available operational host/i),
  rule("ACTION_TYPE_FAILED_NO_VDS_IN_POOL", NO_HOSTS, /no active host in the data center/i),
  rule("ACTION_TYPE_FAILED_DISK_SPACE_LOW_ON_STORAGE_DOMAIN", NO_SPACE, /low disk space on storage domain/i),
  rule("MAC_POOL_NOT_ENOUGH_MAC_ADDRESSES", NO_SPACE, /not enough mac addresses left/i),
  rule("ACTION_TYPE_FAILED_NO_SUITABLE_DOMAIN_FOUND", NO_SPACE, /no active data storage domain with enough storage/i),
  rule(
    "ACTION_TYPE_FAILED_STORAGE_DOMAIN_STATUS_ILLEGAL",
    NO_SPACE,
    /storage domain (?:is inaccessible|cannot be accessed)|storage domain's status is/i,
  ),
  rule("ACTION_TYPE_FAILED_NO_SPM", NO_SPACE, /data center has no storage pool manager/i),
  rule("ACTION_TYPE_FAILED_QUOTA_CLUSTER_LIMIT_EXCEEDED", OVER_QUOTA, /quota has insufficient cluster resources/i),
  rule("ACTION_TYPE_FAILED_QUOTA_STORAGE_LIMIT_EXCEEDED", OVER_QUOTA, /quota has insufficient storage resources/i),
];

const RULES: readonly Rule[] = [
  ...ROOM,
  rule("USER_NOT_AUTHORIZED_TO_CONSUME_QUOTA", NOT_LET_IN, /not a consumer of the quota/i),
  rule("USER_NOT_AUTHORIZED_TO_PERFORM_ACTION", NOT_LET_IN, /not authorized to perform this action|permission denied/i),
  rule(
    "ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID",
    WRONG_HERE,
    /quota (?:is not valid|doesn't exist|cannot be null|is not defined)|quota associated with vm .* no longer available/i,
  ),
  rule("ACTION_TYPE_FAILED_NAME_ALREADY_USED", TAKEN, /name is already in use/i),
  rule("ACTION_TYPE_FAILED_OBJECT_LOCKED", TAKEN, /related operation is currently in progress/i),
  rule("ACTION_TYPE_FAILED_VM_IS_LOCKED", NOT_NOW, /vm is locked/i),
  rule("ACTION_TYPE_FAILED_DISKS_LOCKED", NOT_NOW, /disks are locked/i),
  rule("VM_TEMPLATE_IMAGE_IS_LOCKED", LATER, /template(?:'?s image)? is (?:currently )?locked/i),
  rule("ACTION_TYPE_FAILED_SPM_CHANGED", LATER, /storage pool manager has changed/i),
  rule("ACTION_TYPE_FAILED_TEMPLATE_IS_BEING_CREATED", LATER, /template \S+ is being (?:created|exported)/i),
  rule("ACTION_TYPE_FAILED_VM_IS_BUSY", NOT_NOW, /vm (?:\S+ )?is (?:being|during|hibernating|in saving)/i),
  rule("ACTION_TYPE_FAILED_VM_IS_DURING_SNAPSHOT", NOT_NOW, /performing an operation on a snapshot|running tasks/i),
  rule("ACTION_TYPE_FAILED_MIGRATION_IN_PROGRESS", NOT_NOW, /vm migration is in progress/i),
  rule("ACTION_TYPE_FAILED_VM_IS_RUNNING", NOT_NOW, /vm is running/i),
  rule("ACTION_TYPE_FAILED_VM_IS_NOT_RUNNING", NOT_NOW, /vm is not running/i),
  rule("ACTION_TYPE_FAILED_VM_STATUS_ILLEGAL", NOT_NOW, /because the vm is in .+ status/i),
  rule(
    "ENGINE_IS_RUNNING_IN_MAINTENANCE_MODE",
    LATER,
    /maintenance mode and is not accepting|preparing for maintenance/i,
  ),
  rule("ACTION_TYPE_FAILED_VM_NOT_FOUND", MISSING, /vm is not found/i),
  rule("ACTION_TYPE_FAILED_DELETE_PROTECTION_ENABLED", WRONG_HERE, /delete protection is enabled/i),
  rule("ACTION_TYPE_FAILED_VNIC_PROFILE_NOT_EXISTS", WRONG_HERE, /network interface profile doesn't exist/i),
  rule(
    "ACTION_TYPE_FAILED_CLUSTER_IS_NOT_VALID",
    WRONG_REALM,
    /cluster id is not valid|relevant cluster doesn't exist/i,
  ),
  rule("ACTION_TYPE_FAILED_STORAGE_POOL_STATUS_ILLEGAL", NO_HOSTS, /unknown data center status/i),
  rule("ACTION_TYPE_FAILED_TEMPLATE_DOES_NOT_EXIST", NO_IMAGE, /(?:relevant|specified) template doesn't exist/i),
  rule(
    "VM_TEMPLATE_IMAGE_IS_ILLEGAL",
    NO_IMAGE,
    /template'?s image (?:is invalid|doesn't exist)|storage domain (?:doesn't exist|is not part of the data center)/i,
  ),
  rule("ACTION_TYPE_FAILED_TEMPLATE_IS_DISABLED", NO_IMAGE, /template is disabled/i),
  rule("ACTION_TYPE_FAILED_TEMPLATE_IS_INCOMPATIBLE", WRONG_REALM, /template is not compatible with cluster/i),
  rule(
    "ACTION_TYPE_FAILED_VM_CLUSTER_DIFFERENT_ARCHITECTURES",
    WRONG_REALM,
    /cluster architectures do not match|cluster (?:does not have a defined architecture|has an empty processor name)/i,
  ),
  rule("ACTION_TYPE_FAILED_STORAGE_POOL_NOT_EXIST", WRONG_HERE, /data center doesn't exist/i),
  rule("NETWORK_NOT_EXISTS", WRONG_HERE, /logical network doesn't exist/i),
  rule(
    "ACTION_TYPE_FAILED_MIN_MEMORY_CANNOT_EXCEED_MEMORY_SIZE",
    WRONG_SIZE,
    /memory guaranteed cannot exceed memory size|max(?:imum)? memory .*cannot be smaller than/i,
  ),
  rule("ACTION_TYPE_FAILED_MEMORY_EXCEEDS_SUPPORTED_LIMIT", WRONG_SIZE, /memory size exceeds supported limit/i),
  rule("ACTION_TYPE_FAILED_MAX_NUM_CPU", WRONG_SIZE, /maximum number of (?:cpus|sockets)/i),
  rule("VM_CANNOT_RUN_FROM_DISK_WITHOUT_DISK", NO_IMAGE, /without at least one (?:bootable|active) disk/i),
  rule(
    "VM_CANNOT_RUN_FROM_NETWORK_WITHOUT_NETWORK",
    NO_IMAGE,
    /network bootable|attached cd without an active iso domain/i,
  ),
  rule(
    "ACTION_TYPE_FAILED_DISKS_ILLEGAL",
    SPOILT,
    /disks are in illegal status|vm's image might be corrupted|vm has no disks/i,
  ),
  rule("ACTION_TYPE_FAILED_NAME_LENGTH_IS_TOO_LONG", WRONG_REQUEST, /given name is too long/i),
  rule("ACTION_TYPE_FAILED_NAME_MAY_NOT_CONTAIN_SPECIAL_CHARS", WRONG_REQUEST, /special characters/i),
  rule("ACTION_TYPE_FAILED_CUSTOM_PROPERTIES", WRONG_HERE, /custom propert(?:y|ies)/i),
];

/** The engine's reasons for not having read what was sent: nothing was done. */
const UNREAD = /incomplete parameters|syntactically incorrect|invalid value/i;

interface Told {
  readonly retryAfterMs: number | null;
}

export function refusalFault(refusal: Refusal, { retryAfterMs }: Told): Fault {
  const { code, verdict } = meaningOf(refusal);
  return { ...verdict, retryAfterMs, code, text: refusal.message, requestId: null };
}

function meaningOf({ status, reason, message, isEngine }: Refusal): {
  readonly code: string;
  readonly verdict: Verdict;
} {
  if (status === 401) return { code: "not_authorized", verdict: NOT_LET_IN };
  if (status === 429) return { code: "rate_limited", verdict: { ...LATER, class: "throttle" } };
  // The engine's own word for a missing thing has no body. What something in its place says of an address is no such word.
  if (status === 404) {
    return isEngine ? { code: "not_found", verdict: MISSING } : { code: "status_404", verdict: BROKEN };
  }
  const known = reason === null && !isEngine ? undefined : RULES.find(({ says }) => says.test(message));
  if (known !== undefined) return known;
  if (status >= 500) return { code: "unavailable", verdict: BROKEN };
  if (status === 403) return { code: "not_authorized", verdict: NOT_LET_IN };
  if (status === 409) return { code: "conflict", verdict: TAKEN };
  if (reason !== null && UNREAD.test(reason)) return { code: "refused", verdict: WRONG_REQUEST };
  return { code: `status_${status}`, verdict: UNEXPLAINED };
}

const FAILED: Verdict = { class: "unknown", scope: "offer", effect: "made" };

/** Why a machine stands still, or never came to be, as an event tells it. */
export function eventFault({ code, text }: { readonly code: string; readonly text: string }): Fault {
  const found = ROOM.find(({ says }) => says.test(text));
  const verdict = found?.verdict ?? FAILED;
  return { ...verdict, effect: "made", retryAfterMs: null, code: found?.code ?? code, text, requestId: null };
}

export function faultOf(verdict: keyof typeof OWN, code: string, text: string): ProviderFault {
  return new ProviderFault({ ...OWN[verdict], code, text, retryAfterMs: null, requestId: null });
}

/** What is found out here, without a word of the engine's. */
const OWN = {
  account: WRONG_HERE,
  image: NO_IMAGE,
  deployment: WRONG_REQUEST,
  offer: WRONG_SIZE,
  away: BROKEN,
  busy: NOT_NOW,
  auth: NOT_LET_IN,
} as const;

/** A machine one of whose disks is illegal, or which has lost one that was not to stay. */
export const diskFault = (code: string, text: string): Fault => ({
  ...FAILED,
  code,
  text,
  retryAfterMs: null,
  requestId: null,
});
