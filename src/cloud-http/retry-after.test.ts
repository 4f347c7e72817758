import { expect, test } from "vitest";
import { PAUSE_MOST_MS } from "../core/fault.ts";
import { boundedPause, pauseIn, retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

test.each<[string | undefined, number | null]>([
  ["7", 7_000],
  [" 0 ", 0],
  ["1.5", 1_500],
  ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
  ["Thursday, 01-Jan-26 12:00:30 GMT", 30_000],
  // An epoch by mistake, in seconds and in ms; and years.
  ["1767268800", PAUSE_MOST_MS],
  ["1767268800000", PAUSE_MOST_MS],
  ["Fri, 01 Jan 2126 12:00:30 GMT", PAUSE_MOST_MS],
  [`1${"0".repeat(400)}`, null],
  ["1e300", null],
  ["-5", null],
  ["soon", null],
  ["NaN", null],
  ["", null],
  [undefined, null],
  ["Thu, 01 Jan 2026 11:00:00 GMT", null],
  ["Thu, 99 Foo 2026 11:00:00 GMT", null],
  ["2026-01-01T12:00:30Z", null],
])("%s is %s", (header, expected) => {
  expect(retryAfterMs(header, NOW)).toBe(expected);
});

test.each<[unknown, number | null]>([
  [1_500.2, 1_501],
  [0, 0],
  [1e300, PAUSE_MOST_MS],
  [Infinity, null],
  [Number.NaN, null],
  [-1, null],
  ["5", null],
  [null, null],
])("a pause of %s ms is %s", (ms, expected) => {
  expect(boundedPause(ms)).toBe(expected);
});

test("a date counts from the cloud's own clock, where it tells the time", () => {
  const date = "Thu, 01 Jan 1970 00:00:00 GMT";
  expect(pauseIn({ date, "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" })).toBe(30_000);
  expect(pauseIn({ date: "?", "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" })).toBeNull();
  expect(pauseIn({ "retry-after": "3" })).toBe(3_000);
  expect(pauseIn({})).toBeNull();
});
