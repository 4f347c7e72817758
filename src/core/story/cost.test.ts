import { expect, test } from "vitest";
import { sampleMachine } from "../../ports/store.samples.ts";
import { costMicros, costMicrosOrNull, costsNow, hourlyMicrosNow, isUnpriced } from "./cost.ts";
import { MACHINE_STATES } from "../states.ts";

const HOUR = 3_600_000;

test("a machine costs from made to closed", () => {
  const machine = sampleMachine({ state: "gone", hourlyMicros: 10_000, madeAt: HOUR, closedAt: 3 * HOUR });
  expect(costMicros(machine, 9 * HOUR)).toBe(20_000);
  expect(hourlyMicrosNow(machine)).toBe(0);
});

test("an open machine costs until now, and on", () => {
  const machine = sampleMachine({ state: "made", hourlyMicros: 10_000, madeAt: HOUR });
  expect(costMicros(machine, 1.5 * HOUR)).toBe(5_000);
  expect(hourlyMicrosNow(machine)).toBe(10_000);
});

test("only what came after a time is counted when asked so", () => {
  const machine = sampleMachine({ state: "made", hourlyMicros: 10_000, madeAt: HOUR });
  expect(costMicros(machine, 4 * HOUR, 3 * HOUR)).toBe(10_000);
  expect(costMicros(machine, 4 * HOUR, 5 * HOUR)).toBe(0);
});

test("one in doubt may cost from when it was sent", () => {
  const machine = sampleMachine({ state: "in_doubt", hourlyMicros: 10_000, sentAt: HOUR });
  expect(costMicros(machine, 2 * HOUR)).toBe(10_000);
  expect(hourlyMicrosNow(machine)).toBe(10_000);
});

test("what never was made costs nothing", () => {
  const never = MACHINE_STATES.filter((state) => state === "intent" || state === "refused" || state === "absent");
  for (const state of never) {
    const machine = sampleMachine({ state, sentAt: HOUR });
    expect([costMicros(machine, 9 * HOUR), hourlyMicrosNow(machine)]).toEqual([0, 0]);
  }
});

test("a machine whose price nobody knows adds nothing", () => {
  const unpriced = sampleMachine({ state: "made", externalId: "x", madeAt: 0, hourlyMicros: null });
  expect([costMicros(unpriced, 3_600_000), hourlyMicrosNow(unpriced)]).toEqual([0, 0]);
  expect(costMicrosOrNull(unpriced, 3_600_000)).toBeNull();
  expect(costMicrosOrNull({ ...unpriced, hourlyMicros: 7 }, 3_600_000)).toBe(7);
});

test("whose price nobody knows is counted as long as it has cost something", () => {
  const machine = sampleMachine({ state: "made", externalId: "x", madeAt: 0, hourlyMicros: null });
  const refused = sampleMachine({ state: "refused", hourlyMicros: null });
  const all = [machine, { ...machine, closedAt: HOUR }, { ...machine, hourlyMicros: 7 }, refused];
  expect(all.map(isUnpriced)).toEqual([true, true, false, false]);
  expect(all.map(costsNow)).toEqual([true, false, true, false]);
});
