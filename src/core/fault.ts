// What a cloud's refusal or failure means. Each provider maps its native codes to this; everything else in Slipway looks
// at class, scope and effect, never at a text.

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

/** How far the refusal reaches. `deployment`: it would fail everywhere, so no other account is burnt. */
export const FAULT_SCOPES = ["offer", "realm", "account", "provider", "deployment"] as const;
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
