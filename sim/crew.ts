// Plays seeds on all processors with threads, each of which asks for the next seed when it is through with one.

import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { memoryDatabase } from "./database.ts";
import { openPostgresKind } from "./postgres/database.ts";
import { NOTHING_PLAYED, playSeed, sumOf, type Tally } from "./seeds-run.ts";

export type On = "memory" | "postgres";

/** On a server most of a seed's time is waiting for the answer to one statement; its connections are bounded. */
const THREADS: Readonly<Record<On, number>> = {
  memory: availableParallelism(),
  postgres: Math.min(8, 3 * availableParallelism()),
};

/**
 * One seed takes a second in memory, a minute on a server, and very much longer on a machine that has other things to do. What waits for
 * something that time does not bring would wait for ever.
 */
const SEED_MOST_MIN: Readonly<Record<On, number>> = { memory: 10, postgres: 40 };

/** Plays what `seeds` gives until it gives no more, in memory or each thread on a database of its own at the server of DATABASE_URL. */
export async function playAll(seeds: Iterator<string>, on: On): Promise<Tally> {
  const tallies = await Promise.all(Array.from({ length: THREADS[on] }, () => keepBusy(seeds, on)));
  return tallies.reduce(sumOf, NOTHING_PLAYED);
}

async function keepBusy(seeds: Iterator<string>, on: On): Promise<Tally> {
  const worker = new Worker(new URL(import.meta.url), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    workerData: on,
  });
  let tally = NOTHING_PLAYED;
  let inHand = "";
  let deadline: NodeJS.Timeout | undefined;
  const next = (): boolean => {
    const { value, done } = seeds.next();
    if (done === true) return false;
    inHand = value;
    worker.postMessage(value);
    return true;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      deadline = setTimeout(() => {
        reject(new Error(`seed ${inHand}: not played to its end within ${SEED_MOST_MIN[on]} min`));
      }, SEED_MOST_MIN[on] * 60_000);
      worker.on("error", reject);
      worker.on("message", (played: Tally | null) => {
        deadline?.refresh();
        if (played === null) return resolve();
        tally = sumOf(tally, played);
        if (!next()) worker.postMessage(null);
      });
      if (!next()) worker.postMessage(null);
    });
  } finally {
    clearTimeout(deadline);
    await worker.terminate();
  }
  return tally;
}

if (!isMainThread) {
  // Nobody reads the stacks of so many runs; one that failed is played again by itself.
  Error.stackTraceLimit = 0;
  const port = parentPort;
  const on: On = workerData;
  const server = on === "postgres" ? await openPostgresKind() : null;
  const answer = async (seed: string | null): Promise<Tally | null> => {
    if (seed !== null) return playSeed(seed, server ?? memoryDatabase);
    await server?.close();
    return null;
  };
  port?.on("message", (seed: string | null) => {
    void answer(seed).then((tally) => port.postMessage(tally));
  });
}
