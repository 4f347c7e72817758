import { expect, test } from "vitest";
import { createBugs } from "./bugs.ts";

function stand() {
  let now = 0;
  const bugs = createBugs({ monotonic: () => now });
  return { bugs, pass: (ms: number) => (now += ms) };
}
const HOURS = 3_600_000;
const one = (text: string) => new TypeError(text);
const other = (text: string) => new TypeError(text);

test("a bug is news once, however it words itself; another one, or the same elsewhere, is news of its own", () => {
  const { bugs } = stand();
  const heard = [1, 2, 3].map((no) => bugs.met("list", one(`try ${no}`)));
  expect(heard).toEqual([true, false, false]);
  expect(bugs.met("look", one("try 4"))).toBe(true);
  expect(bugs.met("list", other("try 5"))).toBe(true);
  expect(bugs.met("list", one("try 6"))).toBe(false);
});

test("what is thrown without a place is one bug", () => {
  const { bugs } = stand();
  expect(["a", { b: 1 }].map((thrown) => bugs.met("list", thrown))).toEqual([true, false]);
});

test("it is news again when it was away for more than two hours", () => {
  const { bugs, pass } = stand();
  const met = () => bugs.met("list", one("again"));
  expect(met()).toBe(true);
  pass(2 * HOURS);
  expect(met()).toBe(false);
  pass(2 * HOURS + 1);
  expect(met()).toBe(true);
});

test("of the bugs of an account the hundred that were met last are known", () => {
  const { bugs } = stand();
  const met = (no: number) => bugs.met(`call ${no}`, one("wrong"));
  for (let no = 0; no < 100; no += 1) met(no);
  expect(met(0)).toBe(false);
  met(100);
  expect([met(0), met(1)]).toEqual([false, true]);
});
