// What the documents show must be what the code says.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { Command } from "commander";
import { commandPaths, mountCommands } from "../src/cli/mount.ts";
import { addUpkeep } from "../src/cli/upkeep.ts";
import { Event } from "../src/contract/event.ts";
import { PROVIDERS } from "../src/providers/registry.ts";
import { readmeOf, withFormTable } from "../scripts/account-forms.ts";
import { withDiagrams } from "../scripts/states-diagram.ts";

const Package = z.object({ scripts: z.record(z.string(), z.string()) });

/** The first group of every match. */
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

test("the diagrams of the states are those of the tables", () => {
  const text = readFileSync(join(import.meta.dirname, "../docs/architecture.md"), "utf8");
  expect(text, "run: node scripts/states-diagram.ts").toBe(withDiagrams(text));
  expect(text).toContain("rollback_in_progress --> rollback_complete: rolled_back");
});

test("docs/cli.md names every command", () => {
  const text = readFileSync(join(import.meta.dirname, "../docs/cli.md"), "utf8");
  const names = commandPaths().map((words) => words.join(" "));
  expect(names).toContain("pool ls");
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

const ROOT = join(import.meta.dirname, "..");
const DOCUMENTS = globSync("{*.md,docs/**/*.md,datacentre/*.md,src/**/*.md}", { cwd: ROOT })
  .filter((path) => !path.includes("node_modules"))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

/** A file of the repository; `<name>`, `NAME` and `NNNN` stand for any. */
const FILE = /^(?:src|docs|test|sim|scripts|web|datacentre|examples|bench|bin)\/[\w./*{},-]+$/;

function isThere(name: string, document: string): boolean {
  const pattern = name.replace(/\/$/, "").replaceAll(/NNNN-title|NNNN|NAME/g, "*");
  return [ROOT, join(ROOT, dirname(document))].some((cwd) => globSync(pattern, { cwd }).length > 0);
}

test("documents name files, scripts and pages that are there", () => {
  const { scripts } = Package.parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
  const wrong = DOCUMENTS.flatMap(({ path, text }) => [
    ...all(text, /`([^`\n]+)`/g).filter((name) => FILE.test(name) && !isThere(name, path)),
    ...all(text, /\bnpm run ([\w:-]+)\b(?! -w)/g).filter((name) => scripts[name] === undefined),
    ...all(text, /\]\((?!https?:)([^)#\s]+)/g).filter((link) => !existsSync(join(ROOT, dirname(path), link))),
  ]);
  expect(DOCUMENTS.length).toBeGreaterThan(15);
  expect(wrong).toEqual([]);
});

test("docs/events.md has every kind of event with its fields, and no other", () => {
  const text = readFileSync(join(ROOT, "docs/events.md"), "utf8");
  const told = [...text.matchAll(/^\| `(\w+)` \| (.*?) \| .+ \|$/gm)].map(([, kind = "", fields = ""]) => [
    kind,
    all(fields, /`(\w+)`/g),
  ]);
  const common = ["no", "revision", "at", "text", "kind"];
  const known = Event.options.map(({ shape }) => [
    shape.kind.value,
    Object.keys(shape).filter((field) => !common.includes(field)),
  ]);
  expect(told).toEqual(known);
});

test("documents show commands and options that are there", async () => {
  const program = new Command("slipway");
  const load = mountCommands(program, async () => {});
  for (const words of commandPaths()) await load(words);
  for (const main of ["serve", "work", "migrate"]) program.command(main);
  addUpkeep(program, { restore: async () => 0, move: async () => 0, rotateKey: async () => 0 }, () => undefined);
  const shown = DOCUMENTS.flatMap(({ path, text }) =>
    all(text, /(?:^|`|\$ |&& )(?:bin\/)?slipway ([^`\n]+)/gm).map((line) => ({ path, line })),
  );
  expect(shown.length).toBeGreaterThan(40);
  expect(shown.flatMap(({ path, line }) => mistakesOf(program, line).map((what) => `${path}: ${what}`))).toEqual([]);
});

/** What is wrong with a command line, without its comment, what it is joined to, and what is another program's. */
function mistakesOf(program: Command, line: string): string[] {
  const [own = ""] = line.split(/\s(?:#|&&|\||>|<|…|-- )/);
  let command = program;
  const options: string[] = [];
  for (const word of own.split(/\s+/)) {
    const next = command.commands.find((one) => one.name() === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0 && /^[a-z-]+$/.test(word) && !word.startsWith("-")) return [`slipway ${line}`];
    else if (/^--?[a-z]/.test(word)) options.push(word.replace(/=.*/, ""));
  }
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const unknown = options.filter((option) => option !== "--help" && !known.includes(option));
  return unknown.map((option) => `${option} in slipway ${line}`);
}

test.each([...PROVIDERS.values()])("the README of $name has the account form that is checked", ({ name, form }) => {
  const text = readFileSync(readmeOf(name), "utf8");
  expect(text, "node scripts/account-forms.ts writes it").toBe(withFormTable(text, form));
});
