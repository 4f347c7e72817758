// Looks at the clock when nobody else does, and tells the deployments under way when it was set.

import { backoffMs } from "../core/world/backoff.ts";
import { StoreAway } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";

const FLOOR_MS = 1_000;
const STUMBLE = { firstMs: 1_000, mostMs: 5_000 } as const;

type TimeDeps = Pick<EngineDeps, "store" | "clock" | "events">;

/** Keeps the time until the signal. */
export async function keepTime(deps: TimeDeps, signal: AbortSignal): Promise<void> {
  let isUntold = false;
  // Whoever waits for deployments, to tell them, looks at no clock meanwhile.
  await Promise.all([
    everySecond(deps, signal, async () => {
      ({ isUntold } = await deps.store.keepTime());
    }),
    everySecond(deps, signal, async () => {
      if (isUntold) await deps.store.write((tx) => tx.tellClock());
    }),
  ]);
}

async function everySecond({ clock, events }: TimeDeps, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs = FLOOR_MS;
    try {
      await act();
      failures = 0;
    } catch (error) {
      failures += 1;
      pauseMs = backoffMs(STUMBLE, failures, { key: "clock", retryAfterMs: null });
      if (error instanceof StoreAway) events.pumpWaits("clock", error, pauseMs);
      else events.pumpStumbled("clock", error, pauseMs);
    }
    await clock.sleep(pauseMs, signal);
  }
}
