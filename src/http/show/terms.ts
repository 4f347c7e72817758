// How replies say money and time.

import type { Limit, NearQuota, Usage } from "../../contract/terms.ts";
import { type Amount, amountIn, dimensionOf, type QuotaLimit } from "../../core/market/amount.ts";
import { type Near, nearOf } from "../../core/market/near.ts";

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

export function showLimit({ hourlyMicros, families, ...limit }: QuotaLimit): Limit {
  return { ...limit, hourlyCost: dollarsOrNull(hourlyMicros), families: { ...families } };
}

export function showUsage({ families }: QuotaLimit, held: Amount): Usage {
  const of = (name: string): number => amountIn(held, dimensionOf(name));
  return {
    instances: of("instances"),
    cpu: of("cpu"),
    memoryMib: of("memoryMib"),
    storageGib: of("storageGib"),
    accelerators: of("accelerators"),
    deployments: of("deployments"),
    hourlyCost: dollars(of("hourlyMicros")),
    families: Object.fromEntries(Object.keys(families).map((name) => [name, of(name)])),
  };
}

/** One dimension of a limit; money in dollars. */
export function showQuota({ name, used, most }: Pick<Near, "name" | "used" | "most">): NearQuota {
  if (name === "hourlyMicros") return { quota: "hourlyCost", used: dollars(used), most: dollars(most) };
  return { quota: name, used, most };
}

export const showNear = (limit: QuotaLimit, held: Amount): NearQuota[] => nearOf(limit, held).map(showQuota);
