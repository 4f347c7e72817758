import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { documentOf, textOf } from "./document.ts";
import { createStand } from "./stand.testsuite.ts";

const committed = readFileSync(new URL("../../openapi.json", import.meta.url), "utf8");

test("openapi.json is what the routes say; `node scripts/openapi.ts` makes it so", async () => {
  const { app } = await createStand();
  expect(JSON.parse(committed)).toEqual(JSON.parse(textOf(documentOf(app))));
});

test("the server gives the same document", async () => {
  const stand = await createStand();
  expect((await stand.ask({ path: "/v1/openapi.json" })).body).toEqual(JSON.parse(committed));
});

test("every reference leads somewhere, and every operation has a summary and may answer with a problem", () => {
  const document = JSON.parse(committed);
  const names = Object.keys(document.components.schemas);
  const references = [...committed.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]);
  expect(references.filter((name) => !names.includes(name ?? ""))).toEqual([]);
  for (const item of Object.values<Record<string, { summary?: string; responses: object }>>(document.paths)) {
    for (const operation of Object.values(item)) {
      expect(operation.summary).toMatch(/^[A-Z]/);
      expect(operation.responses).toHaveProperty("default");
    }
  }
});
