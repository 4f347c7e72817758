import { expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { samplePool } from "../../ports/store.samples.ts";
import { type Asked, ask, limitedTo, one } from "./asking.testsuite.ts";
import { measured, UNLIMITED } from "./amount.ts";

test.each<[string, ...Asked]>([
  [
    "user_quota: quota of user ada: needs $0.0100 per hour, $0.0450 of $0.0500 are used (raised by an admin with slipway user set ada, or freed when something that ada launched stops)",
    [one()],
    { market: { users: [limitedTo({ hourlyMicros: 50_000 }, { hourlyMicros: 45_000 })] } },
  ],
  [
    "user_quota: quota of user ada: needs 1 deployment, 1 of 1 is used (raised by an admin with slipway user set ada, or freed when something that ada launched stops)",
    [one()],
    { market: { users: [limitedTo({ deployments: 1 }, { deployments: 1 })] } },
  ],
  [
    "user_quota: quota of user ada: needs 2 accelerators, 1 of 2 is used (raised by an admin with slipway user set ada, or freed when something that ada launched stops)",
    [one({ offers: [sampleOffer({ realm: "r1", storageGib: 10, accelerators: 2, acceleratorKind: null })] })],
    { market: { users: [limitedTo({ accelerators: 2 }, { "own/accelerators": 1 })] } },
  ],
  [
    "pool_quota: own limit of pool default: needs 2 of accelerators/h100, 3 of 4 are used (raised by an admin with slipway pool set default, or freed when something in it stops)",
    [one({ offers: [sampleOffer({ realm: "r1", accelerators: 2, acceleratorKind: "h100" })] })],
    {
      market: {
        pool: samplePool({ limit: { ...UNLIMITED, families: { "accelerators/h100": 4 } } }),
        poolHeld: { "own/accelerators/h100": 3 },
      },
    },
  ],
])("a launch beyond a quota is told whose it is, how much of it is used, and what to do: %s", (told, ...asked) => {
  expect(ask(...asked).refused.map(({ code, text }) => `${code}: ${text}`)).toEqual([told]);
});

test("a machine takes what it is, under names that clouds do not use, and nothing of what it has not", () => {
  const of = { storageGib: 0, accelerators: 0, acceleratorKind: null };
  expect(measured(of)).toEqual({});
  expect(measured({ ...of, storageGib: 20, accelerators: 2, acceleratorKind: "h100" })).toEqual({
    "own/storageGib": 20,
    "own/accelerators": 2,
    "own/accelerators/h100": 2,
  });
});
