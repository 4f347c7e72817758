// The package as people get it: packed, installed elsewhere, and started with whatever Node the machine has.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";

const home = mkdtempSync(join(tmpdir(), "slipway-packed-"));
const slipway = join(home, "node_modules/.bin/slipway");
/** Where sh, env and the like are, and on many machines an old Node. */
const SYSTEM = "/usr/local/bin:/usr/bin:/bin";
const NEW_NODE = `${dirname(process.execPath)}:${SYSTEM}`;

function run(command: string, argv: readonly string[], given: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { cwd = home, env = {} } = given;
  const { status, stdout, stderr } = spawnSync(command, argv, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** What npm says is of use only when it went wrong. */
function npm(argv: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run("npm", argv, { cwd });
  if (status !== 0) throw new Error(`npm ${argv.join(" ")}: ${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(() => {
  const [packed] = z
    .array(z.object({ filename: z.string() }))
    .parse(JSON.parse(npm(["pack", "--json", "--silent", "--pack-destination", home], ROOT)));
  npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--prefix", home, `./${packed?.filename}`], home);
});

test("brings its pages, its documents and what it needs, and nothing of the tests", () => {
  const inside = join(home, "node_modules/slipway");
  for (const path of ["docs/configuration.md", "examples/hello.yaml", "openapi.json", "web/dist/index.html"]) {
    expect(readFileSync(join(inside, path), "utf8"), path).not.toBe("");
  }
  const { stdout } = run("find", [inside, "-name", "*.test.*", "-o", "-name", "*.samples.*", "-o", "-name", "*.png"]);
  expect(stdout).toBe("");
});

test("brings a database that its first start unpacks, and need not make", () => {
  const store = join(home, "node_modules/slipway/dist/src/store");
  const folder = mkdtempSync(join(home, "unpacked-"));
  const script = join(home, "unpack.mjs");
  const source = `
    import { makePrepared } from "${store}/prepared.js";
    import { openAlone } from "${store}/alone.js";
    await makePrepared("${folder}");
    await using alone = await openAlone("${folder}");
    const rows = await alone.db.selectFrom("schema_history").selectAll().execute();
    console.log(rows.every((row) => row.migrated_at.getTime() === 0), rows.length);`;
  writeFileSync(script, source);
  const { status, stdout } = run(process.execPath, ["--liftoff-only", script]);
  const migrations = readdirSync(join(ROOT, "src/store/migrations")).length;
  // One that was made here has no tables yet.
  expect({ status, stdout }).toEqual({ status: 0, stdout: `true ${migrations}\n` });
});

test("is light, without what only some need", () => {
  const { stdout } = run("du", ["--summarize", "--block-size=1M", join(home, "node_modules")]);
  expect(Number.parseInt(stdout, 10)).toBeLessThanOrEqual(120);
  expect(existsSync(join(home, "node_modules/@aws-sdk"))).toBe(false);
  expect(existsSync(join(home, "node_modules/@opentelemetry/sdk-trace"))).toBe(false);
  const env = { SLIPWAY_DATA: join(home, "traced"), OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  expect(run(slipway, ["serve"], { env })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("npm install @opentelemetry/api"),
  });
});

test("serves its page and its API, and its command line finds them", async () => {
  const port = await freePort();
  const env = {
    PATH: NEW_NODE,
    SLIPWAY_DATA: join(home, "data"),
    SLIPWAY_CONFIG: join(home, "config.json"),
    SLIPWAY_PORT: String(port),
  };
  const server: Child = startChild(slipway, ["serve"], env);
  try {
    await server.printed(/listening on/);
    expect(server.output()).not.toContain("the console is not built");
    const accept = { headers: { accept: "text/html" } };
    const page = await (await fetch(`http://127.0.0.1:${port}/`, accept)).text();
    expect(page).toContain("<title>");
    const [, entry] = /type="module"[^>]+src="([^"]+)"/.exec(page) ?? [];
    const script = await fetch(`http://127.0.0.1:${port}${entry}`);
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(run(slipway, ["ls"], { env })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("No deployments"),
    });
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    const keys = ["--set", "accessKeyId=AKIAIOSFODNN7EXAMPLE", "--credential", "secretAccessKey=secret"];
    run(slipway, ["account", "add", "aws", "--provider", "ec2", "--set", "region=eu-central-1", ...keys], { env });
    const { status, stdout, stderr } = run(slipway, ["account", "check", "aws"], { env });
    expect({ status, told: stdout + stderr }).toEqual({
      status: 1,
      told: expect.stringContaining("npm install @aws-sdk/client-ec2"),
    });
    expect(run(slipway, ["--version"], { env })).toMatchObject({ status: 0, stdout: `${version}\n` });
  } finally {
    expect(await server.end("SIGTERM")).toBe(0);
  }
});

test.each([
  ["an old one", "echo v20.20.2", "found v20.20.2"],
  ["a broken one", "exit 127", "found none"],
])("on %s it says in one line what it needs", (_, script, found) => {
  const bin = mkdtempSync(join(home, "bin-"));
  writeFileSync(join(bin, "node"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "node"), 0o755);
  expect(run(slipway, ["serve"], { env: { PATH: `${bin}:${SYSTEM}` } })).toEqual({
    status: 2,
    stdout: "",
    stderr: `slipway: needs Node 24 or newer, ${found}; install a newer Node and put it first on PATH\n`,
  });
});

test("without any Node it says the same", () => {
  const bin = join(home, "bare");
  mkdirSync(bin);
  for (const tool of ["sh", "readlink"]) symlinkSync(run("which", [tool]).stdout.trim(), join(bin, tool));
  const { status, stderr } = run(slipway, ["serve"], { env: { PATH: bin } });
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("found none; install") });
});
