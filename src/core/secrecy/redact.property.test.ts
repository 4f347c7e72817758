// Whatever a secret is and however it is written, nothing of it is left.

import fc from "fast-check";
import { expect, test } from "vitest";
import { redactText } from "./redact.ts";
import { SECRET_LEAST } from "./secret.ts";

type Encode = (text: string) => string;

const asciiOnly = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]|[<>&]/g, (unit) =>
    [...Array(unit.length).keys()].map((at) => `\\u${unit.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );

/** Encodings that write a text piece by piece, so that what they make of a secret stands in what they make of a text around it. */
const ESCAPES: Readonly<Record<string, Encode>> = {
  "as it is": (text) => text,
  "percent-encoding": encodeURIComponent,
  "percent-encoding of everything": (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "a form": (text) => encodeURIComponent(text).replaceAll("%20", "+"),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  "JSON in ASCII": (text) => asciiOnly(JSON.stringify(text).slice(1, -1)),
  XML: (text) => text.replaceAll(/[<>&"']/g, (one) => `&#${one.charCodeAt(0)};`),
};

const inLines: Encode = (text) => text.replaceAll(/.{20}/g, "$&\n");
const DIGITS: Readonly<Record<string, Encode>> = {
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 for URLs": (text) => Buffer.from(text).toString("base64url"),
  "base64 in lines": (text) => inLines(Buffer.from(text).toString("base64")),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
};

const secrets = fc
  .string({ unit: "binary", minLength: SECRET_LEAST, maxLength: 40 })
  .map((text) => text.replaceAll("\0", "x").trim())
  .filter((text) => text.length >= SECRET_LEAST);
const around = fc.string({ unit: fc.constantFrom(...Array.from("abc XYZ 019:={}\n")), maxLength: 20 });

for (const [outer, outside] of Object.entries(ESCAPES)) {
  for (const [inner, inside] of Object.entries({ ...ESCAPES, ...DIGITS })) {
    test(`a secret in ${inner}, in ${outer}, is taken out`, () => {
      fc.assert(
        fc.property(secrets, around, around, (secret, before, after) => {
          const written = outside(inside(secret));
          const clean = redactText(`${before} "${written}" ${after}`, [secret]);
          expect(clean).toContain("[redacted]");
          expect(clean).not.toContain(written);
        }),
        { numRuns: 30 },
      );
    });
  }
}

for (const [outer, outside] of Object.entries(DIGITS)) {
  for (const [inner, inside] of Object.entries({ ...ESCAPES, ...DIGITS })) {
    test(`a secret somewhere in a text in ${outer}, itself in ${inner}, is taken out`, () => {
      fc.assert(
        fc.property(secrets, around, around, (secret, before, after) => {
          const clean = redactText(`data: ${outside(`${before} "${inside(secret)}" ${after}`)}.`, [secret]);
          expect(clean).toContain("[redacted]");
          // What is left of the digits says nothing of the secret, to whoever reads them with their gap.
          for (const left of clean.split("[redacted]")) {
            for (const encoding of ["base64", "hex"] as const) {
              expect(Buffer.from(left.replace("data: ", ""), encoding).toString()).not.toContain(inside(secret));
            }
          }
        }),
        { numRuns: 30 },
      );
    });
  }
}

test("a text without the secret is left as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 2_000 }), (text) => {
      const clean = text.replaceAll("\0", "");
      expect(redactText(clean, ["another-secret-altogether"])).toBe(clean);
    }),
  );
});
