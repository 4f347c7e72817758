// Slipway's image: built by the engine of the tests from the package as npm packs it, on a base of this machine's own programs.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, startChild } from "./child.ts";
import { ENGINE } from "./docker.ts";

const BASE = "slipway-test-base";

/** The name of the image, which stays with the engine. */
export async function buildImage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-image-"));
  try {
    await ends(join(ROOT, "scripts/ci/import-node-base.sh"), [BASE, process.execPath]);
    await ends("npm", ["pack", "--silent", "--pack-destination", folder]);
    execFileSync("sh", ["-c", "tar -xzf slipway-*.tgz"], { cwd: folder });
    const context = join(folder, "package");
    copyFileSync(join(ROOT, "package-lock.json"), join(context, "package-lock.json"));
    const registry = execFileSync("npm", ["config", "get", "registry"], { cwd: ROOT, encoding: "utf8" }).trim();
    const given = [`NODE_IMAGE=${BASE}`, `NPM_CONFIG_REGISTRY=${registry}`].flatMap((pair) => ["--build-arg", pair]);
    const file = join(context, "deploy/Dockerfile");
    await ends("docker", ["build", "--network", "host", ...given, "--file", file, "--tag", "slipway:test", context]);
    return "slipway:test";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ends(command: string, argv: readonly string[]): Promise<void> {
  // The builder that is in every engine.
  const child = startChild(command, argv, { DOCKER_HOST: ENGINE, DOCKER_BUILDKIT: "0" });
  const code = await child.ended;
  if (code !== 0) throw new Error(`${command} ${argv.join(" ")} ended with ${code}:\n${child.output()}`);
}
