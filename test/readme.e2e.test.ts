// The README's commands, run as they stand there. The two that install and test are what CI itself calls.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlueprint } from "../src/http/blueprint/yaml.ts";
import { ROOT, startChild } from "./stage/child.ts";
import { README, readmeCommands } from "./stage/readme.ts";

/** A first start, two launches and what people look at after them: on a busy machine that takes a minute. */
const DEMO_MS = 180_000;

test("the commands for the demo do what they say", { timeout: DEMO_MS }, async () => {
  const demo = startChild(process.execPath, ["scripts/demo.ts"]);
  try {
    const [, config] = await demo.printed(/export SLIPWAY_CONFIG=(\S+)/);
    expect(demo.output()).toContain("attempt");
    const first = ["first-launch", "first-plan"].flatMap((name) => readmeCommands(name, "docs/first-launch.md"));
    for (const command of [...first, ...readmeCommands("demo")]) {
      const path = `${join(ROOT, "bin")}:${process.env["PATH"]}`;
      const env = { ...process.env, PATH: path, SLIPWAY_CONFIG: config };
      const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: ROOT, env, encoding: "utf8" });
      expect(status, `${command}\n${stderr}`).toBe(0);
    }
  } finally {
    expect(await demo.end("SIGINT")).toBe(0);
  }
});

test("the demo begins nothing on an option that it does not know", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/demo.ts", "--onec"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("--onec");
});

test("the commands that set up are those that CI calls", () => {
  expect(README).toContain("npm ci && npm test");
  expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toContain("npm ci && npm test");
  expect(README).toContain("npm ci && npm run demo");
});

test("its blueprint is one", () => {
  const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];
  expect(readBlueprint(text)).toMatchObject({ ok: { name: "shop" } });
});
