import { expect, test } from "vitest";
import { createAbsences } from "./absences.ts";

/** Each of them is away from a time on, for so long; the last time is now. */
function away(workers: number, now: number, ...all: readonly (readonly [worker: number, at: number, forMs: number])[]) {
  let time = 0;
  const absences = createAbsences({ now: () => time }, workers);
  for (const [worker, at, forMs] of all) {
    time = at;
    absences.take(worker, forMs);
  }
  time = now;
  return (ms: number) => absences.allAwayMs(ms);
}

test("a process that works alone is away whoever is meant, and times that overlap count once", () => {
  const lately = away(1, 100, [0, 10, 20], [3, 20, 30], [0, 90, 40]);
  expect([100, 60, 5].map(lately)).toEqual([50, 20, 5]);
  expect(away(1, 100)(100)).toBe(0);
});

test("of two both must be away at once", () => {
  expect(away(2, 100, [0, 10, 40], [1, 30, 40])(100)).toBe(20);
  expect(away(2, 100, [0, 10, 40], [2, 30, 40])(100)).toBe(0);
});
