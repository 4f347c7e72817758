import { expect, test } from "vitest";
import { readCreated, readFlavors, readToken, readVersion } from "./schema.ts";

const flavor = { id: "1", name: "small", vcpus: 1, ram: 1, disk: 1 };

test.each([
  ["no text", () => readVersion({ version: { version: 7 } }), "version.version cannot be read: it is no string"],
  ["an empty id", () => readCreated({ server: { id: "" } }), "answer.server.id cannot be read: it is shorter than 1"],
  [
    "no number",
    () => readFlavors({ flavors: [{ ...flavor, ram: "much" }] }),
    "flavors.0.ram cannot be read: it is no number",
  ],
  ["no date", () => readToken({ token: { issued_at: "x" } }), "token.token.issued_at cannot be read: it is no date"],
])("what is %s in an answer is told by what it is not", (_, read, told) => {
  expect(read).toThrow(told);
});
