// Faults by which what happened and when come apart, planted by hand.

import { expect, test } from "vitest";
import { trueTime } from "./checkers/true-time.ts";
import { openFacts } from "./facts.ts";
import { idOf } from "./people.ts";
import { found, inTransactions } from "./plants.samples.ts";
import type { PlayOptions } from "./run.ts";

const HOUR_MS = 3_600_000;
const NO_LIARS = { machines: new Set<string>(), parts: new Set<string>() };

/** From the second decision on the time is this much off. */
function wrongBy(byMs: number): PlayOptions {
  return inTransactions((tx) => {
    const wrong = async <T extends { readonly now: number }>(locked: T): Promise<T> => {
      const isBegun = (await tx.deployment(idOf(0)))?.state === "pending";
      return { ...locked, now: isBegun ? locked.now + byMs : locked.now };
    };
    return {
      lockDue: async (limit) => wrong(await tx.lockDue(limit)),
      lock: async (ids) => wrong(await tx.lock(ids)),
    };
  });
}

test("true time: a decision by a clock that was set forward", async () => {
  const texts = await found(trueTime, wrongBy(6 * HOUR_MS));
  expect(texts).toContainEqual(expect.stringMatching(/^true time: event \d+ of dep000000001 is 21600000 ms ahead/));
  expect(texts).toContainEqual(
    expect.stringMatching(/^true time: dep000000001 is given up after [\d.]+ s for a deadline of 480 s/),
  );
});

test("true time: a decision by a clock that was set back", async () => {
  expect(await found(trueTime, wrongBy(-3 * HOUR_MS))).toContainEqual(
    expect.stringMatching(/^true time: event \d+ of dep000000001 is 10800000 ms too early/),
  );
});

test("true time: a step that nobody sets right, and one that is set right", () => {
  const clock = { trueNow: 0, setBy: 0 };
  const database = { now: () => clock.trueNow + clock.setBy };
  const facts = openFacts({ now: () => clock.trueNow }, { database, liars: NO_LIARS, workers: 1 });
  const texts: string[] = [];
  const checker = trueTime(facts, (text) => texts.push(text));
  facts.takeClock(-3 * HOUR_MS);
  clock.setBy = -3 * HOUR_MS;
  clock.trueNow = 2_000;
  checker.glance?.();
  expect(texts).toEqual([]);
  clock.trueNow = 5_000;
  checker.glance?.();
  expect(texts).toEqual(["Slipway's time is -10800000 ms ahead, 5000 ms after the clock was set"]);
  clock.setBy = 0;
  checker.glance?.();
  expect(texts).toHaveLength(1);
});
