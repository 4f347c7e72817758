// What the documents show must be what the code says.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDiagrams } from "../scripts/states-diagram.ts";

test("the diagrams of the states are those of the tables", () => {
  const text = readFileSync(join(import.meta.dirname, "../docs/architecture.md"), "utf8");
  expect(text, "run: node scripts/states-diagram.ts").toBe(withDiagrams(text));
  expect(text).toContain("rollback_in_progress --> rollback_complete: rolled_back");
});
