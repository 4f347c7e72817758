import { describe, expect, test } from "vitest";
import { type Baseline, judge, judgeAsNewcomer, type Reading, STEP_MS, TOLD_OF_STEPS } from "./clock-step.ts";
import { DEPLOYMENT_STATES, type DeploymentState } from "../states.ts";

const HOUR_MS = 3_600_000;

/** The process's clock stands at 0 when Slipway's time is 1,000,000. */
const KNOWN: Baseline = { steps: 4, least: 1_000_000, most: 1_000_010 };

/** Asked and heard at once, at 5 s on the process's clock, with Slipway's time where it should be. */
function reading(given: Partial<Reading> = {}): Reading {
  return { now: 1_005_005, steps: 4, seenAt: 1_004_000, askedAt: 5_000, heardAt: 5_000, ...given };
}

test("whoever is on the way, or on the way back, is told of a step", () => {
  const settled = new Set<DeploymentState>(["running", "incomplete", "stopped", "failed"]);
  expect(TOLD_OF_STEPS).toEqual(DEPLOYMENT_STATES.filter((state) => !settled.has(state)));
});

describe("one process", () => {
  test("a reading where it should be makes the baseline narrower, and moves it no further than it must", () => {
    expect(judge(KNOWN, reading())).toEqual({
      kind: "in_order",
      baseline: { steps: 4, least: 1_000_005, most: 1_000_005 },
    });
    expect(judge(KNOWN, reading({ now: 1_005_030, askedAt: 4_900, heardAt: 5_100 }))).toEqual({
      kind: "in_order",
      baseline: { steps: 4, least: 1_000_000, most: 1_000_010 },
    });
  });

  test.each([
    [2_000, "in_order"],
    [2_001, "stepped"],
    [-2_000, "in_order"],
    [-2_001, "stepped"],
  ])("%i ms outside of where it may be: %s", (byMs, kind) => {
    const edge = byMs > 0 ? 1_005_010 : 1_005_000;
    expect(judge(KNOWN, reading({ now: edge + byMs })).kind).toBe(kind);
  });

  test("a drift is followed, so that it never adds up to a step", () => {
    let known: Baseline = KNOWN;
    for (let at = 1; at <= 100; at += 1) {
      const mine = at * 1_000;
      const verdict = judge(known, reading({ now: 1_000_005 + at * 1_100, seenAt: 0, askedAt: mine, heardAt: mine }));
      if (verdict.kind !== "in_order") throw new Error(`no drift at ${at}`);
      known = verdict.baseline;
    }
    expect(known).toEqual({ steps: 4, least: 1_010_005, most: 1_010_005 });
  });

  test.each([-3 * HOUR_MS, 6 * HOUR_MS])("a clock that is set by %i ms has stepped by so much", (byMs) => {
    expect(judge(KNOWN, reading({ now: 1_005_005 + byMs }))).toEqual({ kind: "stepped", byMs });
  });

  test("an answer that took long says no more than when it was on its way", () => {
    const slow = { askedAt: 5_000, heardAt: 65_000 };
    for (const now of [1_005_000, 1_035_000, 1_065_010])
      expect(judge(KNOWN, reading({ now, ...slow })).kind).toBe("in_order");
    expect(judge(KNOWN, reading({ now: 1_065_010 + STEP_MS + 1, ...slow })).kind).toBe("stepped");
    expect(judge(KNOWN, reading({ now: 1_005_000 - STEP_MS - 1, ...slow })).kind).toBe("stepped");
  });

  test("what a slow answer hides is found by the next quick one", () => {
    const hidden = judge(KNOWN, reading({ now: 1_045_000, askedAt: 5_000, heardAt: 65_000 }));
    expect(hidden).toEqual({ kind: "in_order", baseline: KNOWN });
    expect(judge(KNOWN, reading({ now: 1_105_005, askedAt: 65_000, heardAt: 65_000 }))).toEqual({
      kind: "stepped",
      byMs: 40_000,
    });
  });
});

describe("several processes", () => {
  const fresh = (now: number, steps: number) => ({
    kind: "in_order",
    baseline: { steps, least: now - 5_000, most: now - 4_990 },
  });

  test.each([
    ["ahead of ours", 9_000_000, 9_000_000],
    ["a little ahead of ours", 1_009_000, 1_005_010 + STEP_MS + 1],
    ["behind ours", 900_000, 900_000],
    ["a little behind ours", 990_000, 989_990 - 1],
  ])("when another has changed the offset to a time %s, a new baseline is taken", (_, now, seenAt) => {
    expect(judge(KNOWN, reading({ now, seenAt, steps: 5, askedAt: 4_990 }))).toEqual(fresh(now, 5));
  });

  test("when another has changed it and was heard of within fifteen seconds, ours goes on", () => {
    expect(judge(KNOWN, reading({ now: 990_000, seenAt: 989_990, steps: 5, askedAt: 4_990 })).kind).toBe("stepped");
  });

  test("when another has set the same step right, ours goes on, and what is off is a step since", () => {
    const set = { steps: 5, seenAt: 1_004_000 };
    expect(judge(KNOWN, reading(set))).toEqual({
      kind: "in_order",
      baseline: { steps: 5, least: 1_000_005, most: 1_000_005 },
    });
    for (const byMs of [-3 * HOUR_MS, 6 * HOUR_MS]) {
      expect(judge(KNOWN, reading({ ...set, now: 1_005_005 + byMs }))).toEqual({ kind: "stepped", byMs });
    }
  });

  test("a reading from before the offset was changed says nothing", () => {
    expect(judge(KNOWN, reading({ steps: 3, now: 0 }))).toEqual({ kind: "outdated" });
  });

  test("time that others have found in order is taken over by a process whose own clock stood still", () => {
    const now = 1_005_005 + HOUR_MS;
    const ahead = { kind: "in_order", baseline: { steps: 4, least: now - 5_000, most: now - 5_000 } };
    expect(judge(KNOWN, reading({ now, seenAt: now - 5_000 }))).toEqual(ahead);
    expect(judge(KNOWN, reading({ now, seenAt: 1_005_010 + STEP_MS + 1 }))).toEqual(ahead);
    expect(judge(KNOWN, reading({ now, seenAt: 1_005_010 + STEP_MS })).kind).toBe("stepped");
  });
});

describe("at the start", () => {
  test("a time that was seen and is ahead tells a step back", () => {
    const seenAt = 1_005_005 + 3 * HOUR_MS;
    expect(judge(null, reading({ seenAt }))).toEqual({ kind: "stepped", byMs: -3 * HOUR_MS });
    expect(judge(KNOWN, reading({ seenAt, steps: 5 }))).toEqual({ kind: "stepped", byMs: -3 * HOUR_MS });
    expect(judge(KNOWN, reading({ seenAt }))).toEqual({ kind: "stepped", byMs: -3 * HOUR_MS });
  });

  test.each([1_005_005 + STEP_MS, 1_004_000, 0])("one that is not ahead, %i, tells nothing", (seenAt) => {
    expect(judge(null, reading({ seenAt }))).toEqual({
      kind: "in_order",
      baseline: { steps: 4, least: 1_000_005, most: 1_000_005 },
    });
  });
});

test("a newcomer goes by the others' change or by what it knew, and by nothing else", () => {
  const known = { steps: 0, least: 9_000, most: 9_010 };
  const reading = (now: number) => ({ now, steps: 1, seenAt: 0, askedAt: 1_000, heardAt: 1_010 });
  const said = (now: number) => judgeAsNewcomer(known, reading(now), -9_000).kind;
  expect([said(10_000), said(1_000), said(12_015), said(3_015)]).toEqual([
    "in_order",
    "in_order",
    "in_order",
    "in_order",
  ]);
  expect([said(20_000), said(6_000), said(-5_000)]).toEqual(["unsure", "unsure", "unsure"]);
});
