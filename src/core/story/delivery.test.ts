import { describe, expect, test } from "vitest";
import { deploymentId } from "../ids.ts";
import { afterFailure, GIVE_UP_MS, tells, type Webhook } from "./delivery.ts";

const HOOK: Webhook = { name: "chat", url: "https://x.example", pool: null, kinds: null, createdAt: 0, createdBy: "a" };
const LANE = { webhook: "chat", deployment: deploymentId("abc"), failures: 0, failingSince: null };
const HOUR = 3_600_000;
const FAILED = { now: 1_000, at: 0, again: false, isFinal: false, retryAfterMs: null };

describe("who is told", () => {
  const of = { pool: "default", kind: "debt_opened" } as const;
  test.each<[Partial<Webhook>, boolean]>([
    [{}, true],
    [{ pool: "default" }, true],
    [{ pool: "other" }, false],
    [{ kinds: ["debt_opened"] }, true],
    [{ kinds: ["deleted", "debt_cleared"] }, false],
    [{ pool: "other", kinds: ["debt_opened"] }, false],
  ])("%j: %s", (hook, told) => {
    expect(tells({ ...HOOK, ...hook }, of)).toBe(told);
  });
});

describe("a try that failed", () => {
  test("comes again within seconds at first, and within a day whatever has happened", () => {
    const first = afterFailure(LANE, FAILED);
    expect(first).toMatchObject({ failures: 1, failingSince: 1_000, isDead: false });
    expect(first.dueAt - 1_000).toBeGreaterThanOrEqual(2_500);
    expect(first.dueAt - 1_000).toBeLessThanOrEqual(5_000);
    const late = afterFailure({ ...LANE, failures: 40, failingSince: 500 }, FAILED);
    expect(late.failures).toBe(41);
    expect(late.failingSince).toBe(500);
    expect(late.dueAt - 1_000).toBeGreaterThanOrEqual(12 * HOUR);
    expect(late.dueAt - 1_000).toBeLessThanOrEqual(24 * HOUR);
  });

  test("comes again when the receiver wishes it, where that is later", () => {
    expect(afterFailure(LANE, { ...FAILED, retryAfterMs: 600_000 }).dueAt).toBe(601_000);
  });

  test("is the last after three days, counted from the event or from the first failure, whichever was later", () => {
    const failing = { ...LANE, failures: 9, failingSince: 5_000 };
    expect(afterFailure(failing, { ...FAILED, now: 5_000 + GIVE_UP_MS - 1 }).isDead).toBe(false);
    expect(afterFailure(failing, { ...FAILED, now: 5_000 + GIVE_UP_MS })).toMatchObject({
      isDead: true,
      dueAt: 5_000 + GIVE_UP_MS,
    });
    expect(afterFailure(failing, { ...FAILED, at: 6_000, now: 5_000 + GIVE_UP_MS }).isDead).toBe(false);
  });

  test.each(["again", "isFinal"])("is the last of one with %s", (why) => {
    expect(afterFailure(LANE, { ...FAILED, [why]: true })).toMatchObject({ isDead: true, failures: 1, dueAt: 1_000 });
  });
});
