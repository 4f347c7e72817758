import { types } from "pg";
import { expect, test } from "vitest";
import { dateOf, parameterText } from "./server-values.ts";

test.for([
  [null, null],
  [undefined, null],
  ["a", "a"],
  [1.5, "1.5"],
  [7n, "7"],
  [true, "true"],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
  [new Date(Date.UTC(12_026, 0, 2)), "12026-01-02T00:00:00.000Z"],
  [new Date("0000-03-01T00:00:00.000Z"), "0001-03-01T00:00:00.000Z BC"],
  [new Date("-000043-03-15T12:00:00.000Z"), "0044-03-15T12:00:00.000Z BC"],
  [Buffer.from([0, 255]), "\\x00ff"],
  [["a", 'b"\\c', null, ""], '{"a","b\\"\\\\c",NULL,""}'],
  [[["a"], ["b"]], '{{"a"},{"b"}}'],
  [[], "{}"],
  [{ a: [1] }, '{"a":[1]}'],
] as const)("%o is written as %s", ([value, text]) => {
  expect(parameterText(value)).toBe(text);
});

test("a date that is none is refused", () => {
  expect(() => parameterText(new Date(Number.NaN))).toThrow(RangeError);
});

const TIMESTAMPTZ = 1184;
const theirs: (text: string) => Date = types.getTypeParser(TIMESTAMPTZ, "text");

test.for([
  "2026-12-01 10:26:40.123456+00",
  "2026-12-01 10:26:40.999999+00",
  "2026-02-28 23:59:59.1+00",
  "2024-02-29 00:00:00.12+00",
  "1969-12-31 23:59:59.999+00",
  "0100-01-01 00:00:00+00",
])("%s is read as by pg", (text) => {
  expect(dateOf(text)).toEqual(theirs(text));
});

test.for([
  "2026-12-01 10:26:40+02",
  "2026-12-01 10:26:40+05:30",
  "12026-12-01 10:26:40+00",
  "0044-03-15 12:00:00+00 BC",
  "0044-03-15 12:00:00+00",
  "infinity",
  "-infinity",
  "",
])("what else %s may be is left to pg", (text) => {
  expect(dateOf(text)).toBeNull();
});
