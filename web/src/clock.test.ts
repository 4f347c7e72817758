import { afterEach, expect, test, vi } from "vitest";
import { learnClock, serverTime } from "./clock.ts";

const HOUR_MS = 3_600_000;
const AT = Date.parse("2026-11-22T12:00:00.000Z");

afterEach(() => {
  vi.useRealTimers();
});

/** A reply that comes at `local` of this machine's clock from a server whose clock is `ahead` of it. */
function reply(local: number, ahead: number): void {
  vi.useFakeTimers({ now: local, toFake: ["Date"] });
  learnClock(new Response(null, { headers: { "Slipway-Time": new Date(local + ahead).toISOString() } }));
}

test("a clock that is an hour off is followed, and does not jump with how long each reply takes", () => {
  reply(AT, HOUR_MS);
  const ahead = serverTime(0);
  expect(Math.abs(ahead - HOUR_MS)).toBeLessThan(1_000);
  for (let ms = 0; ms < 3_000; ms += 130) {
    reply(AT + ms, HOUR_MS - (ms % 700));
    expect(serverTime(0)).toBe(ahead);
  }
});

test("when one of the clocks is set, the page follows", () => {
  reply(AT, -HOUR_MS);
  expect(Math.abs(serverTime(0) + HOUR_MS)).toBeLessThan(1_000);
  reply(AT, 0);
  expect(Math.abs(serverTime(0))).toBeLessThan(1_000);
});

test("a reply without the time teaches nothing", () => {
  const before = serverTime(0);
  learnClock(new Response(null));
  expect(serverTime(0)).toBe(before);
});
