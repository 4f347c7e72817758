// `npm test`: all that runs without a server of its own. The end-to-end tests wait for servers and pages most of their time, and what
// they leave of the processors does everything else meanwhile, at a lower priority. Each part tells what it has to say in one piece.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setPriority } from "node:os";

const ROOT = join(import.meta.dirname, "..");
const LOWER = 10;
/** Of tools, and of the many short commands and servers that the tests start. */
const COMPILED = join(ROOT, "node_modules/.cache/slipway/code");

type Part = readonly [command: string, ...argv: readonly string[]];

const WAITING: readonly Part[] = [["vitest", "run", "--project", "e2e"]];
const WORKING: readonly Part[] = [
  ["node", "scripts/checks.ts"],
  // By itself, since counting what runs costs the others half of their time.
  ["vitest", "run", "--project", "core", "--coverage"],
  ["vitest", "run", "--project", "unit", "--project", "planted"],
];

/** True when it ended well. */
async function passes([command, ...argv]: Part): Promise<boolean> {
  const startedAt = performance.now();
  const name = [command, ...argv].join(" ");
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const env = { ...process.env, ...colour, NODE_COMPILE_CACHE: COMPILED };
  const child = spawn(join(ROOT, "node_modules/.bin", command), argv, {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (told += String(chunk)));
  await once(child, "close");
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`${told.trimEnd()}\n${child.exitCode === 0 ? "✓" : "✗"} ${name}, ${seconds} s\n`);
  return child.exitCode === 0;
}

async function allPass(parts: readonly Part[]): Promise<boolean> {
  const results: boolean[] = [];
  for (const part of parts) results.push(await passes(part));
  return results.every(Boolean);
}

const waiting = allPass(WAITING);
// Of this process and what it starts from here on.
setPriority(LOWER);
const results = await Promise.all([waiting, allPass(WORKING)]);
process.exitCode = results.every(Boolean) ? 0 : 1;
