// The rows of what is chosen and held.

import type { FaultScope } from "../core/fault.ts";
import type { AccountId, DeploymentId } from "../core/ids.ts";
import type { Amount } from "../core/market/amount.ts";
import type { Instead } from "../core/market/placement.ts";

export interface PlacementRow {
  readonly deployment: DeploymentId;
  readonly attempt: number;
  readonly instance: string;
  readonly no: number;
  readonly revision: number;
  readonly account: AccountId;
  readonly pool: string;
  /** Null: of before there were quotas of users, and given back. */
  readonly launched_by: string | null;
  readonly realm: string;
  readonly size: string;
  readonly image: string;
  readonly profile_choice: number;
  readonly image_choice: number;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly hourly_micros: number | null;
  readonly takes: Amount;
  readonly instead: Instead | null;
  readonly ask_order: number;
  readonly chosen_at: Date;
  readonly refused: FaultScope | null;
  readonly released_at: Date | null;
  /** Of the machine that was made last under it; kept by the database. */
  readonly made_at?: Date | null;
  readonly gone_at?: Date | null;
  /** Of the one that was made first. */
  readonly first_made_at?: Date | null;
}

/** A change of what is held: so many placements more or, below zero, fewer of a kind; kept by the database. */
export interface HoldingRow {
  readonly account: AccountId;
  readonly pool: string;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly hourly_micros: number | null;
  readonly takes: Amount;
  readonly number: number;
}
