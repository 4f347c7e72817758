// What a cloud's refusal or failure means. Each provider maps its native codes to this; everything else in Slipway looks
// at class, scope and effect, never at a text.

import { briefFault } from "./story/brief.ts";

export const FAULT_CLASSES = [
  "capacity",
  "quota",
  "throttle",
  "auth",
  "account",
  "config",
  "transient",
  "conflict",
  "not_found",
  "unknown",
] as const;
export type FaultClass = (typeof FAULT_CLASSES)[number];

/**
 * How far the refusal reaches. `quota`: all offers of the account that take of the same quota of its cloud's, such as a family of types.
 * `deployment`: it would fail everywhere, so no other account is burnt.
 */
export const FAULT_SCOPES = ["offer", "quota", "realm", "account", "provider", "deployment"] as const;
export type FaultScope = (typeof FAULT_SCOPES)[number];

/** `none`: provably nothing was made. `made`: something exists under a known id. `unknown`: the resolver must look. */
export const FAULT_EFFECTS = ["none", "made", "unknown"] as const;
export type FaultEffect = (typeof FAULT_EFFECTS)[number];

export interface Fault {
  readonly class: FaultClass;
  readonly scope: FaultScope;
  readonly effect: FaultEffect;
  /** The cloud's own wish when to come again. */
  readonly retryAfterMs: number | null;
  /** The cloud's own code, for people and for support. */
  readonly code: string;
  readonly text: string;
  readonly requestId: string | null;
}

/** Code of a call that had no answer in its time. */
export const TIMEOUT = "timeout";

/** The same, as a system says it of a connection. */
const UNANSWERED: ReadonlySet<string> = new Set([TIMEOUT, "ETIMEDOUT", "ESOCKETTIMEDOUT"]);

/** True when the cloud said nothing for as long as anybody waits. */
export function isUnanswered({ code }: Fault): boolean {
  return UNANSWERED.has(code);
}

/** Code of a call that our own end has cut short: of the cloud it says nothing. */
export const STOPPED = "process_stopped";

/** What is said of a cloud that accepts a delete and goes on showing the machine: no answer of its own says so. */
export const DELETE_IGNORED: Fault = {
  class: "unknown",
  scope: "account",
  effect: "none",
  retryAfterMs: null,
  code: "delete_ignored",
  text: "its cloud accepted the delete, and still showed the machine a minute later; it is asked again each minute",
  requestId: null,
};

/** What is still true of a machine on its way out after an answer that is no failure. */
export function stillTrue(fault: Fault | null): Fault | null {
  return fault?.code === DELETE_IGNORED.code ? fault : null;
}

/** Longer than this no cloud is left alone for one answer: a date by mistake, or a wrong unit, would be a pause of years. */
export const PAUSE_MOST_MS = 60 * 60_000;

/** A cloud's wish as it may be counted with; null for what is none: nothing, no finite number, a time that is over. */
export function pauseWished(ms: number | null): number | null {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return null;
  return Math.min(PAUSE_MOST_MS, Math.ceil(ms));
}

/** The fault as it is recorded, whatever its provider has made of the cloud's numbers and texts. */
export function soundFault(fault: Fault): Fault {
  return { ...briefFault(fault), retryAfterMs: pauseWished(fault.retryAfterMs) };
}
