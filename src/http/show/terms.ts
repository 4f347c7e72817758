// How replies say money and time.

import type { Limit } from "../../contract/terms.ts";
import type { QuotaLimit } from "../../core/market/amount.ts";

/** Dollars from millionths. */
export const dollars = (micros: number): number => micros / 1_000_000;

/** A time in UTC as text, from milliseconds since 1970. */
export const time = (ms: number): string => new Date(ms).toISOString();

export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

export const dollarsOrNull = (micros: number | null): number | null => (micros === null ? null : dollars(micros));

/** A limit as people write it: money in dollars. */
export function readLimit({ hourlyCost, ...limit }: Limit): QuotaLimit {
  return { ...limit, hourlyMicros: hourlyCost === null ? null : Math.round(hourlyCost * 1_000_000) };
}

export function showLimit({ hourlyMicros, ...limit }: QuotaLimit): Limit {
  return { ...limit, hourlyCost: dollarsOrNull(hourlyMicros) };
}
