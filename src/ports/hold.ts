// The hold: after a database was put back from a backup, clouds and ledger are compared before anything is removed. What was asked for since
// the backup is not in the ledger, and what the ledger wants gone may have been wanted otherwise since.

import type { Machine } from "../core/machine.ts";

/** Times in ms since 1970, Slipway's. */
export interface Hold {
  readonly restoredAt: number;
  /** Until then nothing is removed that was asked for before `restoredAt`, and no launch that was under way then goes on. */
  readonly until: number;
}

export interface Stray {
  readonly machine: Machine;
  readonly accountName: string;
  /** Of the deployment that it was asked for, by its name; null: that is not known. */
  readonly deploymentName: string | null;
}

export interface HoldReads {
  /** Null: there is none, or it is over. */
  hold(): Promise<Hold | null>;
  /** Machines at clouds that no deployment knows, oldest first. */
  strays(): Promise<readonly Stray[]>;
  /** Deployments that wait for the end of the hold: those that were under way. */
  heldDeployments(): Promise<number>;
}

/** Part of a transaction. */
export interface HoldWrites {
  /**
   * After all rows were put back: begins a hold until then. Every deployment that is not deleted goes on from then on, all claims are void,
   * accounts are due to be listed, and what may have been asked of a cloud since the backup counts as asked.
   */
  beginHold(until: number): Promise<void>;
  /** Ends the hold at another time, now at the earliest; does nothing when there is none. Notifies. */
  setHold(until: number): Promise<void>;
}
