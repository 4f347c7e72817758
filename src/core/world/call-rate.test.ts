import { expect, test } from "vitest";
import { callsPerMinute, counted, NO_CALLS } from "./call-rate.ts";

const MINUTE = 60_000;
const AT = 100 * MINUTE;

test("calls of one minute add up, and fade as the next one passes", () => {
  const busy = counted(counted(NO_CALLS, 10, AT + 1_000), 30, AT + 59_000);
  expect(callsPerMinute(busy, AT + 59_000)).toBe(40);
  expect(callsPerMinute(busy, AT + MINUTE + 15_000)).toBe(30);
  expect(callsPerMinute(busy, AT + 2 * MINUTE)).toBe(0);
});

test("an account begins without calls", () => {
  expect(NO_CALLS).toEqual({ minuteAt: 0, calls: 0, callsBefore: 0 });
  expect(callsPerMinute(NO_CALLS, AT)).toBe(0);
});

test("a new minute keeps the one before it, and none older", () => {
  const before = counted(NO_CALLS, 60, AT);
  const next = counted(before, 6, AT + MINUTE + 30_000);
  expect(next).toEqual({ minuteAt: AT + MINUTE, calls: 6, callsBefore: 60 });
  expect(callsPerMinute(next, AT + MINUTE + 30_000)).toBe(36);
  expect(counted(before, 6, AT + 3 * MINUTE)).toEqual({ minuteAt: AT + 3 * MINUTE, calls: 6, callsBefore: 0 });
});
