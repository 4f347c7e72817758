// What a server prints: for people on a terminal, for programs everywhere else.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { preparedFolder } from "../src/store/pglite.samples.ts";
import { type Child, startChild } from "./stage/child.ts";
import { freshHome } from "./stage/server.ts";

/** Gives a program a terminal of 80 columns; of Debian's essential packages, and of most others. */
const SCRIPT = "/usr/bin/script";
let server: Child | null = null;

afterEach(async () => {
  await server?.end("SIGTERM");
});

async function serve(command: string, argv: readonly string[]): Promise<Child> {
  const home = freshHome();
  await preparedFolder(join(home, "data"));
  const env = { SLIPWAY_DATA: join(home, "data"), SLIPWAY_CONFIG: join(home, "config.json"), SLIPWAY_PORT: "0" };
  server = startChild(command, argv, { ...env, NO_COLOR: "1" });
  return server;
}

const linesOf = (output: string): string[] => output.trimEnd().split(/\r?\n/);

test("in a pipe every line is an object of JSON", async () => {
  const piped = await serve("bin/slipway", ["serve"]);
  await piped.printed(/"msg":"listening on http:\/\/127\.0\.0\.1:\d+"/);
  expect(await piped.end("SIGTERM")).toBe(0);
  const said = linesOf(piped.output()).map((line): unknown => JSON.parse(line).msg);
  expect(said).toContainEqual(expect.stringMatching(/^made the first token; the command line finds it in /));
  expect(said.at(-1)).toBe("engine stopped");
});

test.runIf(existsSync(SCRIPT))("on a terminal it is text, and a first server says what now", async () => {
  const shown = await serve(SCRIPT, ["-qfec", "stty columns 80; bin/slipway serve", "/dev/null"]);
  await shown.printed(/token add ME [^\n]*\n/);
  const lines = linesOf(shown.output());
  expect(lines.filter((line) => line.includes("{"))).toEqual([]);
  const at = lines.findIndex((line) => line.startsWith("slipway: listening on http://127.0.0.1:"));
  const next = lines.slice(at + 1, at + 5);
  expect(next[0]).toBe("What now, in another terminal:");
  expect(next.slice(1).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
    "  bin/slipway account",
    "  bin/slipway launch",
    "  bin/slipway token",
  ]);
  expect(next.filter((line) => line.length > 80)).toEqual([]);
  const started = lines.slice(lines.findIndex((line) => line.includes("engine started"))).join(" ");
  expect(started).toMatch(/^\d\d:\d\d:\d\d  engine started\s+providers=/);
});
