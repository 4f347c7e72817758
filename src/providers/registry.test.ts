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

/** What the form on the page asks of each account, whatever its provider. */
const OF_EACH = ["Name", "Provider", "Pool", "Where machines are put"];

test.each([...PROVIDERS.values()])(
  "$name calls no field like another, or like what each account is asked for",
  ({ form }) => {
    const labels = [...OF_EACH, ...form.fields.map(({ label }) => label)];
    expect(new Set(labels).size).toBe(labels.length);
    // They stand on the page as they are written.
    for (const { help } of form.fields) expect(help).not.toContain("`");
  },
);
