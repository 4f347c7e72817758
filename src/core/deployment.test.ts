import { expect, test } from "vitest";
import { launchEnd } from "./deployment.ts";

test("a launch is over when it has settled, whole or in part, or is given up; what comes later is no part of it", () => {
  const settled = { outcome: "succeeded", endedAt: 7 } as const;
  expect(launchEnd({ state: "running", endedAt: null }, settled)).toBe(7);
  expect(launchEnd({ state: "incomplete", endedAt: null }, settled)).toBe(7);
  expect(launchEnd({ state: "stopped", endedAt: 60 }, settled)).toBe(7);
  const failed = { outcome: "failed", endedAt: 7 } as const;
  expect(launchEnd({ state: "failed", endedAt: 9 }, failed)).toBe(9);
  expect(launchEnd({ state: "rollback_in_progress", endedAt: null }, failed)).toBeNull();
  expect(launchEnd({ state: "failed", endedAt: 9 }, null)).toBe(9);
  expect(launchEnd({ state: "new", endedAt: null }, null)).toBeNull();
});
