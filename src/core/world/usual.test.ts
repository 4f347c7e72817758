import { expect, test } from "vitest";
import { type PastBoot, usualMs } from "./usual.ts";

const past = (given: Partial<PastBoot>): PastBoot => ({
  instance: "db",
  size: "small",
  bootMs: 1_000,
  startMs: null,
  readyMs: null,
  ...given,
});

test("what machines of the size took to boot and to start, the middle one", () => {
  const known = [
    past({ bootMs: 40_000, startMs: 5_000 }),
    past({ bootMs: 30_000, startMs: 3_000 }),
    past({ bootMs: 900_000, startMs: 4_000 }),
    past({ bootMs: 1, startMs: 1, size: "large" }),
  ];
  expect(usualMs(known, { step: "boot", size: "small", instance: "web" })).toBe(40_000);
  expect(usualMs(known, { step: "start", size: "small", instance: "web" })).toBe(4_000);
});

test("what the same instance took to become ready, whatever its size", () => {
  const known = [
    past({ readyMs: 2_000 }),
    past({ readyMs: 3_000, size: "large" }),
    past({ instance: "web", readyMs: 9 }),
  ];
  expect(usualMs(known, { step: "ready", size: "small", instance: "db" })).toBe(2_000);
});

test("one machine is no habit, and nobody waits for a habit of answering", () => {
  expect(usualMs([past({})], { step: "boot", size: "small", instance: "db" })).toBeNull();
  expect(usualMs([past({}), past({})], { step: "start", size: "small", instance: "db" })).toBeNull();
  expect(usualMs([past({}), past({})], { step: "create", size: "small", instance: "db" })).toBeNull();
});
