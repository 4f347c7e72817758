import fc from "fast-check";
import { expect, test } from "vitest";
import { NOTHING, sampleCatalogue, sampleSize, UNLIMITED } from "../ports/store.samples.ts";
import { AMOUNT_MOST, isAmount, type Offer, soundOffer } from "./catalogue.ts";

const FLEXIBLE: NonNullable<Offer["flexible"]> = {
  max: { instances: 1, cpu: 8, memoryMib: 4_096, storageGib: 100 },
  architecture: "x86_64",
  hourlyMicrosPerCpu: 1_000,
  hourlyMicrosPerGib: 0,
};

/** What no amount of anything can be. */
const IMPOSSIBLE = [Number.NaN, Number.POSITIVE_INFINITY, -1, -1e300, AMOUNT_MOST + 1, 1e300] as const;

const offer = (given: Partial<Offer> = {}): Offer => sampleCatalogue({ sizes: [sampleSize()], ...given });

test("an amount is a number from nothing to the most", () => {
  for (const value of [0, 0.5, AMOUNT_MOST]) expect(isAmount(value)).toBe(true);
  for (const value of [...IMPOSSIBLE, "7", null, undefined]) expect(isAmount(value)).toBe(false);
});

test("an offer with possible numbers is taken as it is", () => {
  const given = offer({ flexible: FLEXIBLE, limit: { instances: 5, cpu: null, memoryMib: 7 } });
  expect(soundOffer(given)).toEqual({ offer: given, leftOut: [] });
});

test.each(["cpu", "memoryMib", "storageGib", "accelerators", "hourlyMicros"] as const)(
  "a size whose %s cannot be is left out, the others stay",
  (field) => {
    for (const value of IMPOSSIBLE) {
      const good = sampleSize({ name: "good" });
      const given = offer({ sizes: [sampleSize({ name: "bad", [field]: value }), good] });
      expect(soundOffer(given)).toEqual({ offer: { ...given, sizes: [good] }, leftOut: ["bad"] });
    }
  },
);

test.each<[string, (value: number) => Partial<typeof FLEXIBLE>]>([
  ["processors", (cpu) => ({ max: { ...FLEXIBLE.max, cpu } })],
  ["memory", (memoryMib) => ({ max: { ...FLEXIBLE.max, memoryMib } })],
  ["storage", (storageGib) => ({ max: { ...FLEXIBLE.max, storageGib } })],
  ["price per processor", (hourlyMicrosPerCpu) => ({ hourlyMicrosPerCpu })],
  ["price per GiB", (hourlyMicrosPerGib) => ({ hourlyMicrosPerGib })],
])("machines cut to measure are left out when their %s cannot be", (_what, withValue) => {
  for (const value of IMPOSSIBLE) {
    const given = offer({ flexible: { ...FLEXIBLE, ...withValue(value) } });
    expect(soundOffer(given)).toEqual({ offer: { ...given, flexible: null }, leftOut: ["machines cut to measure"] });
  }
});

test.each(["instances", "cpu", "memoryMib"] as const)(
  "a quota of %s that cannot be is told with its place",
  (field) => {
    for (const value of [Number.NaN, -1]) {
      const limited = offer({ limit: { ...UNLIMITED, [field]: value } });
      expect(soundOffer(limited)).toEqual({ wrong: `limit.${field} is ${value}, which is no amount` });
    }
    for (const value of IMPOSSIBLE) {
      const used = offer({ used: { ...NOTHING, [field]: value } });
      expect(soundOffer(used)).toEqual({ wrong: `used.${field} is ${value}, which is no amount` });
    }
  },
);

test("what cannot be named is left out, and told in brief", () => {
  const good = offer();
  const long = "x".repeat(1_000_000);
  const given = {
    ...good,
    realms: [...good.realms, "\0"],
    images: [...good.images, long],
    sizes: [...good.sizes, sampleSize({ name: "" }), sampleSize({ name: "odd", architecture: "\ud800" })],
  };
  const told = `${"x".repeat(64)}… 999,936 more characters`;
  expect(soundOffer(given)).toEqual({ offer: good, leftOut: ["", "odd", "\0", told] });
});

test("a limit beyond all measure is none", () => {
  const given = offer({ limit: { instances: 1e300, cpu: Number.POSITIVE_INFINITY, memoryMib: AMOUNT_MOST } });
  const limit = { instances: null, cpu: null, memoryMib: AMOUNT_MOST };
  expect(soundOffer(given)).toMatchObject({ offer: { limit } });
});

test("whatever numbers a cloud sends, none gets through that could not be counted with", () => {
  const numbers = fc.oneof(fc.double(), fc.constantFrom(...IMPOSSIBLE));
  const sizes = fc.array(
    fc.record({ cpu: numbers, memoryMib: numbers, storageGib: numbers, accelerators: numbers, hourlyMicros: numbers }),
  );
  fc.assert(
    fc.property(sizes, numbers, numbers, (given, most, used) => {
      const sound = soundOffer(
        offer({
          sizes: given.map((size) => sampleSize(size)),
          limit: { ...UNLIMITED, cpu: most },
          used: { ...NOTHING, instances: used },
        }),
      );
      if ("wrong" in sound) return;
      const { sizes: left, limit, used: taken } = sound.offer;
      const all = left.flatMap((size) => [
        size.cpu,
        size.memoryMib,
        size.storageGib,
        size.accelerators,
        size.hourlyMicros,
      ]);
      expect(
        [...all, ...Object.values(limit), ...Object.values(taken)].every((one) => one === null || isAmount(one)),
      ).toBe(true);
    }),
  );
});
