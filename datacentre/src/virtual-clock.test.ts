import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("sleepers wake in order of time, those of one time in order of asking", async () => {
  const clock = new VirtualClock(100);
  const woken: string[] = [];
  for (const [name, ms] of [
    ["late", 30],
    ["first", 10],
    ["second", 10],
    ["middle", 20],
    ["at once", 0],
  ] as const) {
    void clock.sleep(ms).then(() => woken.push(`${name} ${clock.now()}`));
  }
  await clock.advance(20);
  expect(woken).toEqual(["at once 100", "first 110", "second 110", "middle 120"]);
  expect(clock.now()).toBe(120);
  await clock.advance(5);
  expect(clock.now()).toBe(125);
});

test("a sleeper that sleeps again wakes within the same move", async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const walk = async (): Promise<void> => {
    for (let step = 0; step < 3; step++) {
      await clock.sleep(10);
      seen.push(clock.now());
    }
  };
  void walk();
  await clock.runUntilIdle();
  expect(seen).toEqual([10, 20, 30]);
  expect(clock.now()).toBe(30);
});

test("an abort wakes at once and leaves nobody asleep", async () => {
  const clock = new VirtualClock();
  const caller = new AbortController();
  const asleep = clock.sleep(1000, caller.signal);
  caller.abort();
  await asleep;
  expect(clock.nextAt()).toBeNull();
  await clock.sleep(1000, caller.signal);
  expect(clock.now()).toBe(0);
});

test("what never ends, or waits for nothing, is told instead of hanging", async () => {
  const clock = new VirtualClock();
  await expect(clock.until(new Promise(() => {}))).rejects.toThrow("something other than this clock");
  const forever = async (): Promise<never> => {
    for (;;) await clock.sleep(1000);
  };
  void forever();
  await expect(clock.runUntilIdle(5000)).rejects.toThrow("not idle");
});

test("until moves no further than needed and passes on what the promise gave", async () => {
  const clock = new VirtualClock();
  void clock.sleep(500);
  expect(await clock.until(clock.sleep(70).then(() => "done"))).toBe("done");
  expect(clock.now()).toBe(70);
  await expect(clock.until(clock.sleep(1).then(() => Promise.reject(new Error("no"))))).rejects.toThrow("no");
});
