// The one pump for all four kinds of work: it takes due rows whenever it is rung, works on a bounded number of them at the
// same time, and never on more. Time and notifications ring it (timetable.ts), and the end of a piece of work when all
// places were taken.

import { backoffMs } from "../core/world/backoff.ts";
import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { StoreAway } from "../ports/store.ts";
import { createBell } from "./bell.ts";

export const KINDS = ["advance", "call", "probe", "poll"] as const;
export type Kind = (typeof KINDS)[number];

/** What a kind of work took: how many rows, and the work that goes on outside any transaction. */
interface Taken {
  readonly rows: number;
  readonly tasks: readonly Task[];
}

export interface Task {
  /** For the log. */
  readonly row: string;
  readonly run: () => Promise<void>;
}

export interface Work {
  readonly kind: Kind;
  /** Most rows at the same time. */
  readonly bound: number;
  /** Takes at most `free` due rows. */
  take(free: number): Promise<Taken>;
}

export interface Pump {
  readonly kind: Kind;
  ring(): void;
  /** Takes once, works, and tells how many rows it took; throws when taking failed. For stepping. */
  round(): Promise<number>;
  /** Pumps until the signal; resolves when the last piece of running work has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Pieces of work under way. */
  running(): number;
  /** What was due when it was last rung was somebody else's. */
  isIdle(): boolean;
}

const STUMBLE = { firstMs: 100, mostMs: 5_000 } as const;

export function createPump(work: Work, deps: { readonly clock: Clock; readonly events: Events }): Pump {
  const { clock, events } = deps;
  const running = new Set<Promise<void>>();
  const bell = createBell((ms, signal) => clock.sleep(ms, signal));
  let turn: Promise<unknown> = Promise.resolve();
  /** The last take left no place, so more may be waiting for one. */
  let isFull = false;
  let isIdle = false;

  /** One taker at a time: two would both count the same free places. */
  function take(): Promise<number> {
    const mine = turn.then(async () => {
      const free = work.bound - running.size;
      if (free <= 0) return 0;
      const { rows, tasks } = await work.take(free);
      isFull = rows >= free;
      isIdle = rows === 0;
      if (rows > 0) events.rowsTaken(work.kind, rows);
      for (const task of tasks) start(task);
      return rows;
    });
    turn = mine.catch(() => {});
    return mine;
  }

  function start(task: Task): void {
    const done = perform(task).finally(() => {
      running.delete(done);
      if (isFull) bell.ring();
    });
    running.add(done);
  }

  async function perform(task: Task): Promise<void> {
    try {
      await task.run();
    } catch (error) {
      if (error instanceof StoreAway) events.workLost(work.kind, task.row, error);
      else events.workBroke(work.kind, task.row, error);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => bell.ring(), { once: true });
    let failures = 0;
    while (!signal.aborted) {
      try {
        await take();
        failures = 0;
        // With no place left, the end of a piece of work rings.
        if (!isFull || running.size >= work.bound) await bell.wait();
      } catch (error) {
        failures += 1;
        const pauseMs = backoffMs(STUMBLE, failures, { key: work.kind, retryAfterMs: null });
        if (error instanceof StoreAway) events.pumpWaits(work.kind, error, pauseMs);
        else events.pumpStumbled(work.kind, error, pauseMs);
        await clock.sleep(pauseMs, signal);
      }
    }
    await Promise.all(running);
  }

  return {
    kind: work.kind,
    ring: () => bell.ring(),
    run,
    running: () => running.size,
    isIdle: () => isIdle,
    async round() {
      const rows = await take();
      await Promise.all(running);
      return rows;
    },
  };
}
