// Plays seeds on all processors: one thread each, and each asks for the next seed when it is through with one.

import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { NOTHING_PLAYED, playSeed, sumOf, type Tally } from "./seeds-run.ts";

/** Plays what `seeds` gives until it gives no more. */
export async function playAll(seeds: Iterator<string>): Promise<Tally> {
  const tallies = await Promise.all(Array.from({ length: availableParallelism() }, () => keepBusy(seeds)));
  return tallies.reduce(sumOf, NOTHING_PLAYED);
}

async function keepBusy(seeds: Iterator<string>): Promise<Tally> {
  const worker = new Worker(new URL(import.meta.url), { execArgv: ["--disable-warning=ExperimentalWarning"] });
  let tally = NOTHING_PLAYED;
  const next = (): boolean => {
    const { value, done } = seeds.next();
    if (done === true) return false;
    worker.postMessage(value);
    return true;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("error", reject);
      worker.on("message", (played: Tally) => {
        tally = sumOf(tally, played);
        if (!next()) resolve();
      });
      if (!next()) resolve();
    });
  } finally {
    await worker.terminate();
  }
  return tally;
}

if (!isMainThread) {
  // Nobody reads the stacks of so many runs; one that failed is played again by itself.
  Error.stackTraceLimit = 0;
  const port = parentPort;
  port?.on("message", (seed: string) => {
    void playSeed(seed).then((tally) => port.postMessage(tally));
  });
}
