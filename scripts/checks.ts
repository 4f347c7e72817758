// What needs no running program, side by side: types, lint, format, unused code. Each tells what it has to say in one piece when it
// is through, with its time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const CHECKS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  types: [["tsc"], ["tsc", "-p", "web"]],
  lint: [["oxlint"]],
  format: [["oxfmt", "--check"]],
  unused: [["knip"]],
};

/** True when all its commands ended well. */
async function passes(name: string, commands: readonly (readonly string[])[]): Promise<boolean> {
  const startedAt = performance.now();
  let told = "";
  for (const [command = "", ...argv] of commands) {
    const bin = join(ROOT, "node_modules/.bin", command);
    const child = spawn(bin, argv, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (told += String(chunk)));
    await once(child, "close");
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (child.exitCode === 0) continue;
    console.log(`${told}✗ ${name}, ${seconds} s`);
    return false;
  }
  console.log(`✓ ${name}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return true;
}

const results = await Promise.all(Object.entries(CHECKS).map(([name, commands]) => passes(name, commands)));
process.exitCode = results.every(Boolean) ? 0 : 1;
