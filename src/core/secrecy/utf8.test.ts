import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8Bytes } from "./utf8.ts";

test("as many bytes as an encoder makes", () => {
  expect(["", "a", "é", "日", "\u{1F6A2}", "\ud800"].map(utf8Bytes)).toEqual([0, 1, 2, 3, 4, 3]);
  const borders = [
    "\0",
    "\x7f",
    "\x80",
    "\u07ff",
    "\u0800",
    "\u0fff",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{10ffff}",
  ];
  expect(borders.map(utf8Bytes)).toEqual([1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
