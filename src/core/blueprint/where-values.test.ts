import { expect, test } from "vitest";
import { mountOf } from "./where-values.ts";

test.each([
  ["data:/var/lib/data", { name: "data", path: "/var/lib/data", isReadOnly: false }],
  ["a_b.c-1:/:ro", { name: "a_b.c-1", path: "/", isReadOnly: true }],
  ["what is none", { name: "", path: "", isReadOnly: false }],
])("%s is a volume at its place", (volume, mount) => {
  expect(mountOf(volume)).toEqual(mount);
});
