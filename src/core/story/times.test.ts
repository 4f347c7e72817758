import { expect, test } from "vitest";
import { timeLeft } from "./times.ts";

test("what is left is rounded up, to seconds below two minutes and to minutes from then on", () => {
  expect([1, 1_000, 1_001, 119_000, 119_001, 120_001, 3_579_000].map(timeLeft)).toEqual([
    "1 s",
    "1 s",
    "2 s",
    "119 s",
    "2 min",
    "3 min",
    "60 min",
  ]);
});
