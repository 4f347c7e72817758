// What the documents show must be what the code says.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Command } from "commander";
import { addCommands } from "../src/cli/commands.ts";
import { withDiagrams } from "../scripts/states-diagram.ts";

test("the diagrams of the states are those of the tables", () => {
  const text = readFileSync(join(import.meta.dirname, "../docs/architecture.md"), "utf8");
  expect(text, "run: node scripts/states-diagram.ts").toBe(withDiagrams(text));
  expect(text).toContain("rollback_in_progress --> rollback_complete: rolled_back");
});

test("docs/cli.md names every command", () => {
  const text = readFileSync(join(import.meta.dirname, "../docs/cli.md"), "utf8");
  const program = new Command();
  addCommands(program, async () => {});
  const names = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((verb) => `${command.name()} ${verb.name()}`),
  );
  expect(names).toContain("pool ls");
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
