// How long something takes.

import type { Random } from "../random.ts";
import { amount, kindOf, type Read, shape } from "../shape.ts";

export const readDistribution = kindOf({
  fixed: shape({ ms: amount }),
  uniform: shape({ minMs: amount, maxMs: amount }),
  /** Long-tailed, as boot times are; cut off at `maxMs`. */
  lognormal: shape({ medianMs: amount, sigma: amount, maxMs: amount }),
});
export type Distribution = Read<typeof readDistribution>;

/** Whole milliseconds. */
export function drawMs(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case "fixed":
      return distribution.ms;
    case "uniform":
      return Math.round(distribution.minMs + random() * (distribution.maxMs - distribution.minMs));
    case "lognormal": {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.round(Math.min(distribution.maxMs, distribution.medianMs * Math.exp(distribution.sigma * normal)));
    }
  }
}
