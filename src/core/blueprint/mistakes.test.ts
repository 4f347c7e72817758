// Every mistake that a blueprint can make, with the exact sentence it gets: fixtures/*.mistakes. A fixture has cases of the form
//
//   === what is wrong
//   the blueprint
//   >>>
//   LINE:COLUMN CODE POINTER
//     the sentence
//     Hint: more help
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import type { Mistake } from "./mistake.ts";

const FOLDER = join(import.meta.dirname, "fixtures");

function written({ line, column, code, pointer, text, hint }: Mistake): string {
  const told = hint === undefined ? "" : `\n  Hint: ${hint}`;
  return `${line}:${column} ${code} ${pointer === "" ? "/" : pointer}\n  ${text}${told}`;
}

const fixtures = globSync("*.mistakes", { cwd: FOLDER }).map((file) => {
  const cases = readFileSync(join(FOLDER, file), "utf8").split(/^=== /m).slice(1);
  return {
    section: basename(file, ".mistakes"),
    cases: cases.map((one) => {
      const [given = "", told = ""] = one.split("\n>>>\n");
      const end = given.indexOf("\n");
      return { wrong: given.slice(0, end), source: given.slice(end + 1), told: told.trimEnd() };
    }),
  };
});

test("the fixtures are found", () => {
  expect(fixtures.length).toBeGreaterThan(5);
});

describe.each(fixtures)("$section", ({ cases }) => {
  test.each(cases)("$wrong", ({ source, told }) => {
    const read = readBlueprint(source);
    expect("mistakes" in read ? read.mistakes.map(written).join("\n") : "no mistake").toBe(told);
  });
});
