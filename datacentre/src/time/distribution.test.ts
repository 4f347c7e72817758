import { expect, test } from "vitest";
import { drawMs } from "./distribution.ts";
import { randomOf } from "../random.ts";

const draws = (distribution: Parameters<typeof drawMs>[0], seed = "s"): number[] => {
  const random = randomOf(seed);
  return Array.from({ length: 4000 }, () => drawMs(distribution, random)).toSorted((a, b) => a - b);
};

test("uniform times fill their range evenly", () => {
  const times = draws({ kind: "uniform", minMs: 100, maxMs: 200 });
  expect([times[0], times.at(-1)]).toEqual([100, 200]);
  expect(times[2000]).toBeGreaterThan(145);
  expect(times[2000]).toBeLessThan(155);
});

test("lognormal times have their median, a long tail, and an end", () => {
  const times = draws({ kind: "lognormal", medianMs: 1000, sigma: 0.5, maxMs: 3000 });
  expect(times[2000]).toBeGreaterThan(950);
  expect(times[2000]).toBeLessThan(1050);
  expect(times.at(-1)).toBe(3000);
  expect(times[Math.round(4000 * 0.84)]).toBeGreaterThan(1550);
});

test("streams of different seeds differ, of the same seed do not", () => {
  const distribution = { kind: "uniform", minMs: 0, maxMs: 1_000_000 } as const;
  expect(draws(distribution, "a")).toEqual(draws(distribution, "a"));
  expect(draws(distribution, "a")).not.toEqual(draws(distribution, "b"));
});
