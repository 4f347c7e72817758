// How often an account's cloud is called: counts of this minute and of the one before it, so that one row per account is enough.

const MINUTE_MS = 60_000;

/** Calls that were claimed in the minute that began at `minuteAt`, and in the minute before. */
export interface CallCount {
  readonly minuteAt: number;
  readonly calls: number;
  readonly callsBefore: number;
}

export const NO_CALLS: CallCount = { minuteAt: 0, calls: 0, callsBefore: 0 };

/** The count with so many calls more. The store's SQL says the same. */
export function counted(count: CallCount, calls: number, now: number): CallCount {
  const minuteAt = now - (now % MINUTE_MS);
  if (count.minuteAt === minuteAt) return { ...count, calls: count.calls + calls };
  return { minuteAt, calls, callsBefore: count.minuteAt === minuteAt - MINUTE_MS ? count.calls : 0 };
}

/** Calls in the 60 s up to `now`: of the minute before, as much as reaches into them. */
export function callsPerMinute(count: CallCount, now: number): number {
  const { minuteAt, calls, callsBefore } = counted(count, 0, now);
  return Math.round(calls + callsBefore * (1 - (now - minuteAt) / MINUTE_MS));
}
