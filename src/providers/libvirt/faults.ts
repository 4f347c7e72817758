// What libvirt's refusals mean. It has numbers (virErrorNumber), of which many say only that something failed: there its sentence decides.
// The first rule that fits counts; numbers and sentences are read here and nowhere else.

import type { Fault } from "../../core/fault.ts";
import { lineFault, type Remedies } from "../../cloud-http/faults.ts";
import { SSH_REMEDIES, type SshRule } from "../../cloud-http/ssh.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Refusal } from "./messages.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect">;

const VERDICTS = {
  /** Would be refused on every host. */
  wrong_request: { class: "config", scope: "deployment", effect: "none" },
  no_image: { class: "config", scope: "realm", effect: "none" },
  wrong_here: { class: "config", scope: "account", effect: "none" },
  not_let_in: { class: "auth", scope: "account", effect: "none" },
  used_up: { class: "capacity", scope: "account", effect: "none" },
  not_allowed_more: { class: "quota", scope: "account", effect: "none" },
  missing: { class: "not_found", scope: "account", effect: "none" },
  /** What has the name may be ours, from a request whose answer was lost. */
  taken: { class: "conflict", scope: "account", effect: "unknown" },
  not_in_this_state: { class: "conflict", scope: "account", effect: "none" },
  passing: { class: "transient", scope: "account", effect: "none" },
  broken: { class: "transient", scope: "account", effect: "unknown" },
  unexplained: { class: "unknown", scope: "account", effect: "unknown" },
} as const satisfies Readonly<Record<string, Verdict>>;

/** virErrorNumber, as far as it is met. */
const NUMBERS = {
  internal: 1,
  noMemory: 2,
  noSupport: 3,
  noConnect: 5,
  operationFailed: 9,
  operationDenied: 29,
  system: 38,
  rpc: 39,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noPool: 49,
  noVolume: 50,
  operationInvalid: 55,
  unsupported: 67,
  timeout: 68,
  hook: 70,
  authCancelled: 79,
  noMetadata: 80,
  agentAway: 86,
  busy: 87,
  accessDenied: 88,
  volumeExists: 90,
  authUnavailable: 94,
} as const;

interface Rule {
  readonly code: string;
  /** Left out: whatever the number. */
  readonly numbers?: readonly number[];
  /** Left out: whatever the sentence. */
  readonly says?: RegExp;
  readonly verdict: keyof typeof VERDICTS;
}

/** More particular ones come first. Sentences of libvirt 6 to 11. */
const RULES: readonly Rule[] = [
  { code: "no_domain", numbers: [NUMBERS.noDomain], verdict: "missing" },
  { code: "no_network", numbers: [NUMBERS.noNetwork], verdict: "wrong_here" },
  { code: "no_pool", numbers: [NUMBERS.noPool], verdict: "wrong_here" },
  { code: "no_volume", numbers: [NUMBERS.noVolume], verdict: "missing" },
  { code: "no_metadata", numbers: [NUMBERS.noMetadata], verdict: "missing" },
  { code: "volume_exists", numbers: [NUMBERS.volumeExists], verdict: "taken" },
  { code: "name_taken", says: /already (exists|defined) with uuid/i, verdict: "taken" },
  { code: "quota", numbers: [NUMBERS.hook], says: /quota|at most|limit/i, verdict: "not_allowed_more" },
  { code: "refused_by_hook", numbers: [NUMBERS.hook], verdict: "used_up" },
  { code: "disk_full", says: /no space left on device|disk quota exceeded/i, verdict: "used_up" },
  { code: "memory_used_up", numbers: [NUMBERS.noMemory], verdict: "used_up" },
  { code: "memory_used_up", says: /cannot allocate memory|cannot set up guest memory/i, verdict: "used_up" },
  { code: "too_many_cpus", says: /maximum vcpus|max(imum)? cpus|number of (smp )?cpus/i, verdict: "used_up" },
  { code: "processes_used_up", says: /resource temporarily unavailable|too many open files/i, verdict: "used_up" },
  { code: "addresses_used_up", says: /no (free|available) (address|port)/i, verdict: "used_up" },
  { code: "already_running", says: /(domain|machine) is already (running|active)/i, verdict: "not_in_this_state" },
  { code: "not_running", says: /domain is not running/i, verdict: "not_in_this_state" },
  { code: "network_down", says: /network '.*' is not active/i, verdict: "wrong_here" },
  { code: "pool_down", says: /storage pool '.*' is not active/i, verdict: "wrong_here" },
  { code: "base_image_gone", says: /cannot access backing file|inaccessible backing store/i, verdict: "no_image" },
  { code: "file_missing", says: /cannot access storage file/i, verdict: "passing" },
  { code: "tap_busy", says: /unable to create tap device/i, verdict: "passing" },
  { code: "busy", says: /asynchronous jobs|still being allocated|in use\b|state change lock/i, verdict: "passing" },
  { code: "busy", numbers: [NUMBERS.busy, NUMBERS.timeout], verdict: "passing" },
  { code: "still_up", says: /failed to terminate process/i, verdict: "broken" },
  { code: "not_authorized", numbers: [NUMBERS.authFailed, NUMBERS.authCancelled], verdict: "not_let_in" },
  { code: "not_authorized", numbers: [NUMBERS.authUnavailable, NUMBERS.accessDenied], verdict: "not_let_in" },
  { code: "not_authorized", numbers: [NUMBERS.operationDenied], verdict: "not_let_in" },
  {
    code: "no_emulator",
    says: /could not find capabilities|preferred machine for|emulator .* does not exist|kvm kernel module/i,
    verdict: "wrong_here",
  },
  { code: "not_supported", numbers: [NUMBERS.noSupport, NUMBERS.unsupported], verdict: "wrong_here" },
  { code: "no_driver", numbers: [NUMBERS.noConnect], verdict: "wrong_here" },
  { code: "agent_away", numbers: [NUMBERS.agentAway], verdict: "not_in_this_state" },
  { code: "not_now", numbers: [NUMBERS.operationInvalid], verdict: "not_in_this_state" },
  { code: "daemon_trouble", numbers: [NUMBERS.rpc], verdict: "broken" },
];

export function faultIn({ code, message }: Pick<Refusal, "code" | "message">): Fault {
  const rule = RULES.find(
    ({ numbers, says }) => (numbers?.includes(code) ?? true) && (says === undefined || says.test(message)),
  );
  const verdict = VERDICTS[rule?.verdict ?? "unexplained"];
  const text = oneLine(message === "" ? `libvirt's error ${code}` : message);
  return { ...verdict, retryAfterMs: null, code: rule?.code ?? `error_${code}`, text, requestId: null };
}

/** QEMU's last words come in several lines. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The daemon has read a request and said no: what it has done is known, or can be asked. */
class DaemonFault extends ProviderFault {}

export function refusalFault(refusal: Refusal): ProviderFault {
  return new DaemonFault(faultIn(refusal));
}

/** `code`: of this one alone. */
export function isRefusal(error: unknown, code?: string): error is ProviderFault {
  return error instanceof DaemonFault && (code === undefined || error.fault.code === code);
}

/** What this provider finds out itself. */
export function faultOf(verdict: keyof typeof VERDICTS, code: string, text: string): ProviderFault {
  return new ProviderFault(verdictOf(verdict, code, text));
}

/** What the daemon should have refused, and has not. */
export function refusedAs(verdict: keyof typeof VERDICTS, code: string, text: string): ProviderFault {
  return new DaemonFault(verdictOf(verdict, code, text));
}

function verdictOf(verdict: keyof typeof VERDICTS, code: string, text: string): Fault {
  return { ...VERDICTS[verdict], retryAfterMs: null, code, text, requestId: null };
}

/** Of what exists and is not well. */
export function madeFault(of: Pick<Fault, "class" | "code" | "text">): Fault {
  return { ...of, scope: "account", effect: "made", retryAfterMs: null, requestId: null };
}

const NOT_ALLOWED = {
  class: "account",
  text: "this user may not open it; add the user that Slipway runs as to the group that owns it (usually libvirt)",
} as const;

/** Of a socket that cannot be opened. */
export const SOCKET_REMEDIES: Remedies = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: { text: "there is no such socket; start libvirt there, or correct the account's connection" },
  ECONNREFUSED: { text: "nobody listens; start libvirt there, or correct the account's connection" },
};

export function authFault(name: string): ProviderFault {
  return faultOf(
    "not_let_in",
    "login_wanted",
    `${name}: asks for a login by SASL, which is not spoken: use ssh or certificates`,
  );
}

export function tlsFault(name: string, hasShown: boolean): ProviderFault {
  const remedy = hasShown ? "does not take the account's certificate" : "asks for a certificate: give cert and key";
  return faultOf("not_let_in", "certificate_refused", `${name}: ${remedy}`);
}

/** What the program says that passes bytes on there. */
export const SSH_RULES: readonly SshRule[] = [
  { code: "ssh_no_socket", says: /no socket of libvirt/i },
  { code: "ssh_no_relay", says: /(nc|socat):? (command )?not found/i },
];

const REMEDIES: Remedies = {
  ...SSH_REMEDIES,
  ssh_no_socket: { text: "there is no socket of libvirt on that host; start libvirt there" },
  ssh_no_relay: {
    class: "config",
    text: "that host has neither nc nor socat, one of which passes on what is said to libvirt: install netcat-openbsd",
  },
};

export function sshFault(name: string, why: Error): ProviderFault {
  return lineFault(why, { name, effect: "none", remedies: REMEDIES });
}
