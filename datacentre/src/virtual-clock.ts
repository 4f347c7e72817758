// A clock that stands still until it is told to move. Between two wake-ups it lets everything that can go on without time
// go on, so a whole system can run on it in zero real time and in one reproducible order.

import { nextTick } from "node:process";
import type { Clock } from "./clock.ts";
import { createDueQueue } from "./time/due-queue.ts";

/** What else has to follow when something beyond this process's own promises runs on the clock. */
export interface Followers {
  /** Time is `now`, and nobody has been woken yet. */
  moved(now: number): Promise<void>;
  /** Returns when nothing goes on any more without time. Called when this process's promises have run. */
  settled(): Promise<void>;
}

interface Sleeper {
  readonly wake: () => void;
  awake: boolean;
}

export class VirtualClock implements Clock {
  #now: number;
  readonly #sleepers = createDueQueue<Sleeper>();
  readonly #followers: Followers | null;

  constructor(startMs = 0, followers: Followers | null = null) {
    this.#now = startMs;
    this.#followers = followers;
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
    await this.#drained();
    for (let next = this.nextAt(); next !== null && next <= end; next = this.nextAt()) await this.#wakeNext(next);
    this.#now = end;
    if (this.#followers !== null) await this.#followers.moved(end);
    await this.#drained();
  }

  /** Moves time until nobody sleeps any more; throws past `limitMs`, because something then sleeps again and again. */
  async runUntilIdle(limitMs = 24 * 3_600_000): Promise<void> {
    const end = this.#now + limitMs;
    await this.#drained();
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
    await this.#drained();
    while (!settled) {
      const next = this.nextAt();
      if (next === null) throw new Error("the promise waits for something other than this clock");
      await this.#wakeNext(next);
    }
    return promise;
  }

  async #wakeNext(at: number): Promise<void> {
    const isLater = at > this.#now;
    this.#now = Math.max(this.#now, at);
    if (isLater && this.#followers !== null) await this.#followers.moved(this.#now);
    this.#sleepers.pop()?.item.wake();
    await this.#drained();
  }

  #drained(): Promise<void> {
    return this.#followers === null ? drained() : drained().then(() => this.#followers?.settled());
  }
}

/** All promise reactions that are ready have run: ticks come after them, and without a turn of the event loop. */
function drained(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}
