// What will happen in the datacentre, by time. There are no timers: whoever looks first makes everything happen that is
// due by then, each at its own time and in order, so that looking late changes nothing.

import type { Clock } from "../clock.ts";
import { createDueQueue } from "./due-queue.ts";

export interface Agenda {
  /** How far the datacentre has come: inside a planned act its due time, else the time of the last `settle`. */
  now(): number;
  plan(at: number, act: () => void): void;
  /** When the next act is due; null: nothing is planned. */
  nextAt(): number | null;
  /** Called after each plan, until the function returned is. */
  onPlan(listener: () => void): () => void;
  /** Brings the datacentre up to the clock. Whoever looks at it or changes it from outside does this first. */
  settle(): void;
}

export function createAgenda(clock: Clock): Agenda {
  const queue = createDueQueue<() => void>();
  const listeners = new Set<() => void>();
  let reached = clock.now();
  return {
    now: () => reached,
    plan(at, act) {
      queue.push(Math.max(at, reached), act);
      for (const listener of listeners) listener();
    },
    nextAt: () => queue.peek()?.at ?? null,
    onPlan(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settle() {
      const now = clock.now();
      for (let next = queue.peek(); next !== undefined && next.at <= now; next = queue.peek()) {
        queue.pop();
        reached = next.at;
        next.item();
      }
      reached = now;
    },
  };
}
