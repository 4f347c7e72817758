// Limits in any dimension that clouds count, per account and per realm, and what counts against them.

import { CloudError, type Size } from "../cloud-api.ts";
import type { Amounts, Limits } from "../tenant-api.ts";

export interface Quota {
  /** Of the whole account. */
  limits: Limits;
  readonly realmLimits: Map<string, Limits>;
  /** Of our machines and parts, whoever made them. */
  readonly count: Count;
  /** What else counts: other services, other accounts of the same contract. */
  readonly others: Count;
}

/** How much is taken, of the whole and in each realm. */
export interface Count {
  add(realm: string | null, amounts: Amounts): void;
  subtract(realm: string | null, amounts: Amounts): void;
  /** Of one realm; null: of the whole. */
  of(realm: string | null): Amounts;
}

export function createCount(): Count {
  const whole = new Map<string, number>();
  const realms = new Map<string, Map<string, number>>();
  const shift = (sums: Map<string, number>, amounts: Amounts, sign: 1 | -1): void => {
    for (const [dimension, amount] of Object.entries(amounts)) {
      sums.set(dimension, (sums.get(dimension) ?? 0) + sign * amount);
    }
  };
  const change = (realm: string | null, amounts: Amounts, sign: 1 | -1): void => {
    shift(whole, amounts, sign);
    if (realm === null) return;
    const sums = realms.get(realm) ?? new Map<string, number>();
    realms.set(realm, sums);
    shift(sums, amounts, sign);
  };
  return {
    add: (realm, amounts) => change(realm, amounts, 1),
    subtract: (realm, amounts) => change(realm, amounts, -1),
    of: (realm) => Object.fromEntries((realm === null ? whole : realms.get(realm)) ?? []),
  };
}

interface Taking {
  readonly size: Size;
  readonly family: string;
  readonly acceleratorKind: string | null;
  readonly isSpot: boolean;
}

/** What one machine counts for. Spot is counted apart from the families, as at EC2. */
export function takenBy({ size, family, acceleratorKind, isSpot }: Taking): Amounts {
  const { cpu, memoryMib, storageGib, accelerators } = size;
  const sort = isSpot ? { spotInstances: 1, spotCpu: cpu } : { [`instances/${family}`]: 1, [`cpu/${family}`]: cpu };
  const kinds = acceleratorKind === null ? {} : { accelerators, [`accelerators/${acceleratorKind}`]: accelerators };
  return { instances: 1, cpu, memoryMib, storageGib, ...sort, ...kinds };
}

interface Wanted {
  readonly realm: string;
  readonly amounts: Amounts;
  /** What is used before; all that is, unless told. */
  readonly used?: (realm: string | null) => Amounts;
}

/** Throws `quota_exceeded` or `quota_zero`, naming the first dimension of which so much more is too much. */
export function checkQuota(quota: Quota, { realm, amounts, used = (of) => usedOf(quota, of) }: Wanted): void {
  checkLimits({ realm: null, limits: quota.limits, amounts, used });
  const limits = quota.realmLimits.get(realm);
  if (limits !== undefined) checkLimits({ realm, limits, amounts, used });
}

interface Check {
  readonly realm: string | null;
  readonly limits: Limits;
  readonly amounts: Amounts;
  readonly used: (realm: string | null) => Amounts;
}

function checkLimits({ realm, limits, amounts, used }: Check): void {
  let before: Amounts | null = null;
  for (const [dimension, limit] of Object.entries(limits)) {
    const requested = amounts[dimension] ?? 0;
    if (limit === null || requested === 0) continue;
    before ??= used(realm);
    const held = before[dimension] ?? 0;
    if (held + requested <= limit) continue;
    const where = realm === null ? "" : ` in ${realm}`;
    throw new CloudError(
      limit === 0 ? "quota_zero" : "quota_exceeded",
      `Quota exceeded for ${dimension}${where}: ${held} of ${limit} used, ${requested} requested`,
      { about: { dimension, limit, used: held, requested, ...(realm === null ? {} : { realm }) } },
    );
  }
}

export function usedOf({ count, others }: Quota, realm: string | null): Amounts {
  return summed([count.of(realm), others.of(realm)]);
}

export function summed(all: readonly Amounts[]): Amounts {
  const count = createCount();
  for (const amounts of all) count.add(null, amounts);
  return count.of(null);
}
