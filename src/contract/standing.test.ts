import { expect, test } from "vitest";
import { insteadText, owedText, standingOf, summaryOf } from "./standing.ts";

test("a launch that ended because somebody cancelled it has not failed", () => {
  expect(standingOf({ state: "failed", cancelAskedAt: "2026-11-22T10:00:00.000Z" })).toBe("cancelled");
  expect(standingOf({ state: "failed", cancelAskedAt: null })).toBe("failed");
  // Until it has ended, it is what it is.
  expect(standingOf({ state: "rollback_in_progress", cancelAskedAt: 5 })).toBe("rollback_in_progress");
});

test("what is not proven gone is said in the same breath", () => {
  expect(summaryOf("stopped", 0)).toBe("is stopped");
  expect(summaryOf("stopped", 2)).toBe("is stopped, but 2 machines are not proven gone");
  expect(summaryOf("failed", 0)).toBe("has failed");
  expect(summaryOf("rollback_failed", 1)).toBe("has a rollback that is stuck: 1 machine is not proven gone");
  expect(summaryOf("cancelled", 1)).toBe("is cancelled, but 1 machine is not proven gone");
  expect(owedText(1)).toBe("1 machine is not proven gone");
});

test("what would usually have been taken is told with its price, and with its realm where that is another", () => {
  const shown = { money: (dollars: number) => `$${dollars}`, clockTime: (at: number) => new Date(at).toISOString() };
  const at = "2026-11-22T23:10:00.000Z";
  const usual = { realm: "r1", size: "small", hourlyCost: 0.1, because: "sold out", at, takenHourlyCost: 0.2 };
  const told = (of: Partial<Parameters<typeof insteadText>[0]>) =>
    insteadText({ size: "large", realm: "r1", instead: usual, ...of }, shown);
  expect(told({})).toBe(`on large at $0.2 an hour (chosen at ${at}), not small at $0.1 an hour: sold out`);
  expect(told({ realm: "r2", instead: { ...usual, takenHourlyCost: null } })).toBe(
    `on large (r2) at a price not known (chosen at ${at}), not small (r1) at $0.1 an hour: sold out`,
  );
  expect(told({ instead: null })).toBeNull();
  expect(told({ size: null })).toBeNull();
});
