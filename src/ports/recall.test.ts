import { expect, test } from "vitest";
import { areKeysDue, forgetOldest, isAskedAgain, noKeyQuestions } from "./recall.ts";

test("what is oldest is forgotten, and only where there is too much", () => {
  const names = new Set(["a", "b"]);
  forgetOldest(names, 2);
  expect([...names]).toEqual(["a", "b"]);
  names.add("c");
  forgetOldest(names, 2);
  expect([...names]).toEqual(["b", "c"]);
});

test("a name is asked for again from its second time on, for as many names as anybody has", () => {
  const asked = new Set<string>();
  expect(isAskedAgain(asked, "first")).toBe(false);
  expect(isAskedAgain(asked, "first")).toBe(true);
  for (let no = 0; no < 10_000; no += 1) isAskedAgain(asked, `n${no}`);
  expect(asked.size).toBe(10_000);
  expect(isAskedAgain(asked, "n9999")).toBe(true);
  expect(isAskedAgain(asked, "first")).toBe(false);
});

test("while machines are under way one list in twenty asks for keys, and each one as long as a key stands alone", () => {
  const keys = noKeyQuestions();
  const due = () => Array.from({ length: 41 }, (_, no) => (areKeysDue(keys, true) ? [no] : [])).flat();
  expect(due()).toEqual([0, 20, 40]);
  keys.isLone = true;
  expect(due()).toHaveLength(41);
  keys.isLone = false;
  expect([areKeysDue(keys, true), areKeysDue(keys, false)]).toEqual([false, true]);
});
