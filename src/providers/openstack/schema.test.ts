import { expect, test } from "vitest";
import { readCreated, readFlavors, readToken, readVersion } from "./schema.ts";

const flavor = { id: "1", name: "small", vcpus: 1, ram: 1, disk: 1 };

test.each([
  ["no text", () => readVersion({ version: { version: 7 } }), "version.version cannot be read: it is no string"],
  ["an empty id", () => readCreated({ server: { id: "" } }), "answer.server.id cannot be read: it is shorter than 1"],
  [
    "too little",
    () => readFlavors({ flavors: [{ ...flavor, ram: -1 }] }),
    "flavors.0.ram cannot be read: it is less than 0",
  ],
  [
    "too much",
    () => readFlavors({ flavors: [{ ...flavor, ram: 1e30 }] }),
    "flavors.0.ram cannot be read: it is more than ",
  ],
  ["no date", () => readToken({ token: { issued_at: "x" } }), "token.token.issued_at cannot be read: it is no date"],
])("what is %s in an answer is told by what it is not", (_, read, told) => {
  expect(read).toThrow(told);
});
