// What is taken away from the database when its time is over. Part of the port to the database (store.ts).

import type { DeploymentId } from "../core/ids.ts";

/** What one deployment has no more. */
export interface Kept {
  /** The number of the oldest step that is kept, or, with none kept, of the next one. */
  readonly stepsFrom: number;
  /** When the consoles of its machines went, kept or not. */
  readonly consolesGoneAt: number | null;
  /** When its attempts, placements and machines began to go. */
  readonly ledgerGoneAt: number | null;
}

/** What a batch took away. */
export interface Pruned {
  readonly steps: number;
  readonly consoles: number;
  /** Closed machines. */
  readonly machines: number;
  /** Deployments whose secret parameters went. */
  readonly secrets: number;
  /** Plans whose outcome is not told any more. */
  readonly plans: number;
  /** There may be more to take away now. */
  readonly isMore: boolean;
}

/** So much one batch takes at most of each kind. */
export interface PruneLimits {
  readonly deployments: number;
  /** Steps, consoles, plans, and rows of the ledger with their consoles. */
  readonly rows: number;
}

export interface PruneReads {
  kept(id: DeploymentId): Promise<Kept | null>;
}

export interface PruneWrites {
  /**
   * Takes away what is over, by the retention of its pool, of deployments that have ended and have no open machine; skips those that others hold.
   * Secret parameters go when their deployment is deleted. A console that is kept later goes as well. Plans go a day after they expire.
   */
  prune(limits: PruneLimits): Promise<Pruned>;
}
