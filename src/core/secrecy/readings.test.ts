// What is read out of a text, at the borders of characters and encodings. Each secret here is written so that it is found only when every
// byte of it is read, and in its place.

import { describe, expect, test } from "vitest";
import { bytesOf, readingsOf } from "./readings.ts";
import { redactText } from "./redact.ts";

const base64 = (text: string | readonly number[]): string =>
  (typeof text === "string" ? Buffer.from(text) : Buffer.from(text)).toString("base64");

/** The first and the last characters of each length in UTF-8, and what is shown of those with one byte. */
const BORDERS = [
  " ",
  "~",
  "\u0080",
  "\u00bf",
  "\u00c0",
  "\u07ff",
  "\u0800",
  "\u0fff",
  "\u1000",
  "\uffff",
  "\u{10000}",
  "\u{3ffff}",
  "\u{40000}",
  "\u{10ffff}",
];

test.each([...BORDERS, "\0", "\u007f"])("%j has the bytes of UTF-8", (character) => {
  const { buffer, byteLength } = bytesOf(`a${character}b`);
  expect(new Uint8Array(buffer, 0, byteLength)).toEqual(new TextEncoder().encode(`a${character}b`));
});

test("a text in which nothing is encoded is read as it is, and in no other way", () => {
  for (const text of ["", "no room", "it is %zz &x; \\q", "abcdefg"]) expect(readingsOf(text)).toHaveLength(1);
});

describe("what comes out of base64 is read again", () => {
  const inJson = (text: string): string => text.replaceAll(/[a-z]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);

  test.each(BORDERS)("with %j in it", (character) => {
    const secret = `ab${character}cd${character}efgh${character}`;
    expect(redactText(base64(inJson(secret)), [secret])).toMatch(/^\[redacted\].?=*$/);
  });

  test.each(["\t", "\n", "\r", " "])("with %j between digits", (space) => {
    const secret = "correct-horse-battery";
    const inner = base64(secret).replaceAll(/.{4}/g, `$&${space}`);
    expect(redactText(base64(inner), [secret])).not.toMatch(/\w{20}/);
  });

  test("from eight characters in a row on", () => {
    expect(redactText(base64("%68unter"), ["hunter"])).toBe("[redacted]=");
    expect(redactText(base64([0, ...Buffer.from("%68unter"), 0]), ["hunter"])).toContain("[redacted]");
  });

  test.each<readonly number[]>([
    [0x00],
    [0x1f],
    [0x7f],
    [0x80],
    [0xbf],
    [0xc1],
    [0xc2, 0x20],
    [0xdf, 0xc0],
    [0xe0, 0xa0, 0x00],
    [0xf0, 0x90, 0x80, 0x00],
  ])("and %j is no character of it", (...noise) => {
    const escape = [...Buffer.from("%41")];
    const text = base64([...noise, ...escape, ...noise, ...escape, ...noise]);
    expect(readingsOf(text)).toHaveLength(2);
  });
});

test("a third encoding is not undone", () => {
  expect(redactText("hunter2%252F", ["hunter2/"])).toBe("[redacted]");
  expect(redactText("hunter2%25252F", ["hunter2/"])).toBe("hunter2%25252F");
});

test("what stands in two runs of digits is not read as one", () => {
  // The last digits of the first run are read as "abcdef", the second run as "ghijkl".
  const text = `AAA${base64("abcdef")}.${base64("ghijkl")}`;
  expect(redactText(text, ["abcdefghijkl"])).toBe(text);
  for (const between of ["\u0001", "\u0002"]) expect(redactText(text, [`abcdef${between}ghijkl`])).toBe(text);
});
