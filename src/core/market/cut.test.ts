// Offers that are cut to measure.

import { expect, test } from "vitest";
import { sampleCut, sampleOffer } from "../../ports/market.samples.ts";
import { SMALL_PROFILE } from "../../ports/store.samples.ts";
import { ask, blueprintOf, one } from "./asking.testsuite.ts";
import { inSteps, type Offer } from "./offer.ts";

const offer = (size: string, given: Partial<Offer>): Offer => sampleOffer({ size, realm: "r1", ...given });

test("an instance is cut to measure where the cloud does that, priced by its parts", () => {
  const cut = sampleCut({ hourlyMicrosPerCpu: 100, hourlyMicrosPerGib: 10 });
  const flexible = offer("custom", { cpu: 8, memoryMib: 16_384, storageGib: 100, cut });
  const [match] = ask([one({ offers: [flexible] })]).matches;
  expect(match).toMatchObject({ hourlyMicros: 120, unpriced: 0 });
  expect(match?.places[0]?.fit.takes).toEqual({
    instances: 1,
    cpu: 1,
    memoryMib: 2048,
    hourlyMicros: 120,
    "own/storageGib": 10,
  });
  const free = { ...flexible, cut: { ...cut, hourlyMicrosPerGib: null } };
  expect(ask([one({ offers: [free] })]).matches[0]).toMatchObject({ hourlyMicros: 0, unpriced: 1 });
  expect(ask([one({ offers: [{ ...flexible, cpu: 0.5 }] })]).refused[0]?.code).toBe("no_size");
});

test("it is cut in whole steps, and takes of the cloud's quota what it is then", () => {
  const cut = sampleCut({
    hourlyMicrosPerCpu: 100,
    hourlyMicrosPerGib: 10,
    step: { cpu: 2, memoryMib: 3072, storageGib: 10 },
    takesPer: { cpu: { "cpu/wide": 1 }, memoryMib: { "memory/wide": 2 }, storageGib: { disks: 1 } },
  });
  const profile = { ...SMALL_PROFILE, cpu: 2.5, memoryMib: 2048, storageGib: 0 };
  const wide = { cpu: 8, memoryMib: 16_384, storageGib: 100, takes: { "instances/wide": 1 }, cut };
  const asked = (given: Partial<Offer> = {}) =>
    ask([one({ offers: [offer("custom", { ...wide, ...given })] })], {
      blueprint: blueprintOf([{ profiles: [profile] }]),
    });
  expect(asked().matches[0]?.places[0]?.fit.takes).toEqual({
    instances: 1,
    cpu: 4,
    memoryMib: 3072,
    hourlyMicros: 430,
    "own/storageGib": 10,
    "instances/wide": 1,
    "cpu/wide": 4,
    "memory/wide": 6144,
    disks: 10,
  });
  expect(asked({ cpu: 3 }).refused[0]?.code).toBe("no_size");
});

test("it is cut in steps that are fractions without losing one", () => {
  expect([inSteps(0.07, 0.01), inSteps(0.3, 0.1), inSteps(3, 3)].map((one) => one.toFixed(4))).toEqual([
    "0.0700",
    "0.3000",
    "3.0000",
  ]);
});
