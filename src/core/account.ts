// Provider accounts, pools, and remembered refusals. What accounts offer: market/offer.ts.

import type { Retention } from "./people/retention.ts";
import type { Fault } from "./fault.ts";
import type { AccountId, DeploymentId } from "./ids.ts";
import type { QuotaLimit } from "./market/amount.ts";

export const ACCOUNT_HEALTHS = ["unknown", "healthy", "unreachable", "suspended"] as const;
/** `suspended`: credentials or the account itself were refused; a check that passes lifts it. */
export type AccountHealth = (typeof ACCOUNT_HEALTHS)[number];

export interface Account {
  readonly id: AccountId;
  /** Unique, for people. */
  readonly name: string;
  readonly provider: string;
  /** What the provider needs that is no secret (endpoint, tenant); each provider parses its own. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
  readonly health: AccountHealth;
  readonly healthText: string | null;
  readonly healthAt: number | null;
  /** Slipway's own limit, besides the cloud's. */
  readonly limit: QuotaLimit;
  /** Logical name → the cloud's; what is not listed is looked up under its own name. */
  readonly images: Readonly<Record<string, string>>;
  /** Logical name → the cloud's: the only realms that are launched in. Empty: all that the cloud offers. */
  readonly realms: Readonly<Record<string, string>>;
  /** When its offers were last read whole; null: not yet. */
  readonly offersAt: number | null;
  /** When its cloud was last asked for usage and quota; null: not yet. */
  readonly usageAt: number | null;
  readonly limiter: Limiter;
  readonly alert: Alert | null;
  readonly pollAt: number;
  readonly createdAt: number;
}

/** The meltdown guard holds: all machines seemed gone at once, and nothing is concluded from lists. */
export interface Alert {
  readonly text: string;
  /** Where; empty: in the whole account. */
  readonly realms: readonly string[];
}

/** Adaptive limiter: calls in flight grow by one per round of successes and halve when the cloud throttles (AIMD). Below one: longer pauses. */
export interface Limiter {
  readonly parallel: number;
  /** No call before this time (the cloud throttled). */
  readonly pausedUntil: number | null;
}

export interface PoolMember {
  readonly account: AccountId;
  /** Lower is tried first. */
  readonly group: number;
  /** −100 … 100; shifts the draw within a tier. */
  readonly weight: number;
}

export interface Pool {
  readonly name: string;
  readonly enabled: boolean;
  readonly members: readonly PoolMember[];
  readonly limit: QuotaLimit;
  /** Of what each user may hold there. */
  readonly userLimit: QuotaLimit;
  /** How long a deployment may run there, so that each has a lease; null: as long as anybody likes. */
  readonly maxLeaseMs: number | null;
  /** How long a machine that a launch failed for may be kept there at the most; null: as long as the launch says. */
  readonly maxQuarantineMs: number | null;
  /** Of what belongs to its ended deployments. */
  readonly retention: Retention;
}

/** A remembered refusal; shared by all launches. `*` stands for every realm or size, `* of cpu/standard` for every size that takes of that quota. */
export interface Block {
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  readonly reason: "capacity" | "quota";
  readonly text: string;
  /** Refusals in a row: the pause doubles with each. */
  readonly strikes: number;
  readonly until: number;
  /** After `until`, the one deployment that may try; others wait for its outcome until `probeUntil`. */
  readonly probe: { readonly deployment: DeploymentId; readonly until: number } | null;
}

/** What a fault of one account leads to beyond its own launch. */
export interface AccountVerdict {
  readonly account: AccountId;
  readonly fault: Fault;
}
