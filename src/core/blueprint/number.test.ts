import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareDecimals, decimalFrom, isInDigits, isWhole, plainValue, spellsNumber, writtenFrom } from "./number.ts";

describe("what is a number", () => {
  test.each([
    ["0", "0"],
    ["-0", "-0"],
    ["+5", "+5"],
    ["007", "007"],
    ["1.10", "1.10"],
    [".5", ".5"],
    ["5.", "5."],
    ["1e-7", "1e-7"],
    ["1E+999", "1E+999"],
    ["12345678901234567890", "12345678901234567890"],
    ["9".repeat(60), "9".repeat(60)],
    ["0x1F", "31"],
    ["0xFFFFFFFFFFFFFFFF", "18446744073709551615"],
    ["0o17", "15"],
  ])("%s is, and is kept as %s", (text, kept) => expect(decimalFrom({ text })).toEqual({ text: kept }));

  test.each([
    "",
    ".",
    "-",
    "e5",
    "1e",
    "1e1000",
    "1e-1000",
    "9".repeat(61),
    `0.${"9".repeat(60)}`,
    `0x${"F".repeat(60)}`,
    ".inf",
    "NaN",
    "Infinity",
    "1,5",
    "1_000",
    "0b1",
    "1 2",
    "١",
  ])("%j is none", (text) => expect(decimalFrom({ text })).toBeNull());

  test("what is too long spells one all the same", () => {
    expect(["9".repeat(99), "1e99999", "many", ""].map(spellsNumber)).toEqual([true, true, false, false]);
  });

  test("whole ones may be written in digits alone, or not", () => {
    const told = (text: string) => `${text} ${isWhole({ text })} ${isInDigits({ text })}`;
    expect(["1", "-1", "+007", "1.0", "1e3", "1.50e1", "1.", "1.5", "1e-1"].map(told)).toEqual([
      "1 true true",
      "-1 true true",
      "+007 true true",
      "1.0 true false",
      "1e3 true false",
      "1.50e1 true false",
      "1. true false",
      "1.5 false false",
      "1e-1 false false",
    ]);
  });
});

const decimal = fc
  .tuple(fc.constantFrom("", "-", "+"), fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.integer({ min: -30, max: 30 }))
  .map(([sign, digits, exponent]) => ({ text: `${sign}${digits}e${exponent}` }));

test("they are compared exactly, however they are written", () => {
  const same = [
    ["1.10", "1.1"],
    ["1e3", "1000"],
    ["0", "-0.000"],
    ["+5", "5."],
    ["0.0000001", "1e-7"],
  ] as const;
  for (const [a, b] of same) expect(compareDecimals({ text: a }, { text: b })).toBe(0);
  const rising = [
    "-1e30",
    "-12345678901234567891",
    "-12345678901234567890",
    "-.1",
    "0",
    "1e-999",
    "0.1",
    "0.10000000000000000001",
    "9007199254740992",
    "9007199254740993",
    "1e999",
  ];
  for (const [place, text] of rising.entries()) {
    for (const [other, to] of rising.entries()) {
      expect(compareDecimals({ text }, { text: to })).toBe(Math.sign(place - other));
    }
  }
});

test("the order is one, and shifting both by a power of ten changes nothing", () => {
  fc.assert(
    fc.property(decimal, decimal, fc.integer({ min: -9, max: 9 }), (a, b, by) => {
      const shifted = ({ text }: { text: string }) => ({
        text: text.replace(/e(.*)$/, (_, exponent) => `e${Number(exponent) + by}`),
      });
      const order = compareDecimals(a, b);
      expect(compareDecimals(b, a)).toBe(order === 0 ? 0 : -order);
      expect(compareDecimals(shifted(a), shifted(b))).toBe(order);
    }),
  );
});

test.each([
  [0, "0"],
  [-0, "0"],
  [1e-7, "0.0000001"],
  [-1.5e-7, "-0.00000015"],
  [1.5, "1.5"],
  [1e-30, "1e-30"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
])("the number %d of JSON is written %s", (value, text) => expect(writtenFrom(value)).toEqual({ text }));

test("a number of JSON is written as what it is", () => {
  const sound = fc.double({ noNaN: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(sound, (value) => {
      expect(Number(writtenFrom(value).text)).toBe(value === 0 ? 0 : value);
    }),
  );
});

test.each([
  ["3", 3],
  ["-2.5", -2.5],
  ["1e-7", 1e-7],
  ["1.10", "1.10"],
  ["0.0000001", "0.0000001"],
  ["007", "007"],
  ["9007199254740991", 9_007_199_254_740_991],
  ["9007199254740993", "9007199254740993"],
  ["12345678901234567000", "12345678901234567000"],
])("%s is shown as %j", (text, value) => expect(plainValue({ text })).toBe(value));

test("text and truth values are shown as they are", () => {
  expect([plainValue("007"), plainValue(true)]).toEqual(["007", true]);
});
