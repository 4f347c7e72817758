// An account at one cloud: key, quota, throttle, suspension.

import { type Amount, CloudError, type QuotaLimit, type Size } from "../cloud-api.ts";
import type { CompleteCloud } from "../settings.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

export interface Tenant {
  readonly name: string;
  readonly key: string;
  limit: QuotaLimit;
  readonly bucket: TokenBucket | null;
  isSuspended: boolean;
}

const DIMENSIONS = ["instances", "cpu", "memoryMib"] as const;
const NO_LIMIT: QuotaLimit = { instances: null, cpu: null, memoryMib: null };

export function createTenant(settings: CompleteCloud["tenants"][number], now: number): Tenant {
  return {
    name: settings.name,
    key: settings.key,
    limit: settings.quota ?? NO_LIMIT,
    bucket: settings.throttle === undefined ? null : createTokenBucket(settings.throttle, now),
    isSuspended: false,
  };
}

export function usedBy(sizes: readonly Size[]): Amount {
  return {
    instances: sizes.length,
    cpu: sizes.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMib: sizes.reduce((sum, { memoryMib }) => sum + memoryMib, 0),
  };
}

/** Throws `quota_exceeded` or `quota_zero` when one more of this size is too much. */
export function checkQuota(tenant: Tenant, held: readonly Size[], size: Size): void {
  const used = usedBy(held);
  const wanted = usedBy([...held, size]);
  for (const dimension of DIMENSIONS) {
    const limit = tenant.limit[dimension];
    if (limit === null || wanted[dimension] <= limit) continue;
    throw new CloudError(
      limit === 0 ? "quota_zero" : "quota_exceeded",
      `Quota exceeded for ${dimension}: ${used[dimension]} of ${limit} used, ${wanted[dimension] - used[dimension]} requested`,
    );
  }
}
