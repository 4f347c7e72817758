// Provider accounts, pools, what an account offers, and remembered refusals.

import type { Fault } from "./fault.ts";
import type { AccountId, DeploymentId } from "./ids.ts";

/** A sum of machines: what a launch needs, what an account has reserved, what a quota allows. */
export interface Amount {
  readonly instances: number;
  readonly cpu: number;
  readonly memoryMib: number;
}

/** A limit per dimension; null: not limited. */
export type QuotaLimit = { readonly [D in keyof Amount]: number | null };

export interface Size {
  readonly name: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly architecture: string;
  readonly accelerators: number;
  /** Millionths of a dollar per hour: whole numbers add up without surprises. */
  readonly hourlyMicros: number;
  /** Realms that sell it. */
  readonly realms: readonly string[];
}

/** A cloud that cuts machines to measure (containers): any size up to `max`, priced by its parts. */
interface FlexibleSize {
  readonly max: Amount & { readonly storageGib: number };
  readonly architecture: string;
  readonly hourlyMicrosPerCpu: number;
  readonly hourlyMicrosPerGib: number;
}

/** What an account offers, read from its cloud by the tracker. */
export interface Catalogue {
  readonly realms: readonly string[];
  readonly sizes: readonly Size[];
  readonly flexible: FlexibleSize | null;
  /** The cloud's own names of images. */
  readonly images: readonly string[];
  /** The cloud's quota, and what is used of it by anybody. */
  readonly limit: QuotaLimit;
  readonly used: Amount;
  /** Machines there reach what listens on the loopback of Slipway's own machine. */
  readonly sharesLoopback: boolean;
  /** Bytes of user data that a machine may have, filled in: a trait of its provider. */
  readonly userDataBytesMost: number;
  readonly readAt: number;
}

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
  readonly catalogue: Catalogue | null;
  readonly limiter: Limiter;
  /** Set while the meltdown guard holds: all machines seemed gone at once, and nothing is concluded from lists. */
  readonly alert: string | null;
  readonly pollAt: number;
  readonly createdAt: number;
}

/** Adaptive limiter: calls in flight grow by one per round of successes and halve when the cloud throttles (AIMD). */
export interface Limiter {
  readonly parallel: number;
  /** No call before this time (the cloud asked for a pause). */
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
}

/** A remembered refusal; shared by all launches. `*` stands for every realm or size. */
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

/** One account as selection sees it. */
export interface MarketAccount {
  readonly account: Account;
  readonly member: PoolMember;
  /** Sum over all attempts that hold this account. */
  readonly reserved: Amount;
}

/** Everything that choosing a match depends on. */
export interface Market {
  readonly pool: Pool;
  readonly poolReserved: Amount;
  readonly accounts: readonly MarketAccount[];
  readonly blocks: readonly Block[];
}
