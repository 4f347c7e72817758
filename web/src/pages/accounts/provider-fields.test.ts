import { expect, test } from "vitest";
import type { ProviderField } from "../../../../src/contract/provider.ts";
import { hintOf, whereMistake } from "./provider-fields.ts";

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

const FIELD = {
  name: "url",
  of: "setting",
  kind: "text",
  label: "Address",
  help: "Where it is.",
  isRequired: true,
  example: null,
  default: null,
} as const;

test.each<[ProviderField, boolean, string]>([
  [FIELD, false, "Needed. Where it is."],
  [{ ...FIELD, isRequired: false }, false, "Where it is."],
  [{ ...FIELD, isRequired: false, default: "there" }, false, "Where it is. Left empty: there."],
  [{ ...FIELD, of: "credential" }, false, "Needed. Where it is. Stored encrypted and never shown."],
  [
    { ...FIELD, of: "credential" },
    true,
    "Where it is. Stored encrypted and never shown; left empty, it stays as it is.",
  ],
])("a field like %o, stored: %s, says %s", (field, isStored, told) => {
  expect(hintOf(field, isStored)).toBe(told);
});
