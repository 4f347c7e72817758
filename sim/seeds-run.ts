// Plays many seeds and adds up.

import { scenarioOf } from "./drawn-scenario.ts";
import { play } from "./run.ts";
import type { Finding } from "./witness.ts";

export interface Failure {
  readonly seed: string;
  readonly finding: Finding;
}

export interface Tally {
  readonly seeds: number;
  readonly launches: number;
  readonly injected: number;
  readonly virtualMs: number;
  readonly failures: readonly Failure[];
}

export const NOTHING_PLAYED: Tally = { seeds: 0, launches: 0, injected: 0, virtualMs: 0, failures: [] };

export async function playSeed(seed: string): Promise<Tally> {
  const { findings, launches, injected, virtualMs } = await play(scenarioOf(seed));
  const failures = findings.slice(0, 1).map((finding) => ({ seed, finding }));
  return { seeds: 1, launches, injected, virtualMs, failures };
}

export function sumOf(a: Tally, b: Tally): Tally {
  return {
    seeds: a.seeds + b.seeds,
    launches: a.launches + b.launches,
    injected: a.injected + b.injected,
    virtualMs: a.virtualMs + b.virtualMs,
    failures: [...a.failures, ...b.failures],
  };
}
