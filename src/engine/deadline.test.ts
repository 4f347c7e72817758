import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { CutShort, Overdue, within } from "./deadline.ts";

function limit(ms: number) {
  const clock = new VirtualClock();
  const cut = new AbortController();
  const wall = {
    monotonic: () => clock.now(),
    sleep: (wait: number, signal?: AbortSignal) => clock.sleep(wait, signal),
  };
  return { clock, cut, at: { clock: wall, ms, cut: cut.signal } };
}

test("an answer in time is the answer, and nothing is left waiting", async () => {
  const { clock, at } = limit(1_000);
  const aborted: boolean[] = [];
  const answer = within(at, async (signal) => {
    await clock.sleep(900);
    signal.addEventListener("abort", () => aborted.push(true));
    return "here";
  });
  expect(await clock.until(answer)).toBe("here");
  await clock.advance(10_000);
  expect(aborted).toEqual([]);
  expect(clock.nextAt()).toBeNull();
});

test("work that ignores its signal is overdue all the same", async () => {
  const { clock, at } = limit(1_000);
  const never = within(at, () => new Promise(() => {}));
  await expect(clock.until(never)).rejects.toThrow(new Overdue("no answer within 1000 ms"));
  expect(clock.now()).toBe(1_000);
});

test("whatever the work makes of the abort, it is overdue", async () => {
  const { clock, at } = limit(1_000);
  const dressed = within(
    at,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("socket hang up")));
      }),
  );
  await expect(clock.until(dressed)).rejects.toThrow(Overdue);
});

test("a process that stops cuts work short, and begins no more", async () => {
  const { clock, cut, at } = limit(60_000);
  const running = within(at, () => new Promise(() => {}));
  await clock.advance(100);
  cut.abort();
  await expect(running).rejects.toThrow(new CutShort());
  let begun = false;
  const later = within(at, async () => {
    begun = true;
  });
  await expect(later).rejects.toThrow(CutShort);
  expect(begun).toBe(false);
});

test("a failure in time stays what it is", async () => {
  const { at } = limit(1_000);
  await expect(within(at, () => Promise.reject(new TypeError("a bug")))).rejects.toThrow(TypeError);
});
