// Builds the console into web/dist when its sources differ from what was built last. Runs before `npm start`, `npm run demo`,
// the tests and the packing, so that nobody has to think of it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const WEB = join(ROOT, "web");
const BUILT = join(WEB, "dist");
const STAMP = "sources.sha256";
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

/** What the build is made of: the contract gives it more than types, and takes constants of the core itself. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const shared = ["src/contract/*.ts", "src/core/blueprint/model.ts"];
  const names = globSync(["web/{src,public}/**/*.*", ...shared], { cwd: ROOT }).sort();
  for (const name of [...names, "web/index.html", "web/vite.config.ts", "web/package.json", "package-lock.json"]) {
    hash.update(`${name}\0`).update(readFileSync(join(ROOT, name)));
  }
  return hash.digest("hex");
}

/** True when it was built, false when what is there is of the same sources. */
export function buildWeb(): boolean {
  const sources = sourcesHash();
  if (isBuiltOf(sources)) return false;
  const fresh = join(WEB, `.dist-${process.pid}`);
  try {
    // A script of npm has the mode of its caller; the page is always built for people.
    const env = { ...process.env, NODE_ENV: "production" };
    const argv = [VITE, "build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"];
    execFileSync(process.execPath, argv, { cwd: WEB, env, stdio: ["ignore", "inherit", "inherit"] });
    writeFileSync(join(fresh, STAMP), sources);
    replaceBy(fresh, sources);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

function isBuiltOf(sources: string): boolean {
  const stamp = join(BUILT, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
}

/** Two may have built it at the same time, as with `npm start` in two terminals: the first one's stays, a server may be reading it. */
function replaceBy(fresh: string, sources: string): void {
  if (isBuiltOf(sources)) return;
  const old = `${fresh}-old`;
  try {
    if (existsSync(BUILT)) renameSync(BUILT, old);
    renameSync(fresh, BUILT);
  } catch (error) {
    if (!isBuiltOf(sources)) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  if (existsSync(VITE)) buildWeb();
  else if (!existsSync(BUILT))
    console.error("The console is not built: its tools are not installed (npm ci brings them).");
}
