import { expect, test } from "vitest";
import { whereMistake } from "./provider-fields.ts";

const at = (pointer: string) => [
  { pointer: "/settings/url", detail: "is missing" },
  { pointer, detail: "is wrong" },
];

test.each([
  ["/settings/where/*/networks", "networks: is wrong"],
  ["/settings/where/eu~11/key", "eu/1.key: is wrong"],
  ["/settings/where/networks", "networks: is wrong"],
  ["/settings/where", "is wrong"],
  ["/settings/whereabouts", null],
])("a mistake at %s is told as it was typed", (pointer, told) => {
  expect(whereMistake(at(pointer))).toBe(told);
});
