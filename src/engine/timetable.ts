// Rings the pumps that have something due: at every notification, at the next due time, and once a second for what a lost
// notification missed.

import { backoffMs } from "../core/world/backoff.ts";
import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type NextDue, type Store, StoreAway } from "../ports/store.ts";
import { createBell } from "./bell.ts";
import { KINDS, type Pump } from "./pump.ts";

const FLOOR_MS = 1_000;
/**
 * Between two looks: notifications of a busy moment are answered together, and what comes after a quiet one hardly waits. Where looks find nothing
 * due, or nothing that others do not do already, notifications are of what these have done, and the gap grows further.
 */
const GAP = { leastMs: 1, mostMs: 20, idleMostMs: 200, quietMs: 50 } as const;
const STUMBLE = { firstMs: 100, mostMs: 5_000 } as const;

export interface Timetable {
  ring(): void;
  run(signal: AbortSignal): Promise<void>;
}

export function createTimetable(
  pumps: readonly Pump[],
  deps: { readonly store: Store; readonly clock: Clock; readonly events: Events },
): Timetable {
  const { store, clock, events } = deps;
  const bell = createBell((ms, signal) => clock.sleep(ms, signal));
  return {
    ring: () => bell.ring(),
    async run(signal) {
      signal.addEventListener("abort", () => bell.ring(), { once: true });
      let failures = 0;
      let gapMs: number = GAP.leastMs;
      while (!signal.aborted) {
        try {
          const due = await store.read((tx) => tx.nextDue(), "alone");
          failures = 0;
          const busy = pumps.filter((pump) => isDue(due, pump));
          for (const pump of busy) pump.ring();
          const pauseMs = Math.min(gapMs, restMs(due));
          await clock.sleep(pauseMs, signal);
          const waitsAt = clock.monotonic();
          await bell.wait(restMs(due) - pauseMs);
          const isQuiet = clock.monotonic() - waitsAt >= GAP.quietMs;
          const isOurs = busy.some((pump) => !pump.isIdle());
          gapMs = isQuiet ? GAP.leastMs : Math.min(isOurs ? GAP.mostMs : GAP.idleMostMs, 2 * gapMs);
        } catch (error) {
          failures += 1;
          const pauseMs = backoffMs(STUMBLE, failures, { key: "timetable", retryAfterMs: null });
          if (error instanceof StoreAway) events.pumpWaits("timetable", error, pauseMs);
          else events.pumpStumbled("timetable", error, pauseMs);
          await clock.sleep(pauseMs, signal);
        }
      }
    },
  };
}

function isDue(due: NextDue, pump: Pump): boolean {
  const at = due[pump.kind];
  return at !== null && at <= due.now;
}

/** Until the next row is due; rows that are due already and could not be taken wait for the floor. */
function restMs(due: NextDue): number {
  const waits = KINDS.map((kind) => (due[kind] ?? Infinity) - due.now).filter((ms) => ms > 0);
  return Math.max(GAP.mostMs, Math.min(FLOOR_MS, ...waits));
}
