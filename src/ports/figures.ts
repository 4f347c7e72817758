// How things stand all over the database, counted where it is: for metrics, which are asked for every few seconds.

import type { AccountId } from "../core/ids.ts";
import type { DeploymentState } from "../core/states.ts";

/** A row that is due for so long is late: pumps look once a second at least. */
export const LATE_MS = 5_000;

/** Rows that a pump could have taken. */
export interface DueRows {
  /** Due for longer than LATE_MS. */
  readonly late: number;
  /** When the first of all that are due was; null: nothing is. */
  readonly since: number | null;
}

/** Open machines of one account. Sums are of those whose price is known, in millionths of a dollar per hour. */
export interface MachineFigures {
  readonly open: number;
  readonly hourlyMicros: number;
  /** They cost something, and nobody knows how much. */
  readonly unpriced: number;
  readonly debts: number;
  readonly debtHourlyMicros: number;
  readonly debtUnpriced: number;
  /** Since when the oldest is owed; null without debt. */
  readonly debtSince: number | null;
  /** Kept in quarantine: attempts of launches failed for them. */
  readonly kept: number;
  readonly keptHourlyMicros: number;
  readonly keptUnpriced: number;
  /** Ours by their labels, of no deployment. */
  readonly strays: number;
}

export interface Figures {
  /** Slipway's time, ms since 1970. */
  readonly now: number;
  /** By state, of those that are in no final state and not deleted; a state that none is in is left out. */
  readonly deployments: ReadonlyMap<DeploymentState, number>;
  /** Since when the one is that has waited longest; null: none is. */
  readonly parked: { readonly count: number; readonly since: number | null };
  /** What a limiter or a claim holds back is not due. */
  readonly due: Readonly<Record<"advance" | "call" | "probe" | "poll", DueRows>>;
  /** Accounts without open machines are left out. */
  readonly machines: ReadonlyMap<AccountId, MachineFigures>;
}

export interface FigureReads {
  /** Takes no lock and reads what is alive, however much has ended. */
  figures(): Promise<Figures>;
}
