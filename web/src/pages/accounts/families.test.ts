import { expect, test } from "vitest";
import { familiesOf, familiesText } from "./families.ts";

test("families are read as they are written, and what is wrong stays for the server to name", () => {
  const families = { "accelerators/h100": 8, "cpu/standard": 64 };
  expect(familiesText(families)).toBe("accelerators/h100=8\ncpu/standard=64");
  expect(familiesOf(` ${familiesText(families)}\n\n`)).toEqual(families);
  expect(familiesOf("cpu/standard\ngpu=many")).toEqual({ "cpu/standard": Number.NaN, gpu: Number.NaN });
});
