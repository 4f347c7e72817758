// What a cloud says of itself in numbers: taken as it is where it can be true, left out or refused where it cannot.

import type { Amount, Catalogue, QuotaLimit } from "./account.ts";
import { brief } from "./brief.ts";
import { isName } from "./plausible.ts";

/** What an account offers, as its provider has just read it. */
export type Offer = Omit<Catalogue, "userDataBytesMost" | "readAt">;

/** More than any cloud has of anything, or asks for an hour of it in millionths of a dollar. Sums of such numbers stay exact. */
export const AMOUNT_MOST = 1_000_000_000_000;

/** True for a number that may be an amount of something: not negative, not absurd, and a number at all. */
export function isAmount(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= AMOUNT_MOST;
}

/** An offer that can be counted with, and what was left out of it, for the log. */
export interface SoundOffer {
  readonly offer: Offer;
  readonly leftOut: readonly string[];
}

/** Of a name that is none. */
const NAME_SHOWN = 64;

/**
 * Sizes whose numbers cannot be true are left out, and so is what cannot be named: nothing is launched on them. Quotas stand for the whole account, so that a wrong
 * one is told instead; a limit beyond all measure is none.
 */
export function soundOffer(offer: Offer): SoundOffer | { readonly wrong: string } {
  const wrong = wrongAmount("limit", beyondMeasure(offer.limit)) ?? wrongAmount("used", offer.used);
  if (wrong !== null) return { wrong };
  const sizes = offer.sizes.filter(
    (size) =>
      [size.name, size.architecture].every(isName) &&
      [size.cpu, size.memoryMib, size.storageGib, size.accelerators, size.hourlyMicros].every(isAmount),
  );
  const [realms, images] = [offer.realms.filter(isName), offer.images.filter(isName)];
  const flexible = offer.flexible !== null && isMeasurable(offer.flexible) ? offer.flexible : null;
  const unnamed = [...offer.realms, ...offer.images].filter((name) => !isName(name));
  const odd = offer.sizes.filter((size) => !sizes.includes(size)).map(({ name }) => name);
  const leftOut = [...odd, ...unnamed].map((name) => brief(name, NAME_SHOWN));
  if (flexible !== offer.flexible) leftOut.push("machines cut to measure");
  return { offer: { ...offer, realms, images, sizes, flexible, limit: beyondMeasure(offer.limit) }, leftOut };
}

function isMeasurable({ max, hourlyMicrosPerCpu, hourlyMicrosPerGib }: NonNullable<Offer["flexible"]>): boolean {
  const { cpu, memoryMib, storageGib } = max;
  return [cpu, memoryMib, storageGib, hourlyMicrosPerCpu, hourlyMicrosPerGib].every(isAmount);
}

function beyondMeasure(limit: QuotaLimit): QuotaLimit {
  const bounded = (most: number | null): number | null => (most !== null && most > AMOUNT_MOST ? null : most);
  return { instances: bounded(limit.instances), cpu: bounded(limit.cpu), memoryMib: bounded(limit.memoryMib) };
}

function wrongAmount(place: string, of: Amount | QuotaLimit): string | null {
  for (const dimension of ["instances", "cpu", "memoryMib"] as const) {
    const value = of[dimension];
    if (value !== null && !isAmount(value)) return `${place}.${dimension} is ${value}, which is no amount`;
  }
  return null;
}
