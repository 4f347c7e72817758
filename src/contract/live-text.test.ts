import { expect, test } from "vitest";
import type { Live } from "./live.ts";
import { liveText, missedText } from "./live-text.ts";

const LIVE: Live = {
  kind: "tcp",
  port: 5432,
  path: null,
  periodMs: 5_000,
  failures: 3,
  missed: 1,
  lastAnswer: "connection refused",
  deadSince: null,
};

test.each<[Partial<Live>, string]>([
  [{}, "its live check failed 1 of 3 times: connection refused"],
  [{ lastAnswer: null }, "its live check failed 1 of 3 times"],
  [{ missed: 3, deadSince: "2026-01-01T00:00:00.000Z" }, "its live check failed 3 times in a row: connection refused"],
  [{ deadSince: "2026-01-01T00:00:00.000Z" }, "its live check failed once: connection refused"],
])("what has failed is told: %j", (given, text) => {
  expect(missedText({ ...LIVE, ...given })).toBe(text);
});

test("a check is told in words", () => {
  expect(liveText(LIVE)).toBe("tcp on port 5432 every 5 s, dead after 3 failures in a row");
  expect(liveText({ ...LIVE, kind: "http", path: "/up", failures: 1 })).toBe(
    "http /up on port 5432 every 5 s, dead after a failure",
  );
});
