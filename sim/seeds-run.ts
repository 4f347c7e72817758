// Plays many seeds and adds up.

import { type Counts, sumOfCounts } from "./counts.ts";
import { scenarioOf } from "./kept.ts";
import type { DatabaseKind } from "./database.ts";
import { play } from "./run.ts";
import type { Finding } from "./witness.ts";

export interface Failure {
  readonly seed: string;
  readonly finding: Finding;
}

export interface Tally {
  readonly seeds: number;
  readonly launches: number;
  readonly instances: number;
  /** By kind. */
  readonly injected: Counts;
  readonly effects: Counts;
  readonly virtualMs: number;
  readonly failures: readonly Failure[];
}

export const NOTHING_PLAYED: Tally = {
  seeds: 0,
  launches: 0,
  instances: 0,
  injected: {},
  effects: {},
  virtualMs: 0,
  failures: [],
};

export async function playSeed(seed: string, database?: DatabaseKind): Promise<Tally> {
  const { findings, launches, instances, injected, effects, virtualMs } = await play(
    scenarioOf(seed),
    database === undefined ? {} : { database },
  );
  const failures = findings.slice(0, 1).map((finding) => ({ seed, finding }));
  return { seeds: 1, launches, instances, injected, effects, virtualMs, failures };
}

export function sumOf(a: Tally, b: Tally): Tally {
  return {
    seeds: a.seeds + b.seeds,
    launches: a.launches + b.launches,
    instances: a.instances + b.instances,
    injected: sumOfCounts(a.injected, b.injected),
    effects: sumOfCounts(a.effects, b.effects),
    virtualMs: a.virtualMs + b.virtualMs,
    failures: [...a.failures, ...b.failures],
  };
}
