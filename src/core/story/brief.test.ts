import { expect, test } from "vitest";
import { sampleFault } from "../../ports/store.samples.ts";
import { brief, briefFault } from "./brief.ts";

test("a long text keeps its beginning, and says how much is missing", () => {
  const text = brief(`begin ${"x".repeat(499_994)}`);
  expect(text).toMatch(/^begin x+… 497,952 more characters$/);
  expect(text).toHaveLength(2_048 + "… 497,952 more characters".length);
});

test("a text at the limit stays, and one more character is counted", () => {
  expect(brief("x".repeat(2_048))).toBe("x".repeat(2_048));
  expect(brief("x".repeat(2_049))).toBe(`${"x".repeat(2_048)}… 1 more characters`);
});

test("what was cut stays as it is, and cut shorter it counts on", () => {
  const once = brief("x".repeat(500_000));
  expect(brief(once)).toBe(once);
  expect(brief(once, 48)).toBe(`${"x".repeat(48)}… 499,952 more characters`);
  expect(brief(brief("x".repeat(500_000), 65_536))).toBe(once);
});

test("no character is halved", () => {
  expect(brief(`${"x".repeat(2_047)}🔑`)).toBe(`${"x".repeat(2_047)}… 2 more characters`);
});

test("all texts of a fault are brief, names more so", () => {
  const long = "x".repeat(5_000);
  const { code, text, requestId } = briefFault(sampleFault({ code: long, text: long, requestId: long }));
  expect([code, text, requestId].map((one) => one?.indexOf("…"))).toEqual([128, 2_048, 128]);
  expect(briefFault(sampleFault({ requestId: null }))).toEqual(sampleFault());
});
