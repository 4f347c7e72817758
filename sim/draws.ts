// Random choices that follow from one seed.

import { randomOf } from "../datacentre/src/random.ts";

export interface Draws {
  /** From [0, 1). */
  readonly fraction: () => number;
  /** Whole, both ends included. */
  readonly between: (least: number, most: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly [T, ...T[]]) => T;
  readonly times: <T>(count: number, make: (index: number) => T) => T[];
}

export function drawsOf(seed: string): Draws {
  const fraction = randomOf(seed);
  const between = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    chance: (probability) => fraction() < probability,
    pick: (from) => from[between(0, from.length - 1)] ?? from[0],
    times: (count, make) => Array.from({ length: count }, (_, index) => make(index)),
  };
}
