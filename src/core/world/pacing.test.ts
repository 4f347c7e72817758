import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleFault } from "../../ports/store.samples.ts";
import { backoffMs, glanceMs, removalGlanceMs, STEP_BACKOFF, triesOf, UNDO_BACKOFF } from "./backoff.ts";
import { invariant, InvariantBroken } from "../invariant.ts";
import {
  callsAtOnce,
  eased,
  FRESH_LIMITER,
  lookedTogether,
  PARALLEL_MOST,
  pauseLeftMs,
  slowed,
  slowedBeside,
  sped,
  strained,
} from "./limiter.ts";
import { fractionOf } from "../random.ts";

describe("back-off", () => {
  test("grows from half the first pause to the most, and stays there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.string(), (failures, key) => {
        const ms = backoffMs(UNDO_BACKOFF, failures, { key, retryAfterMs: null });
        const full = Math.min(UNDO_BACKOFF.mostMs, UNDO_BACKOFF.firstMs * 2 ** (failures - 1));
        expect(ms).toBeGreaterThanOrEqual(full / 2);
        expect(ms).toBeLessThanOrEqual(full);
      }),
    );
  });

  test("is a definite time for each key and number of failures", () => {
    expect([STEP_BACKOFF, UNDO_BACKOFF]).toEqual([
      { firstMs: 500, mostMs: 30_000 },
      { firstMs: 500, mostMs: 900_000 },
    ]);
    const ms = (failures: number) => backoffMs(STEP_BACKOFF, failures, { key: "m", retryAfterMs: null });
    expect(ms(1)).toBe(Math.round(250 + 250 * fractionOf("m/1")));
    expect(ms(4)).toBe(Math.round(2_000 + 2_000 * fractionOf("m/4")));
    expect(ms(40)).toBe(Math.round(15_000 + 15_000 * fractionOf("m/40")));
  });

  test("gives way to the cloud's wish only when that is longer", () => {
    expect(backoffMs(STEP_BACKOFF, 1, { key: "m", retryAfterMs: 60_000 })).toBe(60_000);
    expect(backoffMs(STEP_BACKOFF, 10, { key: "m", retryAfterMs: 1 })).toBeGreaterThan(1);
    expect(backoffMs(STEP_BACKOFF, 1, { key: "m", retryAfterMs: 1e300 })).toBe(3_600_000);
    expect(backoffMs(STEP_BACKOFF, 1, { key: "m", retryAfterMs: Number.NaN })).toBeLessThanOrEqual(500);
  });
});

test("a launch is tried again often, what should be gone more and more seldom, unless its cloud only asks for a pause", () => {
  const tries = (undoAskedAt: number | null, cls: "transient" | "throttle") => triesOf({ undoAskedAt }, { class: cls });
  expect([tries(null, "transient"), tries(5, "transient"), tries(5, "throttle")]).toEqual([
    STEP_BACKOFF,
    UNDO_BACKOFF,
    STEP_BACKOFF,
  ]);
});

test("a glance comes after a tenth of what was waited, between a quarter of a second and two", () => {
  expect([0, 2_500, 10_000, 3_600_000].map(glanceMs)).toEqual([250, 250, 1_000, 2_000]);
});

test("debt is looked at five times between two deletes, and for the last time when the next is due", () => {
  const looks: number[] = [];
  for (let waited = 250; waited < 60_000; waited += removalGlanceMs(waited, true)) looks.push(waited);
  expect(looks).toEqual([250, 750, 2_250, 6_750, 20_250]);
  expect(removalGlanceMs(20_250, true)).toBe(39_750);
  expect(removalGlanceMs(0, true)).toBe(250);
  expect([250, 40_000].map((waited) => removalGlanceMs(waited, false))).toEqual([250, 2_000]);
});

/** Asked and answered at once. */
const at = (now: number) => ({ askedAt: now, now });

describe("the limiter", () => {
  test("begins with eight calls at once and no pause", () => {
    expect(FRESH_LIMITER).toEqual({ parallel: 8, pausedUntil: null });
  });

  test("halves on a throttle, down to one call, and pauses as asked", () => {
    const once = slowed(FRESH_LIMITER, sampleFault({ class: "throttle", retryAfterMs: 7_000 }), at(1_000));
    expect(once).toEqual({ parallel: 4, pausedUntil: 8_000 });
    const floor = [1, 2, 3, 4].reduce((limiter) => slowed(limiter, sampleFault(), at(1_000)), once);
    expect(floor).toEqual({ parallel: 1, pausedUntil: 8_000 });
    // Its answer took longer than the pause: it was asked before it, all the same.
    const late = slowed({ parallel: 1, pausedUntil: 8_000 }, sampleFault(), { askedAt: 7_999, now: 30_000 });
    expect(late).toEqual({ parallel: 1, pausedUntil: 31_000 });
    const next = slowed({ parallel: 1, pausedUntil: 8_000 }, sampleFault(), { askedAt: 8_000, now: 30_000 });
    expect(next.parallel).toBe(0.5);
  });

  test("pauses for longer and longer where the only call is throttled again, and for a quarter as long after each that comes through", () => {
    const wish = sampleFault({ class: "throttle", retryAfterMs: 500 });
    let limiter: typeof FRESH_LIMITER = { parallel: 1, pausedUntil: null };
    let now = 0;
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      limiter = slowed(limiter, wish, at(now));
      pauses.push(pauseLeftMs(limiter, now));
      // One that was on its way is heard as far as its wish goes.
      const until = Math.max(Number(limiter.pausedUntil), now + 1 + 500);
      expect(slowed(limiter, wish, at(now + 1))).toEqual({ ...limiter, pausedUntil: until });
      expect(callsAtOnce(limiter)).toBe(1);
      now = Number(limiter.pausedUntil);
    }
    expect(pauses).toEqual([500, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(slowed(limiter, sampleFault({ class: "throttle", retryAfterMs: 90_000 }), at(now)).pausedUntil).toBe(
      now + 90_000,
    );
    expect(strained(limiter)).toEqual(limiter);
    const after = [1, 2, 3].map(() => (limiter = sped(limiter)).parallel);
    expect(after).toEqual([1 / 16, 1 / 4, 1]);
    expect(sped(limiter).parallel).toBe(2);
    expect(sped({ parallel: 0.5, pausedUntil: null }).parallel).toBe(1);
  });

  test("pauses no longer for what is asked beside calls", () => {
    const wish = sampleFault({ class: "throttle", retryAfterMs: 500 });
    const beside = (parallel: number, pausedUntil: number | null = null) =>
      slowedBeside({ parallel, pausedUntil }, wish, 1_000);
    expect([beside(8), beside(1.5), beside(1), beside(1 / 64)]).toEqual(
      [4, 1, 1, 1 / 64].map((parallel) => ({ parallel, pausedUntil: 1_500 })),
    );
    expect(beside(2, 9_000)).toEqual({ parallel: 1, pausedUntil: 9_000 });
  });

  test("pauses for half as long after a list that came whole, and lets more calls go after answered calls alone", () => {
    const pausedUntil = 9;
    expect([1 / 64, 0.5, 0.75, 1, 5].map((parallel) => eased({ parallel, pausedUntil }))).toEqual(
      [1 / 32, 1, 1, 1, 5].map((parallel) => ({ parallel, pausedUntil })),
    );
  });

  test("lets fewer machines be looked at together where the only call is throttled, down to one", () => {
    const together = (lookMost: number) =>
      [32, 1, 0.5, 1 / 8, 1 / 32, 1 / 64].map((parallel) => lookedTogether({ parallel }, lookMost));
    expect(together(200)).toEqual([200, 200, 100, 25, 6, 1]);
    expect(together(8)).toEqual([8, 8, 4, 1, 1, 1]);
    expect(together(0)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("lets so many whole calls go at once, and one always", () => {
    expect([1 / 64, 1, 3.9, 32].map((parallel) => callsAtOnce({ parallel, pausedUntil: null }))).toEqual([1, 1, 3, 32]);
  });

  test("pauses for an hour at most, whatever the cloud says, also after a longer pause was stored", () => {
    for (const retryAfterMs of [1_795_867_200_000, 1e300]) {
      const paused = slowed(FRESH_LIMITER, sampleFault({ class: "throttle", retryAfterMs }), at(1_000));
      expect(paused.pausedUntil).toBe(3_601_000);
    }
    for (const retryAfterMs of [null, -7, Number.NaN, Number.POSITIVE_INFINITY]) {
      const paused = slowed(FRESH_LIMITER, sampleFault({ class: "throttle", retryAfterMs }), at(1_000));
      expect(paused.pausedUntil).toBe(2_000);
    }
    for (const [retryAfterMs, pausedUntil] of [
      [0, 1_000],
      [0.5, 1_001],
    ] as const) {
      expect(slowed(FRESH_LIMITER, sampleFault({ class: "throttle", retryAfterMs }), at(1_000))).toMatchObject({
        pausedUntil,
      });
    }
    const long = { parallel: 2, pausedUntil: 9_000_000 };
    expect(slowed(long, sampleFault({ class: "throttle" }), at(1_000)).pausedUntil).toBe(3_601_000);
  });

  test("tells what is left of a pause", () => {
    expect([null, 900, 1_000, 8_000].map((pausedUntil) => pauseLeftMs({ parallel: 1, pausedUntil }, 1_000))).toEqual([
      0, 0, 0, 7_000,
    ]);
  });

  test("grows by one per round of successes, up to the most", () => {
    const round = Array.from({ length: 4 }).reduce<typeof FRESH_LIMITER>((l) => sped(l), {
      parallel: 4,
      pausedUntil: null,
    });
    expect(round.parallel).toBeCloseTo(4.9, 1);
    expect(PARALLEL_MOST).toBe(32);
    expect(sped({ parallel: 31.99, pausedUntil: null }).parallel).toBe(32);
    expect(sped({ parallel: 32, pausedUntil: 9 })).toEqual({ parallel: 32, pausedUntil: 9 });
  });
});

test("a text has the same fraction for ever, so that what was drawn once can be drawn again", () => {
  expect(["", "7/1", "east/é"].map((text) => fractionOf(text))).toEqual([
    0.1684752767905593, 0.7942371668759733, 0.8380091504659504,
  ]);
});

test("fractions are spread evenly over texts that differ by one character", () => {
  const drawn = Array.from({ length: 2_000 }, (_, i) => fractionOf(`7/${i}`));
  const tenths = Array.from({ length: 10 }, (_, t) => drawn.filter((f) => Math.floor(f * 10) === t).length);
  for (const count of tenths) expect(count).toBeGreaterThan(140);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
});

test("an invariant that does not hold throws what it says", () => {
  expect(() => invariant(false, "two and two")).toThrow(InvariantBroken);
  expect(() => invariant(true, "two and two")).not.toThrow();
});

test("a call without an answer halves what is asked at once, down to one, and pauses nothing", () => {
  expect(strained({ parallel: 5, pausedUntil: 7 })).toEqual({ parallel: 2.5, pausedUntil: 7 });
  expect(strained({ parallel: 1, pausedUntil: null })).toEqual({ parallel: 1, pausedUntil: null });
});
