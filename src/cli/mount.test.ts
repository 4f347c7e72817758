import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { commandPaths, mountCommands } from "./mount.ts";

test("each command has its arguments and options once a line names it, and none before", async () => {
  const program = new Command("slipway");
  const load = mountCommands(program, async () => {});
  const named = (words: readonly string[]) =>
    words.reduce((at, word) => at.commands.find((one) => one.name() === word) ?? at, program);
  const takes = (command: Command) => command.options.length + command.registeredArguments.length;
  const paths = commandPaths();
  expect(paths.length).toBeGreaterThan(70);
  for (const words of paths) expect([words, takes(named(words))]).toEqual([words, 0]);
  await load(["--verbose", "pool", "set", "prod", "add"]);
  expect([takes(named(["pool", "set"])) > 0, takes(named(["pool", "add"]))]).toEqual([true, 0]);
  for (const words of paths) await load(words);
  const bare = paths.filter((words) => takes(named(words)) === 0).map((words) => words.join(" "));
  expect(bare).toEqual([]);
});

test("help loads no command, and nothing that reads replies", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-loaded-"));
  const list = join(folder, "loaded.json");
  const hook = join(folder, "hook.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module";
import { writeFileSync } from "node:fs";
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
process.on("exit", () => writeFileSync(${JSON.stringify(list)}, JSON.stringify(urls)));`,
  );
  const main = join(import.meta.dirname, "../main.ts");
  const text = execFileSync(process.execPath, ["--import", hook, main, "--help"], { encoding: "utf8" });
  expect(text).toContain("list deployments, newest first");
  expect(text).not.toContain("what the shells call");
  const loaded = readFileSync(list, "utf8");
  expect(loaded).toContain("/cli/cli.ts");
  expect(loaded).not.toMatch(/\/zod\/|\/cli\/commands\//);
});
