// A clock that stands still until it is told to move. Between two wake-ups it lets everything that can go on without time
// go on, so a whole system can run on it in zero real time and in one reproducible order.

import { nextTick } from "node:process";
import type { Clock } from "./clock.ts";
import { createDueQueue } from "./time/due-queue.ts";

interface Sleeper {
  readonly wake: () => void;
  awake: boolean;
}

export class VirtualClock implements Clock {
  #now: number;
  readonly #sleepers = createDueQueue<Sleeper>();

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        awake: false,
        wake: () => {
          sleeper.awake = true;
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      signal?.addEventListener("abort", sleeper.wake);
      this.#sleepers.push(this.#now + Math.max(0, ms), sleeper);
    });
  }

  /** When the next sleeper wakes; null when nobody sleeps. */
  nextAt(): number | null {
    for (let next = this.#sleepers.peek(); next !== undefined; next = this.#sleepers.peek()) {
      if (!next.item.awake) return next.at;
      this.#sleepers.pop();
    }
    return null;
  }

  /** Moves time forward, waking one sleeper after the other at its time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await drained();
    for (let next = this.nextAt(); next !== null && next <= end; next = this.nextAt()) await this.#wakeNext(next);
    this.#now = end;
    await drained();
  }

  /** Moves time until nobody sleeps any more; throws past `limitMs`, because something then sleeps again and again. */
  async runUntilIdle(limitMs = 24 * 3_600_000): Promise<void> {
    const end = this.#now + limitMs;
    await drained();
    for (let next = this.nextAt(); next !== null; next = this.nextAt()) {
      if (next > end) throw new Error(`not idle after ${limitMs} ms of virtual time`);
      await this.#wakeNext(next);
    }
  }

  /** Moves time exactly as far as the promise needs; throws when nobody sleeps and it is still open. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await drained();
    while (!settled) {
      const next = this.nextAt();
      if (next === null) throw new Error("the promise waits for something other than this clock");
      await this.#wakeNext(next);
    }
    return promise;
  }

  async #wakeNext(at: number): Promise<void> {
    this.#now = Math.max(this.#now, at);
    this.#sleepers.pop()?.item.wake();
    await drained();
  }
}

/** All promise reactions that are ready have run: ticks come after them, and without a turn of the event loop. */
function drained(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}
