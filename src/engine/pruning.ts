// Takes away what is over, a little at a time, so that nobody waits for it: whoever comes by skips what others hold.

import { backoffMs } from "../core/world/backoff.ts";
import type { Pruned } from "../ports/pruning.ts";
import { StoreAway } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";

/** From one sweep to the next. */
export const SWEEP_MS = 10 * 60_000;
/** Between two batches of a sweep. */
const PAUSE_MS = 250;
const LIMITS = { deployments: 10, rows: 200 } as const;
const STUMBLE = { firstMs: 1_000, mostMs: SWEEP_MS } as const;

type PruneDeps = Pick<EngineDeps, "store" | "clock" | "events">;

/** Sweeps until the signal, and tells after each what it took away. */
export async function keepPruning(deps: PruneDeps, signal: AbortSignal): Promise<void> {
  const { clock, events } = deps;
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs = SWEEP_MS;
    try {
      await sweep(deps, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      pauseMs = backoffMs(STUMBLE, failures, { key: "prune", retryAfterMs: null });
      if (error instanceof StoreAway) events.pumpWaits("prune", error, pauseMs);
      else events.pumpStumbled("prune", error, pauseMs);
    }
    await clock.sleep(pauseMs, signal);
  }
}

async function sweep({ store, clock, events }: PruneDeps, signal: AbortSignal): Promise<void> {
  const sum = { steps: 0, consoles: 0, machines: 0, secrets: 0, plans: 0 };
  try {
    for (let isMore = true; isMore && !signal.aborted;) {
      const batch: Pruned = await store.write((tx) => tx.prune(LIMITS));
      sum.steps += batch.steps;
      sum.consoles += batch.consoles;
      sum.machines += batch.machines;
      sum.secrets += batch.secrets;
      sum.plans += batch.plans;
      isMore = batch.isMore;
      if (isMore) await clock.sleep(PAUSE_MS, signal);
    }
  } finally {
    if (Object.values(sum).some((count) => count > 0)) events.pruned(sum);
  }
}
