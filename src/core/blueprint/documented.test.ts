// What docs/blueprint.md and examples/ show must be right.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { DEFAULT_POLICY } from "./model.ts";
import { resolveBlueprint } from "./resolve.ts";

const ROOT = join(import.meta.dirname, "../../..");
const small = {
  name: "small",
  cpu: 1,
  memoryMib: 1024,
  storageGib: 10,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
};
const profiles = [small, { ...small, name: "medium" }];

const blocks = [...readFileSync(join(ROOT, "docs/blueprint.md"), "utf8").matchAll(/```yaml\n(.*?)```/gs)];
const documented = blocks.map(([, source = ""]) => ({ title: /name: (.*)/.exec(source)?.[1] ?? "", source }));
const examples = globSync("examples/*.yaml", { cwd: ROOT }).map((path) => ({
  title: path,
  source: readFileSync(join(ROOT, path), "utf8"),
}));

test("there are blueprints to check", () => {
  expect(documented.length).toBeGreaterThan(3);
  expect(examples.length).toBeGreaterThan(1);
});

test.each([...documented, ...examples])("$title", ({ source }) => {
  const read = readBlueprint(source);
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  const open = read.ok.parameters.filter((one) => one.required && one.default === null);
  const parameters = Object.fromEntries(open.map(({ name }) => [name, "something"]));
  expect(resolveBlueprint(read.ok, { parameters, profiles })).toHaveProperty("ok");
});

test("the defaults of a launch are those that are documented", () => {
  const read = readBlueprint(documented.find(({ title }) => title === "patient")?.source ?? "");
  expect(read).toMatchObject({ ok: { policy: DEFAULT_POLICY } });
});
