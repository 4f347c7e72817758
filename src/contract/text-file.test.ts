import fc from "fast-check";
import { expect, test } from "vitest";
import { textFrom } from "./text-file.ts";

const bytesOf = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([...part]))));

test("text comes back as it was, whatever characters it has", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(!text.startsWith("\uFEFF"));
      expect(textFrom(Buffer.from(text))).toEqual({ text });
    }),
  );
});

test("the mark at the beginning is left out, and only there", () => {
  expect(textFrom(bytesOf("\uFEFFa\uFEFFb"))).toEqual({ text: "a\uFEFFb" });
  expect(textFrom(bytesOf("\uFEFF"))).toEqual({ text: "" });
});

test.each<[string, Uint8Array, string]>([
  ["Latin-1 at the end", bytesOf("caf", [0xe9]), "the byte 0xE9 at offset 3 does not fit"],
  ["Latin-1 within", bytesOf("caf", [0xe9], " au lait"), "the byte 0xE9 at offset 3 does not fit"],
  ["Latin-1 after other letters", bytesOf("日本", [0xe9], "x"), "the byte 0xE9 at offset 6 does not fit"],
  ["a character that is cut off", bytesOf("日", [0xe6, 0x97]), "the byte 0xE6 at offset 3 does not fit"],
  ["half of a surrogate pair", bytesOf("a", [0xed, 0xa0, 0x80]), "the byte 0xED at offset 1 does not fit"],
  ["behind the mark", bytesOf("\uFEFFab", [0x80]), "the byte 0x80 at offset 5 does not fit"],
  ["UTF-16", Buffer.from("\uFEFFslipway: 1", "utf16le"), "it begins as UTF-16 does"],
  ["an archive", bytesOf([0x1f, 0x8b, 0x08]), "the byte 0x8B at offset 1 does not fit"],
])("%s is refused with its place", (_, bytes, place) => {
  expect(textFrom(bytes)).toEqual({ wrong: `is not UTF-8 text: ${place}` });
});

test("the place is that of the first byte that does not fit, wherever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 9 }), (text, rest) => {
      const before = Buffer.from(text);
      fc.pre(!text.startsWith("\uFEFF") && !(text === "" && rest[0] === 0xfe));
      const read = textFrom(Buffer.concat([before, Buffer.from([0xff]), rest]));
      expect(read).toEqual({ wrong: expect.stringContaining(`the byte 0xFF at offset ${before.length} does not fit`) });
    }),
  );
});
