// How replies say money and time.

import type { QuotaLimit } from "../core/account.ts";

/** Dollars from millionths. */
export const dollars = (micros: number): number => micros / 1_000_000;

/** A time in UTC as text, from milliseconds since 1970. */
export const time = (ms: number): string => new Date(ms).toISOString();

export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

export const UNLIMITED: QuotaLimit = { instances: null, cpu: null, memoryMib: null };
