// The engine of one process: four pumps, a timetable that rings them, and an orderly end.

import { advanceWork } from "./advance.ts";
import { callWork } from "./call.ts";
import { createClouds } from "./clouds.ts";
import { createProviderNames } from "./launch-counts.ts";
import { StoreAway } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { patiently } from "./patience.ts";
import { probeWork } from "./probe.ts";
import { keepPruning } from "./pruning.ts";
import { createPump, type Kind } from "./pump.ts";
import { keepTime } from "./timekeeping.ts";
import { createTimetable } from "./timetable.ts";
import { trackWork } from "./track.ts";
import { createWatches } from "./watch.ts";

/** From the wish to stop: running calls are cut short, and then left to their claims. */
const CUT_MS = 17_000;
const STOP_MS = 20_000;

export interface Engine {
  /** Begins to pump. Throws when the store cannot be listened to. */
  start(): Promise<void>;
  /** Takes no new work, and resolves when running work has ended, after 20 s at most. */
  stop(): Promise<void>;
  /** One round of one kind of work, without pumping: returns how many rows it took. */
  round(kind: Kind): Promise<number>;
}

export function createEngine(deps: EngineDeps): Engine {
  const { store, clock, events } = deps;
  const stopping = new AbortController();
  const cutting = new AbortController();
  const clouds = createClouds(deps);
  const watches = createWatches({ ...deps, clouds }, stopping.signal);
  const inside = { ...deps, clouds, watches, cut: cutting.signal, names: createProviderNames() };
  const pumps = {
    advance: createPump(advanceWork(inside), deps),
    call: createPump(callWork(inside), deps),
    probe: createPump(probeWork(inside), deps),
    poll: createPump(trackWork(inside), deps),
  } as const;
  const all = Object.values(pumps);
  const timetable = createTimetable(all, deps);
  let running: Promise<unknown> = Promise.resolve();
  let unlisten = async (): Promise<void> => {};

  return {
    async start() {
      unlisten = await store.onDue(() => timetable.ring());
      const loops = [...all.map((pump) => pump.run(stopping.signal)), timetable.run(stopping.signal)];
      running = Promise.all([
        ...loops,
        wakeParked(deps, stopping.signal),
        keepTime(deps, stopping.signal),
        keepPruning(deps, stopping.signal),
      ]);
      events.engineStarted([...deps.providers.keys()]);
    },
    async stop() {
      stopping.abort();
      const ended = new AbortController();
      void clock.sleep(CUT_MS, ended.signal).then(() => {
        if (!ended.signal.aborted) cutting.abort();
      });
      const work = Promise.all([running, watches.ended(), unlisten()]).then(() => clouds.close());
      await Promise.race([work, clock.sleep(STOP_MS, ended.signal)]);
      ended.abort();
      cutting.abort();
      events.engineStopped(all.reduce((sum, pump) => sum + pump.running(), 0));
    },
    round: (kind) => pumps[kind].round(),
  };
}

/** What failed for a program that is gone, or for an older one, may go well now. */
async function wakeParked({ store, clock, events }: EngineDeps, stopping: AbortSignal): Promise<void> {
  const patience = { clock, expiresAt: Infinity, key: "parked", cut: stopping };
  try {
    await patiently(patience, () => store.write((tx) => tx.wakeParked()));
  } catch (error) {
    if (!(error instanceof StoreAway)) events.workBroke("advance", "parked", error);
  }
}

/** Builds the engine and starts it. */
export async function startEngine(deps: EngineDeps): Promise<Engine> {
  const engine = createEngine(deps);
  await engine.start();
  return engine;
}
