import { describe, expect, test } from "vitest";
import { sampleFault, sampleObserved } from "../../ports/store.samples.ts";
import { type Expectation, firstLookMs, type Habit, habitOf, nextLookMs, usualChangeMs } from "./habit.ts";
import type { PastBoot } from "./usual.ts";

const took = (bootMs: number, given: Partial<PastBoot> = {}): PastBoot => ({
  instance: "db",
  size: "s1",
  bootMs,
  startMs: null,
  readyMs: null,
  ...given,
});
const BOOT = { step: "boot", size: "s1" } as const;
const all = (times: readonly number[]): PastBoot[] => times.map((ms) => took(ms));

describe("what is learnt", () => {
  test("boots that are alike: a little less than they took, and close looks from then on", () => {
    expect(habitOf(all([10_000, 10_000, 10_000]), BOOT)).toEqual({ fromMs: 9_550, everyMs: 35, isYoung: true });
    expect(habitOf(all([50, 50, 50]), BOOT)).toMatchObject({ fromMs: 0 });
  });

  test("an eighth at either end is left out, and one at least; looks are farther apart the more boots differ", () => {
    const many = (count: number) => all(Array.from({ length: count }, (_, at) => 1_000 * (count - at)));
    const from = (ms: number): number => Math.round(ms * 0.97) - 150;
    expect(habitOf(many(4), BOOT)).toEqual({ fromMs: from(2_000), everyMs: 83, isYoung: true });
    expect(habitOf(many(9), BOOT)).toEqual({ fromMs: from(2_000), everyMs: 500, isYoung: false });
    expect(habitOf(many(17), BOOT)).toEqual({ fromMs: from(3_000), everyMs: 1_000, isYoung: false });
    expect(habitOf(all([1, 2, 90, 99].map((s) => s * 1_000)), BOOT)).toMatchObject({ everyMs: 1_500 });
  });

  test("two tell nothing, nor do other sizes and steps", () => {
    expect([0, 1, 2].map((count) => habitOf(all(Array.from({ length: count }, () => 9)), BOOT))).toEqual([
      null,
      null,
      null,
    ]);
    expect(
      habitOf(
        [1, 2, 3].map((ms) => took(ms, { size: "s2" })),
        BOOT,
      ),
    ).toBeNull();
    expect(habitOf(all([1, 2, 3]), { ...BOOT, step: "start" })).toBeNull();
    const started = [1, 2, 3].map(() => took(9, { startMs: 2_000 }));
    expect(habitOf(started, { ...BOOT, step: "start" })).toMatchObject({ fromMs: 1_790 });
  });

  test.each([0, 86_400_000])("one odd boot among however few (%s ms) is not what is learnt", (odd) => {
    for (let count = 2; count < 20; count += 1) {
      const past = [took(odd), ...Array.from({ length: count }, () => took(10_000))];
      expect(habitOf(past, BOOT)).toMatchObject({ fromMs: 9_550, everyMs: 35 });
    }
  });
});

const unknown: Expectation = { habit: null, usualMs: 1_000, random: 0.5, isAnnounced: false };
const habit: Habit = { fromMs: 4_000, everyMs: 100, isYoung: false };
const known: Expectation = { ...unknown, habit };

describe("the first look", () => {
  const at = (given: Partial<Expectation>, isFirst = false): number => firstLookMs({ ...unknown, isFirst, ...given });

  test("is when the provider thinks, and at once where nothing else is under way", () => {
    expect([at({}), at({}, true)]).toEqual([1_000, 50]);
  });

  test("is when its like begin to end, whatever else is under way, and sometimes earlier", () => {
    expect([at({ habit }), at({ habit }, true), at({ habit, random: 0.1 })]).toEqual([4_000, 4_000, 1_000]);
    expect(at({ habit, random: 0.1, usualMs: 3_000 })).toBe(2_000);
    expect(at({ habit: { ...habit, isYoung: true }, usualMs: 9_000 })).toBe(2_000);
  });

  test("is when nearly all of its like have ended, where the cloud announces it", () => {
    expect(at({ habit, random: 0, isAnnounced: true })).toBe(5_200);
    expect(at({ isAnnounced: true }, true)).toBe(50);
  });
});

describe("the next look", () => {
  test("where nothing is known comes when the provider thinks, and then more and more seldom", () => {
    expect([0, 400, 999].map((ms) => nextLookMs(unknown, ms))).toEqual([1_000, 600, 1]);
    expect([1_000, 5_000, 60_000].map((ms) => nextLookMs(unknown, ms))).toEqual([250, 500, 2_000]);
  });

  test("comes when its like begin to end, stays close until nearly all have, and grows calm", () => {
    expect([0, 3_999].map((ms) => nextLookMs(known, ms))).toEqual([4_000, 1]);
    expect([4_000, 5_200, 5_600].map((ms) => nextLookMs(known, ms))).toEqual([100, 100, 100]);
    expect([6_000, 9_200, 60_000].map((ms) => nextLookMs(known, ms))).toEqual([200, 1_000, 2_000]);
  });

  test("comes half-way and when the provider thinks as well while little is known, and sometimes later on", () => {
    for (const early of [
      { ...known, random: 0.1 },
      { ...known, habit: { ...habit, isYoung: true } },
    ]) {
      expect([0, 1_000, 2_000, 4_000].map((ms) => nextLookMs(early, ms))).toEqual([1_000, 1_000, 2_000, 100]);
    }
  });
});

test("an answer that leaves something under way makes its account worth a look", () => {
  const pending = sampleObserved({ state: "pending" });
  expect(usualChangeMs({ kind: "created", observed: pending }, 5_000)).toBe(5_000);
  expect(usualChangeMs({ kind: "created", observed: sampleObserved() }, 5_000)).toBeNull();
  expect(usualChangeMs({ kind: "found", observed: [sampleObserved(), pending] }, 5_000)).toBe(5_000);
  expect(usualChangeMs({ kind: "found", observed: [] }, 5_000)).toBeNull();
  expect(usualChangeMs({ kind: "created", observed: sampleObserved({ state: "unknown" }) }, 5_000)).toBe(5_000);
  expect(usualChangeMs({ kind: "created", observed: sampleObserved({ state: "stopping" }) }, 5_000)).toBe(5_000);
  expect(usualChangeMs({ kind: "started" }, 5_000)).toBe(5_000);
});

test("a doubtful answer makes its account worth a look at once, a refusal does not", () => {
  const doubtful = sampleFault({ effect: "unknown" });
  expect(usualChangeMs({ kind: "fault", fault: doubtful, externalId: null }, 5_000)).toBe(0);
  expect(usualChangeMs({ kind: "fault", fault: sampleFault(), externalId: null }, 5_000)).toBeNull();
});

test.each([
  { kind: "looked", observed: null },
  { kind: "console", text: null },
  { kind: "destroyed" },
  { kind: "not_sent" },
] as const)("an answer after which nothing is under way does not: $kind", (outcome) => {
  expect(usualChangeMs(outcome, 5_000)).toBeNull();
});
