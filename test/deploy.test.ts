// What is shipped to run Slipway by other programs must name what there is.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VARIABLES } from "../src/config.ts";

const ROOT = join(import.meta.dirname, "..");
/** Of the command line, which `serve` writes the first connection for. */
const KNOWN = new Set([...Object.keys(VARIABLES), "SLIPWAY_CONFIG", "NODE_COMPILE_CACHE"]);
const units = globSync("deploy/*.service", { cwd: ROOT });

test("there are units for server and workers", () => {
  expect(units.toSorted()).toEqual(["deploy/slipway-work.service", "deploy/slipway.service"]);
});

test.each(units)("%s sets variables that there are, and closes what it keeps to others", (path) => {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  const of = (key: string) => lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
  const names = of("Environment").map((pair) => pair.split("=")[0]);
  expect(names.length).toBeGreaterThan(1);
  expect(names.filter((name) => !KNOWN.has(name ?? ""))).toEqual([]);
  expect(of("ExecStart")[0]).toMatch(/ slipway (?:serve|work)$/);
  expect(of("UMask")).toEqual(["0077"]);
  // A process of 20 s of calls has to be let end by itself.
  expect(Number(of("TimeoutStopSec")[0])).toBeGreaterThan(20);
});
