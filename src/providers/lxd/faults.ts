// What LXD's refusals mean. It has no codes, only a status and a sentence, and the status says little: a quota that is used up and a profile
// that is not there are both a 500, and an operation that failed says 400 whatever the reason. So sentences are read here, and nowhere else: the
// first rule that fits decides. Sentences of operations have those of what they called behind them.

import type { Remedies } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
/** A smaller one may fit. */
const TOO_MUCH: Verdict = { class: "quota", scope: "offer", effect: "none" };
const USED_UP: Verdict = { class: "capacity", scope: "account", effect: "none" };
const TOO_LARGE: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
/** Would be refused by every LXD. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had it, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
/** The account lists it no more. */
const WRONG_SIZE: Verdict = { class: "config", scope: "offer", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
/** What has the name may be ours, from a request whose answer was lost. */
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
/** Something else is under way with this very machine: a start waits, and so does an end. */
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
/** This machine cannot be started; another one may. */
const SPOILT: Verdict = { class: "unknown", scope: "offer", effect: "none" };
/** It may have done what it was asked for all the same. */
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

interface Rule {
  readonly code: string;
  readonly says: RegExp;
  readonly verdict: Verdict;
}

const rule = (code: string, verdict: Verdict, says: RegExp): Rule => ({ code, says, verdict });

/** Sentences of LXD 5.0, of which most are those of LXD 4 and Incus too. More particular ones come first. */
const RULES: readonly Rule[] = [
  rule("instance_missing", MISSING, /^instance not found$/i),
  rule("project_missing", WRONG_HERE, /project not found/i),
  rule("instances_used_up", OVER_QUOTA, /reached maximum number of (?:instances|containers|virtual.machines)/i),
  rule("limit_used_up", TOO_MUCH, /reached maximum aggregate value/i),
  rule("limit_missing", WRONG_HERE, /has no "limits\.\w+" config/i),
  rule("name_taken", TAKEN, /this "instances" entry already exists|instance "[^"]*" already exists/i),
  rule("image_missing", NO_IMAGE, /image (?:alias )?not found|image not provided for instance creation/i),
  rule("image_of_other_kind", NO_IMAGE, /requested image's type .* doesn't match/i),
  rule("profile_missing", WRONG_HERE, /requested profile .* doesn't exist|profile not found/i),
  // Of one whose create was cut off by LXD's own end: it has no disk.
  rule("half_made", SPOILT, /instance storage pool not found/i),
  rule("pool_missing", WRONG_HERE, /storage pool not found|no root device could be found/i),
  rule("network_missing", WRONG_HERE, /network not found|parent device .* doesn't exist/i),
  rule("pool_full", USED_UP, /run out of disk space|no space left on device|disk quota exceeded|not enough space/i),
  rule("memory_used_up", USED_UP, /cannot allocate memory|out of memory/i),
  rule("too_many_cpus", TOO_LARGE, /requested cpu|cpu .* (?:isn't|not) available/i),
  rule(
    "no_virtual_machines",
    WRONG_HERE,
    /instance type .* is not supported|kvm support is missing|vhost_vsock|qemu .*not found/i,
  ),
  rule("forbidden", WRONG_HERE, /is forbidden|not allowed in project|restricted/i),
  rule("protected", WRONG_HERE, /instance is protected/i),
  rule("name_refused", WRONG_REQUEST, /invalid instance name|name can only contain/i),
  rule("unknown_key", WRONG_HERE, /unknown configuration key|invalid (?:config|devices|value)/i),
  rule("already_running", NOT_NOW, /instance is already running/i),
  rule("already_stopped", NOT_NOW, /instance is already stopped/i),
  rule("still_running", NOT_NOW, /^instance is running$/i),
  rule("busy", NOT_NOW, /instance is busy running an? /i),
  rule("shutting_down", BROKEN, /shutting down|daemon is (?:starting|stopping)/i),
  rule("database_away", BROKEN, /database is locked|no available (?:dqlite|cowsql) leader|context deadline exceeded/i),
  rule("disk_missing", SPOILT, /failed to handle idmapped storage|no such file or directory/i),
  rule("start_failed", SPOILT, /failed to (?:run|start)\b|forkstart/i),
  rule("stop_failed", BROKEN, /failed (?:to stop|unmounting|deleting)/i),
];

/** For people and for support: a sentence may hold the whole output of a program. */
const TEXT_MOST = 1_000;

export interface Refusal {
  /** Of the answer; of an operation its own. */
  readonly status: number;
  readonly message: string;
  /** It has the form that LXD's refusals have: only LXD can say that something is not there. */
  readonly isLxd: boolean;
  readonly retryAfterMs: number | null;
}

export function refusalFault({ status, message, isLxd, retryAfterMs }: Refusal): Fault {
  const { code, verdict } = meaningOf({ status, message, isLxd });
  return { ...verdict, retryAfterMs, code, text: message.slice(0, TEXT_MOST), requestId: null };
}

function meaningOf({ status, message, isLxd }: Omit<Refusal, "retryAfterMs">): Pick<Rule, "code" | "verdict"> {
  if (status === 401 || status === 403 || status === 407) return { code: "not_authorized", verdict: NOT_LET_IN };
  if (status === 429) return { code: "rate_limited", verdict: TOO_FAST };
  const known = isLxd ? RULES.find(({ says }) => says.test(message)) : undefined;
  if (known !== undefined) return known;
  // Not LXD's word for a machine: a proxy or a wrong path answers so.
  if (status === 404) return { code: "status_404", verdict: BROKEN };
  if (status >= 502 && status <= 504) return { code: "unavailable", verdict: BROKEN };
  return { code: isLxd && status === 400 ? "failed" : `status_${status}`, verdict: UNEXPLAINED };
}

/** A machine that ran, and does so no more: it exists all the same. */
export const STOPPED: Fault = {
  class: "unknown",
  scope: "offer",
  effect: "made",
  retryAfterMs: null,
  code: "stopped",
  text: "the machine has ended by itself or was stopped by somebody: LXD does not say which",
  requestId: null,
};

export const MISSING_FAULT: Fault = {
  ...MISSING,
  retryAfterMs: null,
  code: "instance_missing",
  text: "Instance not found",
  requestId: null,
};

/** What is found out here, without a sentence of LXD's. */
const OWN = { account: WRONG_HERE, size: WRONG_SIZE, deployment: WRONG_REQUEST, away: BROKEN, busy: NOT_NOW } as const;

export function faultOf(verdict: keyof typeof OWN, code: string, text: string): ProviderFault {
  return new ProviderFault({ ...OWN[verdict], code, text, retryAfterMs: null, requestId: null });
}

const NOT_ALLOWED = {
  class: "account",
  text: "this user may not open it; add the user that Slipway runs as to the group that owns it (usually lxd)",
} as const;

/** Of a socket that cannot be opened. */
export const SOCKET_REMEDIES: Remedies = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: { text: "there is no such socket; start LXD there, or correct the account's endpoint" },
  ECONNREFUSED: { text: "nobody listens; start LXD there, or correct the account's endpoint" },
};
