// What a cloud says of itself in numbers: taken as it is where it can be true, left out or refused where it cannot.

import { brief } from "../story/brief.ts";
import { isName } from "../world/plausible.ts";
import type { Amount } from "./amount.ts";
import type { CloudQuota } from "./market.ts";
import type { Offer } from "./offer.ts";

/** More than any cloud has of anything, or asks for an hour of it in millionths of a dollar. Sums of such numbers stay exact. */
export const AMOUNT_MOST = 1_000_000_000_000;

/** Of a name that is none. */
export const NAME_SHOWN = 64;

/** True for a number that may be an amount of something: not negative, not absurd, and a number at all. */
export function isAmount(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= AMOUNT_MOST;
}

/** Offers with a number that cannot be true, or a name that is none, are not sound: nothing is launched on them. */
export function isSound(offer: Offer): boolean {
  const { realm, size, architecture, acceleratorKind, family } = offer;
  const names = [realm, size, architecture, acceleratorKind, family].filter((name) => name !== null);
  return names.every(isName) && isMeasurable(offer);
}

function isMeasurable({ cpu, memoryMib, storageGib, accelerators, hourlyMicros, takes, cut }: Offer): boolean {
  const prices = [hourlyMicros, cut?.hourlyMicrosPerCpu ?? null, cut?.hourlyMicrosPerGib ?? null];
  const known = prices.filter((price) => price !== null);
  const ofCut = Object.values(cut?.takesPer ?? {}).flatMap(amountsOf);
  const amounts = [cpu, memoryMib, storageGib, accelerators, ...known, ...amountsOf(takes), ...ofCut];
  const steps = Object.values(cut?.step ?? {}).filter((step) => step !== null);
  return amounts.every(isAmount) && steps.every((step) => isAmount(step) && step > 0);
}

/** Quotas stand for the whole account, so that a wrong one is told instead; a limit beyond all measure is none. */
export function soundQuotas(quotas: readonly CloudQuota[]): readonly CloudQuota[] | { readonly wrong: string } {
  const bounded = quotas.map((quota) => ({ ...quota, most: limitOf(quota.most) }));
  for (const { dimension, most, used } of bounded) {
    if (!isName(dimension)) return { wrong: `${brief(dimension, NAME_SHOWN)} names no dimension of a quota` };
    if (most !== null && !isAmount(most)) return { wrong: `the limit of ${dimension} is ${most}, which is no amount` };
    if (!isAmount(used)) return { wrong: `the usage of ${dimension} is ${used}, which is no amount` };
  }
  return bounded;
}

const limitOf = (most: number | null): number | null => (most !== null && most > AMOUNT_MOST ? null : most);

const amountsOf = (amount: Amount): number[] => Object.values(amount);
