// How near a pool or a user has come to what they may hold: told once, when it is passed.

import { type Amount, amountIn, type Bound, boundsOf, type QuotaLimit } from "./amount.ts";

/** The part of a limit from which on people are warned. */
const NEAR = 0.7;

export interface Near extends Bound {
  readonly used: number;
}

/** Fractions do not add up to the last bit. */
const SLACK = 1e-6;

/** The bounds of which so much is held that somebody should know. */
export function nearOf(limit: QuotaLimit, held: Amount): readonly Near[] {
  return boundsOf(limit).flatMap((bound) => {
    const used = amountIn(held, bound.dimension);
    return used > 0 && used >= NEAR * bound.most - SLACK ? [{ ...bound, used }] : [];
  });
}

/** Those that were further away before. */
export function newlyNear(limit: QuotaLimit, before: Amount, after: Amount): readonly Near[] {
  const known = new Set(nearOf(limit, before).map(({ name }) => name));
  return nearOf(limit, after).filter(({ name }) => !known.has(name));
}
