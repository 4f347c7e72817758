import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { PROVIDERS } from "./registry.ts";

const folders = globSync("*/index.ts", { cwd: import.meta.dirname }).map(dirname);

test("every folder is registered under its own name", () => {
  expect([...PROVIDERS.keys()].toSorted()).toEqual(folders.toSorted());
});

test.each(folders)("%s tells how it is used", (folder) => {
  expect(existsSync(join(import.meta.dirname, folder, "README.md"))).toBe(true);
});

test.each(folders)("%s is tried with something that is not the cloud", (folder) => {
  const tests = globSync("*.test.ts", { cwd: join(import.meta.dirname, folder) });
  const texts = tests.map((name) => readFileSync(join(import.meta.dirname, folder, name), "utf8"));
  expect(texts.some((text) => text.includes("impostorSuite("))).toBe(true);
});

test.each([...PROVIDERS.values()])("$name asks for each field once, in whole sentences", ({ form }) => {
  const names = form.fields.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const text of [form.about, ...form.fields.map(({ help }) => help)]) expect(text).toMatch(/^[A-Z].*\.$/);
});
