import { expect, test } from "vitest";
import { waitingText } from "./held.ts";

test.each([
  [0, "no deployment was under way"],
  [1, "1 deployment that was under way waits"],
  [2, "2 deployments that were under way wait"],
])("%d deployments", (count, text) => {
  expect(waitingText(count)).toBe(text);
});
