/** The one row of the clock: what Slipway's time is ahead of the database's clock by, and what is known of it. */
export interface ClockRow {
  readonly offsetMs: number;
  readonly steps: number;
  readonly steppedAt: number | null;
  readonly steppedByMs: number | null;
  readonly seenAt: number;
}
