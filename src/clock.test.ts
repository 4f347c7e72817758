import { uptime } from "node:os";
import { expect, onTestFinished, test, vi } from "vitest";
import { openClock } from "./clock.ts";

const realClock = openClock(uptime);

test("a sleep ends by itself", async () => {
  const before = realClock.monotonic();
  await realClock.sleep(5);
  expect(realClock.monotonic()).toBeGreaterThanOrEqual(before + 4);
});

test("time goes on while the machine sleeps, and never back", () => {
  const clock = { uptimeS: 1_000, setMs: 0 };
  const own = openClock(
    () => clock.uptimeS,
    () => Date.now() + clock.setMs,
  );
  const before = own.monotonic();
  clock.uptimeS += 3_600;
  clock.setMs += 3_600_000;
  const after = own.monotonic();
  expect(after).toBeGreaterThanOrEqual(before + 3_599_000);
  clock.uptimeS -= 60;
  clock.setMs -= 60_000;
  expect(own.monotonic()).toBeGreaterThanOrEqual(after);
});

test("a day's clock that is set moves nothing, and one that does not go on with a sleep hides it for a second at most", () => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = { sleptS: 0, setMs: 0 };
  const own = openClock(
    () => (performance.now() + 5_000) / 1000 + clock.sleptS,
    () => Date.now() + clock.setMs,
  );
  const before = own.monotonic();
  clock.setMs = 3_600_000;
  expect(own.monotonic() - before).toBeLessThan(1);
  clock.sleptS = 60;
  expect(own.monotonic() - before).toBeLessThan(1);
  vi.advanceTimersByTime(1_001);
  expect(own.monotonic() - before).toBeGreaterThan(61_000);
});

test("an abort ends a sleep, before it and within it", async () => {
  const hour = 3_600_000;
  await realClock.sleep(hour, AbortSignal.abort());
  const over = new AbortController();
  const asleep = realClock.sleep(hour, over.signal);
  over.abort();
  await asleep;
});

test("a sleep longer than a timer can hold does not end at once", async () => {
  const over = new AbortController();
  let awake = false;
  const asleep = realClock.sleep(2 ** 40, over.signal).then(() => {
    awake = true;
  });
  await realClock.sleep(5);
  expect(awake).toBe(false);
  over.abort();
  await asleep;
});
