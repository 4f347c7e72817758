import { expect, test } from "vitest";
import { sampleInstance } from "../cli/replies.samples.ts";
import { rebootText } from "./reboot-text.ts";

const until = "2026-11-22T10:02:00.000Z";
const told = (given: Parameters<typeof sampleInstance>[0]) =>
  rebootText(sampleInstance(given), (time) => time.slice(11, 16));

test("a reboot is told as far as it has come", () => {
  expect(told({})).toBeNull();
  expect(told({ reboot: { step: "asked", until } })).toBe("asked for; its cloud has not answered yet");
  expect(told({ reboot: { step: "under_way", until } })).toBe(
    "under way: until 10:02 at the latest it may stand still for it",
  );
  const live = {
    kind: "tcp",
    port: 80,
    path: null,
    periodMs: 1_000,
    failures: 3,
    missed: 0,
    lastAnswer: null,
    deadSince: null,
  } as const;
  expect(told({ live, reboot: { step: "under_way", until } })).toMatch(/for it, and its live check waits$/);
});
