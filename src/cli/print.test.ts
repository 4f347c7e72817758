import { expect, test } from "vitest";
import {
  cut,
  cutName,
  duration,
  limit,
  memory,
  money,
  oneLine,
  prose,
  relative,
  relativeDue,
  widthOf,
  wrapped,
} from "./print.ts";

test("money has four decimals while it is small", () => {
  expect([0, 0.000001, 0.12, 9.99994, 10, 1234.567].map(money)).toEqual([
    "$0.0000",
    "$0.0000",
    "$0.1200",
    "$9.9999",
    "$10.00",
    "$1234.57",
  ]);
});

test("prose is wrapped with its indentation, and what is to be pasted stays whole", () => {
  expect(prose("  a sentence of several words", 12, 2)).toEqual(["  a sentence", "    of", "    several", "    words"]);
  const pasted = "to go on: slipway rm --stop --abandon-debt shop";
  expect(prose(pasted, 20)).toEqual(["to go on:", "slipway rm --stop --abandon-debt shop"]);
  expect(prose("is `slipway serve` running here?", 12)).toEqual(["is", "`slipway serve`", "running", "here?"]);
  expect(prose(pasted, Infinity)).toEqual([pasted]);
  expect(prose("", 10)).toEqual([""]);
});

test("memory is told in its largest unit", () => {
  expect([512, 1_536, 1_048_576, 1_572_864].map(memory)).toEqual(["512 MiB", "1.5 GiB", "1 TiB", "1.5 TiB"]);
});

test("durations name two units at most, the smaller with two digits", () => {
  expect([-5, 0, 999, 59_999, 60_000, 65_000, 3_599_999, 7_380_000, 273_600_000].map(duration)).toEqual([
    "0 s",
    "0 s",
    "0 s",
    "59 s",
    "1 min 00 s",
    "1 min 05 s",
    "59 min 59 s",
    "2 h 03 min",
    "3 d 04 h",
  ]);
});

test("a limit does not count the seconds it does not have", () => {
  expect([20_000, 600_000, 605_000, 3_600_000].map(limit)).toEqual(["20 s", "10 min", "10 min 05 s", "1 h"]);
});

test("times are told from now", () => {
  expect([relative(1_000, 13_000), relative(13_000, 1_000), relative(1_400, 1_000)]).toEqual([
    "12 s ago",
    "in 12 s",
    "now",
  ]);
});

test("what is due comes now, and is not told as past", () => {
  expect([relativeDue(13_000, 1_000), relativeDue(1_000, 13_000)]).toEqual(["in 12 s", "now"]);
});

test("a foreign text cannot drive the terminal", () => {
  expect(oneLine("a\u001B[2J\u001B]0;title\u0007b\r\nc\u0000d\u202Ee\u009B31mf")).toBe("ab cdef");
});

test("width counts columns, not characters", () => {
  expect([
    widthOf("ab"),
    widthOf("\u001B[31mab\u001B[39m"),
    widthOf("日本"),
    widthOf("e\u0301"),
    widthOf("…●"),
  ]).toEqual([2, 2, 4, 1, 2]);
});

test("a cut text keeps to its width", () => {
  expect([cut("abcdef", 6), cut("abcdef", 5), cut("日本語", 4), cut("abc", 0)]).toEqual(["abcdef", "abcd…", "日…", ""]);
});

test("a name that is cut keeps its end", () => {
  expect([cutName("web-1", 5), cutName("a-long-name-1", 9), cutName("a-long-name-1", 3)]).toEqual([
    "web-1",
    "a-lon…e-1",
    "a…1",
  ]);
});

test("text is broken at spaces, and a word that has no room on any line where the line ends", () => {
  expect(wrapped("one two three-is-long four", 8)).toEqual(["one two", "three-is", "-long", "four"]);
  expect(wrapped("日本語です", 5)).toEqual(["日本", "語で", "す"]);
});
