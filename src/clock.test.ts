import { expect, test } from "vitest";
import { realClock } from "./clock.ts";

test("a sleep ends by itself", async () => {
  const before = realClock.monotonic();
  await realClock.sleep(5);
  expect(realClock.monotonic()).toBeGreaterThanOrEqual(before + 4);
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
