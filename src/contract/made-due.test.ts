import { expect, test } from "vitest";
import { madeDueText } from "./made-due.ts";

test.each([
  [{ debts: 0, calls: 0, launches: 0 }, null],
  [{ debts: 1, calls: 0, launches: 0 }, "1 machine that should be gone"],
  [{ debts: 2, calls: 1, launches: 0 }, "2 machines that should be gone and 1 call that was put off"],
  [
    { debts: 2, calls: 3, launches: 1 },
    "2 machines that should be gone, 3 calls that were put off and 1 launch that looks for an account",
  ],
])("what is due now is told: %j", (due, text) => {
  expect(madeDueText(due)).toBe(text);
});
