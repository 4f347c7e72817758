// How long what belongs to ended deployments is kept. Nothing that is open or owed, or that such refers to, is ever taken away.

/** In days; null: for ever. */
export interface Retention {
  /** Steps, from the end of their deployment on, or from its deletion when that was later. */
  readonly stepsDays: number | null;
  /** Consoles of its machines, likewise. */
  readonly consolesDays: number | null;
  /** Attempts, placements and machines, from the deletion of their deployment on. */
  readonly ledgerDays: number | null;
}

/** Also that of pools that are gone. */
export const RETENTION: Retention = { stepsDays: 90, consolesDays: 30, ledgerDays: null };

/** A hundred years. */
export const RETENTION_MOST = 36_500;

export const DAY_MS = 86_400_000;
