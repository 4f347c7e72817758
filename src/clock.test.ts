import { uptime } from "node:os";
import { expect, test } from "vitest";
import { openClock } from "./clock.ts";

const realClock = openClock(uptime);

test("a sleep ends by itself", async () => {
  const before = realClock.monotonic();
  await realClock.sleep(5);
  expect(realClock.monotonic()).toBeGreaterThanOrEqual(before + 4);
});

test("time goes on while the machine sleeps, and never back", () => {
  const clock = { uptimeS: 1_000 };
  const own = openClock(() => clock.uptimeS);
  const before = own.monotonic();
  clock.uptimeS += 3_600;
  const after = own.monotonic();
  expect(after).toBeGreaterThanOrEqual(before + 3_599_000);
  clock.uptimeS -= 60;
  expect(own.monotonic()).toBeGreaterThanOrEqual(after);
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
