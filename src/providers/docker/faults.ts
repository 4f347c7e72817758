// What the engine's refusals mean. Docker has no codes, only a status and a sentence, so the sentences are read here and
// nowhere else: the first rule that fits decides, and a status that no rule knows falls back to the class of its status.

import type { Fault, FaultClass } from "../../core/fault.ts";
import { type Remedies, retold } from "../../cloud-http/faults.ts";
import type { SshRule } from "../../cloud-http/ssh.ts";
import { ProviderFault } from "../../ports/provider.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

/** Would be refused on every engine. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had it, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
const TOO_LARGE: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const USED_UP: Verdict = { class: "capacity", scope: "account", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
/** The container that has the name may be ours, from a request whose answer was lost. */
const TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
const NOT_IN_THIS_STATE: Verdict = { class: "conflict", scope: "account", effect: "none" };
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

interface Rule {
  readonly code: string;
  readonly says: RegExp;
  readonly verdict: Verdict;
}

/** Sentences of Docker 20.10 to 29, and of Podman 4. More particular ones come first. */
const RULES: readonly Rule[] = [
  { code: "rate_limited", says: /toomanyrequests|too many requests|rate limit/i, verdict: TOO_FAST },
  { code: "not_authorized", says: /authorization denied by plugin/i, verdict: NOT_LET_IN },
  { code: "image_missing", says: /no such image/i, verdict: NO_IMAGE },
  { code: "name_in_use", says: /container name .* is already in use/i, verdict: TAKEN },
  { code: "removal_under_way", says: /removal of container .* is already in progress/i, verdict: NOT_IN_THIS_STATE },
  { code: "wrong_state", says: /container state improper/i, verdict: NOT_IN_THIS_STATE },
  { code: "logs_unreadable", says: /logging driver does not support reading/i, verdict: WRONG_HERE },
  { code: "container_missing", says: /no such container/i, verdict: MISSING },
  {
    code: "network_missing",
    says: /network \S+ not found|could not find network|unable to find network/i,
    verdict: WRONG_HERE,
  },
  { code: "volume_missing", says: /no such volume|no volume with name/i, verdict: WRONG_HERE },
  { code: "port_taken", says: /port is already allocated|address already in use/i, verdict: USED_UP },
  { code: "addresses_used_up", says: /no available (ipv4|ipv6|ip)? ?addresses|non-overlapping/i, verdict: USED_UP },
  { code: "disk_full", says: /no space left on device|disk quota exceeded/i, verdict: USED_UP },
  { code: "memory_used_up", says: /cannot allocate memory|not enough memory|out of memory/i, verdict: USED_UP },
  { code: "too_many_cpus", says: /range of cpus is from/i, verdict: TOO_LARGE },
  { code: "memory_too_small", says: /minimum memory limit/i, verdict: WRONG_REQUEST },
  { code: "user_data_too_long", says: /argument list too long/i, verdict: WRONG_HERE },
  {
    code: "command_missing",
    says: /exec:? .*(not found|no such file or directory|permission denied|not a directory)/i,
    verdict: WRONG_REQUEST,
  },
  { code: "tls_wanted", says: /HTTP request to an HTTPS server/, verdict: WRONG_HERE },
  { code: "api_version", says: /client version \S+ is too (new|old)/i, verdict: WRONG_HERE },
];

/** By status, for sentences that no rule knows. `unknown` for what is left. */
const STATUSES: readonly { readonly statuses: readonly number[]; readonly code: string; readonly verdict: Verdict }[] =
  [
    { statuses: [401, 403, 407], code: "not_authorized", verdict: NOT_LET_IN },
    { statuses: [429], code: "rate_limited", verdict: TOO_FAST },
    // Not the engine's word for anything: a proxy or a wrong path answers so. Of a container it says nothing.
    { statuses: [404], code: "not_found", verdict: BROKEN },
    { statuses: [409], code: "conflict", verdict: NOT_IN_THIS_STATE },
    { statuses: [400, 413, 422], code: "refused", verdict: WRONG_REQUEST },
    { statuses: [502, 503, 504], code: "unavailable", verdict: BROKEN },
  ];

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

export function refusalFault({ status, message, retryAfterMs }: Refusal): Fault {
  const known = RULES.find(({ says }) => says.test(message)) ??
    STATUSES.find(({ statuses }) => statuses.includes(status)) ?? { code: `status_${status}`, verdict: UNEXPLAINED };
  return { ...known.verdict, retryAfterMs, code: known.code, text: message, requestId: null };
}

/** What the engine finds before it ends a container that it is to boot again. */
const BEFORE_THE_END: ReadonlySet<FaultClass> = new Set(["not_found", "auth", "account", "throttle", "transient"]);

/** Of a reboot: what its second half, the start, was refused for. The container has been ended by then. */
export function rebootFault(error: ProviderFault): ProviderFault {
  return BEFORE_THE_END.has(error.fault.class) ? error : retold(error, { effect: "unknown" });
}

/** Why a container could not be started, as it keeps it: it exists all the same. */
export function startFault(error: string): Fault {
  return { ...refusalFault({ status: 0, message: error, retryAfterMs: null }), effect: "made" };
}

/** A container that has ended. */
export function exitFault(of: { readonly exitCode: number; readonly isOomKilled: boolean }): Fault {
  const ended = `the container ended with exit code ${of.exitCode}`;
  return {
    class: "unknown",
    scope: "offer",
    effect: "made",
    retryAfterMs: null,
    code: of.isOomKilled ? "out_of_memory" : "exited",
    text: of.isOomKilled ? `${ended}: it needed more memory than its limit` : ended,
    requestId: null,
  };
}

const NOT_ALLOWED = {
  class: "account",
  text: "this user may not open it; add the user that Slipway runs as to the group that owns it (usually docker)",
} as const;

/** Of a socket that cannot be opened. */
export const SOCKET_REMEDIES: Remedies = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: { text: "there is no such socket; start Docker there, or correct the account's endpoint" },
  ECONNREFUSED: { text: "nobody listens; start Docker there, or correct the account's endpoint" },
};

/** `text`: which volume is not there. */
export function volumeFault(text: string): ProviderFault {
  return new ProviderFault({ ...WRONG_HERE, code: "volume_missing", text, retryAfterMs: null, requestId: null });
}

/** What Docker's program says on the other machine, which passes on what is said to the engine, when it cannot. */
export const SSH_RULES: readonly SshRule[] = [
  { code: "ssh_no_docker", says: /(docker|podman):? (command )?not found/i },
  { code: "ssh_not_allowed", says: /dial unix \S+: (connect: )?permission denied/i },
  { code: "ssh_no_socket", says: /dial unix \S+: (connect: )?(no such file or directory|connection refused)/i },
];

export const SSH_REMEDIES_OF_DOCKER: Remedies = {
  ssh_no_docker: { class: "config", text: "there is no docker program on that host, which passes on what is said" },
  ssh_not_allowed: {
    class: "account",
    text: "the user there may not open Docker's socket; add that user to the group that owns it (usually docker)",
  },
  ssh_no_socket: { text: "Docker does not listen on that host; start it there, or correct the account's endpoint" },
};

/** An engine too old or too new to be spoken with. */
export function versionFault(text: string): ProviderFault {
  return new ProviderFault({ ...WRONG_HERE, code: "api_version", text, retryAfterMs: null, requestId: null });
}
