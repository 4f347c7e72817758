import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleCut, sampleOffer } from "../../ports/market.samples.ts";
import type { CloudQuota } from "./market.ts";
import { ANY_STEP, type Offer } from "./offer.ts";
import { AMOUNT_MOST, isAmount, isSound, soundQuotas } from "./sound.ts";

/** What no amount of anything can be. */
const IMPOSSIBLE = [Number.NaN, Number.POSITIVE_INFINITY, -1, -1e300, AMOUNT_MOST + 1, 1e300] as const;

const quota = (given: Partial<CloudQuota> = {}): CloudQuota => ({
  realm: null,
  dimension: "cpu",
  most: 8,
  used: 2,
  ...given,
});

test("an amount is a number from nothing to the most", () => {
  for (const value of [0, 0.5, AMOUNT_MOST, 1_000_000_000_000]) expect(isAmount(value)).toBe(true);
  expect(isAmount(1_000_000_000_001)).toBe(false);
  for (const value of [...IMPOSSIBLE, "7", null, undefined]) expect(isAmount(value)).toBe(false);
});

test("an offer with possible numbers is sound, also one whose price nobody knows", () => {
  expect(isSound(sampleOffer())).toBe(true);
  expect(isSound(sampleOffer({ hourlyMicros: null }))).toBe(true);
  expect(isSound(sampleOffer({ cut: sampleCut({ hourlyMicrosPerCpu: null }) }))).toBe(true);
});

test("an offer that is cut in steps of nothing is not sound", () => {
  const cut = (cpu: number) => sampleOffer({ cut: sampleCut({ step: { ...ANY_STEP, cpu } }) });
  expect([isSound(cut(0)), isSound(cut(0.5))]).toEqual([false, true]);
});

test.each<[string, (value: number) => Partial<Offer>]>([
  ["processors", (cpu) => ({ cpu })],
  ["memory", (memoryMib) => ({ memoryMib })],
  ["storage", (storageGib) => ({ storageGib })],
  ["accelerators", (accelerators) => ({ accelerators })],
  ["price", (hourlyMicros) => ({ hourlyMicros })],
  ["part of a quota", (value) => ({ takes: { "cpu/standard": value } })],
  ["price per processor", (hourlyMicrosPerCpu) => ({ cut: sampleCut({ hourlyMicrosPerCpu }) })],
  ["price per GiB", (hourlyMicrosPerGib) => ({ cut: sampleCut({ hourlyMicrosPerGib }) })],
  ["step", (cpu) => ({ cut: sampleCut({ step: { ...ANY_STEP, cpu } }) })],
  ["part of a quota per processor", (value) => ({ cut: sampleCut({ takesPer: { cpu: { wide: value } } }) })],
])("an offer whose %s cannot be is not sound", (_what, withValue) => {
  for (const value of IMPOSSIBLE) expect(isSound(sampleOffer(withValue(value)))).toBe(false);
});

test("what cannot be named is not sound", () => {
  const long = "x".repeat(1_000_000);
  for (const given of [
    { size: "" },
    { realm: "\0" },
    { architecture: "\ud800" },
    { family: long },
    { acceleratorKind: "" },
  ]) {
    expect(isSound(sampleOffer(given))).toBe(false);
  }
  expect(soundQuotas([quota({ dimension: long })])).toEqual({
    wrong: `${"x".repeat(64)}… 999,936 more characters names no dimension of a quota`,
  });
});

test("a quota that cannot be is told with its dimension", () => {
  for (const most of [Number.NaN, -1]) {
    expect(soundQuotas([quota(), quota({ dimension: "addresses", most })])).toEqual({
      wrong: `the limit of addresses is ${most}, which is no amount`,
    });
  }
  for (const used of IMPOSSIBLE) {
    expect(soundQuotas([quota({ used })])).toEqual({ wrong: `the usage of cpu is ${used}, which is no amount` });
  }
});

test("a limit beyond all measure is none", () => {
  for (const most of [1e300, Number.POSITIVE_INFINITY, null]) {
    expect(soundQuotas([quota({ most })])).toEqual([quota({ most: null })]);
  }
  expect(soundQuotas([quota({ most: AMOUNT_MOST })])).toEqual([quota({ most: AMOUNT_MOST })]);
});

test("whatever numbers a cloud sends, no quota gets through that could not be counted with", () => {
  const numbers = fc.oneof(fc.double(), fc.constantFrom(...IMPOSSIBLE));
  fc.assert(
    fc.property(fc.array(fc.record({ most: fc.option(numbers), used: numbers })), (given) => {
      const sound = soundQuotas(given.map((one) => quota(one)));
      if ("wrong" in sound) return;
      expect(sound.every(({ most, used }) => isAmount(used) && (most === null || isAmount(most)))).toBe(true);
    }),
  );
});
