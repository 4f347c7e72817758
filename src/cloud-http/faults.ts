// What it means when a line to a cloud fails, whichever cloud it is. Only the effect depends on when: before the first byte of a
// request has left, nothing can have been done; afterwards nobody can say.

import type { Fault, FaultClass, FaultEffect } from "../core/fault.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { UnreadableAnswer } from "./read.ts";

interface Meaning {
  /** What is wrong and what a person can do about it; completes "ADDRESS: …". */
  readonly text: string;
  /** `transient` unless told. */
  readonly class?: FaultClass;
}

/** By the code of the error. */
export type Remedies = Readonly<Record<string, Meaning>>;

const UNKNOWN_NAME: Meaning = { text: "the host name is unknown; correct the account's address" };
const NO_NAMES: Meaning = { text: "the name service does not answer, so the host name cannot be looked up" };
const NO_WAY: Meaning = { text: "no way leads there; look at the network between, or correct the account's address" };
const CUT: Meaning = { text: "the connection ended without an answer" };
const NO_TLS: Meaning = { text: "does not speak TLS as this side does; correct the account's address" };

const MEANINGS: Remedies = {
  ENOTFOUND: UNKNOWN_NAME,
  EAI_NONAME: UNKNOWN_NAME,
  EAI_NODATA: UNKNOWN_NAME,
  EAI_AGAIN: NO_NAMES,
  EAI_FAIL: NO_NAMES,
  ECONNREFUSED: { text: "nobody listens; start what belongs there, or correct the account's address" },
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  ENETDOWN: NO_WAY,
  EADDRNOTAVAIL: NO_WAY,
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: CUT,
  EPROTO: NO_TLS,
  ERR_INVALID_CHAR: {
    class: "config",
    text: "a setting or credential holds a character that cannot be sent; correct the account",
  },
};

/** Reasons of OpenSSL and Node for not accepting a certificate. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

/** `effect`: what has to be assumed for the request that was, or was not yet, sent. */
export function lineFault(
  error: Error,
  at: {
    readonly name: string;
    readonly effect: FaultEffect;
    readonly remedies: Remedies;
    /** A certificate of our own was there to be shown. */
    readonly hasCertificate?: boolean;
  },
): ProviderFault {
  const first = firstOf(error);
  const code = codeOf(first) ?? "no_connection";
  if (REFUSED_CERTIFICATE.test(code)) return refusedFault(error, { ...at, code });
  const meaning = at.remedies[code] ?? MEANINGS[code] ?? meaningOf(code, first);
  const text = `${at.name}: ${meaning.text} (${code})`;
  return wireFault({ class: meaning.class ?? "transient", effect: at.effect, code, text }, error);
}

/** Alerts of TLS by which the other side refuses what it was shown, or was not shown. */
const REFUSED_CERTIFICATE =
  /^ERR_SSL_(SSL\/TLS|TLSV1|TLSV13|SSLV3)_ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/;

/** Who refuses a certificate has not read the request, although it may have been sent already. */
function refusedFault(
  error: Error,
  at: { readonly name: string; readonly code: string; readonly hasCertificate?: boolean },
): ProviderFault {
  const remedy =
    at.hasCertificate === true
      ? "does not take the account's certificate: give one, with its key, that an authority has signed which is trusted there"
      : "asks for a certificate: give the account `cert` and `key`";
  const text = `${at.name}: ${remedy} (${at.code})`;
  return wireFault({ class: "auth", effect: "none", code: "certificate_refused", text }, error);
}

/** What is wrong with a certificate, and what helps; where nothing stands here, nobody who is trusted has signed it. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "it has expired; whoever runs that cloud has to renew it",
  CERT_NOT_YET_VALID: "it is not valid yet; look at this machine's clock",
  CERT_REVOKED: "it was revoked; whoever runs that cloud has to renew it",
  HOSTNAME_MISMATCH: "it is for another name; correct the account's address",
};
const UNTRUSTED =
  "nobody who is trusted here has signed it; give the certificate that signed it as the setting `ca`, or correct the account's address";

function certificateText(code: string, error: Error): string {
  if (code !== "ERR_TLS_CERT_ALTNAME_INVALID") return CERTIFICATES[code] ?? UNTRUSTED;
  const names = namesIn(error);
  return names === null
    ? "it is for another name; correct the account's address"
    : `it is for ${names}; correct the account's address`;
}

/** For which names and addresses the certificate is, as Node tells it: \`DNS:cloud.example, IP Address:10.0.0.1\`. */
function namesIn(error: Error): string | null {
  const certificate: unknown = "cert" in error ? error.cert : null;
  if (typeof certificate !== "object" || certificate === null || !("subjectaltname" in certificate)) return null;
  const { subjectaltname: names } = certificate;
  return typeof names === "string" && names !== "" ? names.replaceAll(/(?:DNS|IP Address):/g, "") : null;
}

function meaningOf(code: string, error: Error): Meaning {
  if (CERTIFICATE.test(code)) {
    return { class: "account", text: `its certificate is not accepted: ${certificateText(code, error)}` };
  }
  if (code.startsWith("ERR_SSL_")) return NO_TLS;
  if (code === "HPE_HEADER_OVERFLOW") return { text: "its answer has headers without end" };
  if (code.startsWith("HPE_")) return { text: "does not speak HTTP; correct the account's address" };
  return { text: `the connection failed: ${error.message}` };
}

/** Several addresses of one name were tried: all failed, and the first speaks for them. */
function firstOf(error: Error): Error {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return inner instanceof Error ? inner : error;
}

/** True for errors of the network, the system and the other side; what else is thrown is a bug. */
export function isOfTheLine(error: Error): boolean {
  const code = codeOf(error);
  return code !== null && (code === "ERR_INVALID_CHAR" || !(error instanceof TypeError));
}

export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : null;
}

/** No answer in the time that one may take in all. */
export function lateFault(at: {
  readonly name: string;
  readonly effect: FaultEffect;
  readonly ms: number;
}): ProviderFault {
  const text = `${at.name}: no answer within ${at.ms / 1000} s`;
  return wireFault({ class: "transient", effect: at.effect, code: "timeout", text }, undefined);
}

/** An answer that cannot be read may stand for anything. */
export function unreadableFault(error: UnreadableAnswer): ProviderFault {
  return wireFault({ class: "transient", effect: "unknown", code: "unreadable_answer", text: error.message }, error);
}

/** Statuses that say: nothing was done here, ask there. After another one, a request may have been carried out. */
const NOTHING_DONE = [307, 308];

/**
 * An answer that leads elsewhere is not followed: the request, with all that is secret in it, was meant for the account's own address.
 * Only host and port of the other place are told, for its path may hold a secret.
 */
export function redirectFault(
  answer: { readonly status: number; readonly location: string | undefined },
  at: { readonly name: string; readonly base: string },
): ProviderFault {
  const url = answer.location === undefined ? null : URL.parse(answer.location, at.base);
  const where = url === null || url.host === "" ? "another address" : `${url.protocol}//${url.host}`;
  const text = `${at.name}: leads to ${where} (status ${answer.status}), which is not followed; give the account the cloud's own address`;
  const effect = NOTHING_DONE.includes(answer.status) ? "none" : "unknown";
  return wireFault({ class: "config", effect, code: "redirected", text }, undefined);
}

function wireFault(what: Pick<Fault, "class" | "effect" | "code" | "text">, cause: Error | undefined): ProviderFault {
  return new ProviderFault({ ...what, scope: "account", retryAfterMs: null, requestId: null }, { cause });
}

/** The same fault where it is known what it has left behind. */
export function retold(
  error: ProviderFault,
  { effect, externalId }: { readonly effect: Fault["effect"]; readonly externalId?: string },
): ProviderFault {
  const fault = { ...error.fault, effect };
  return new ProviderFault(fault, externalId === undefined ? { cause: error } : { cause: error, externalId });
}

/** What is done before anything is asked for: whatever goes wrong has made nothing. */
export async function beforehand<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof ProviderFault ? retold(error, { effect: "none" }) : error;
  }
}

/** Null for what the cloud itself says is not there. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "not_found") return null;
    throw error;
  }
}
