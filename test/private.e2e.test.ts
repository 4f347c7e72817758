// Nobody else on the machine reads or writes what a server keeps, however careless the folder and the shell that started it were.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { preparedFolder } from "../src/store/pglite.samples.ts";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";
import { run } from "./stage/command.ts";
import { freshHome } from "./stage/server.ts";

const home = freshHome();
const data = join(home, "data");
const config = join(home, "config.json");
let server: Child | null = null;

afterEach(async () => {
  await server?.end("SIGTERM");
});

async function serve(): Promise<Child> {
  const env = { SLIPWAY_DATA: data, SLIPWAY_CONFIG: config, SLIPWAY_PORT: String(await freePort()) };
  server = startChild("/bin/sh", ["-c", `umask 0; exec "${join(ROOT, "bin/slipway")}" serve`], env);
  return server;
}

function openParts(): string[] {
  const parts = [config, ...readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) => join(data, name))];
  return parts.filter((path) => (statSync(path).mode & 0o077) !== 0);
}

/** PGlite makes these anew while it runs, behind the closed folder. */
const CACHE = /pg_internal\.init$/;

test("what a careless start or copy has left open is closed, and told", async () => {
  await preparedFolder(data);
  chmodSync(data, 0o755);
  await (await serve()).printed(/listening on/);
  expect(statSync(join(data, "database")).mode & 0o777).toBe(0o700);
  // Whatever it may write besides is closed as well.
  const status = `/proc/${server?.pid}/status`;
  if (existsSync(status)) expect(readFileSync(status, "utf8")).toMatch(/^Umask:\s+0077$/m);
  expect(openParts().filter((path) => !CACHE.test(path))).toEqual([]);
  await server?.end("SIGTERM");

  for (const path of [data, join(data, "database"), join(data, "database/base")]) chmodSync(path, 0o777);
  for (const path of [join(data, "database/postgresql.conf"), join(data, "key"), config]) chmodSync(path, 0o666);
  await (await serve()).printed(/listening on/);
  for (const path of [data, join(data, "database"), join(data, "key"), config]) {
    expect(server?.output()).toMatch(
      new RegExp(`"msg":"${path} (was open to|could be written by) other users of this machine`),
    );
  }
  expect(openParts().filter((path) => !CACHE.test(path))).toEqual([]);
  expect(statSync(data).mode & 0o777).toBe(0o755);
});

test("a folder that others work in as well is refused in one line", async () => {
  writeFileSync(join(data, "notes.txt"), "");
  chmodSync(data, 0o777);
  const refused = await serve();
  expect(await refused.ended).toBe(2);
  expect(refused.output()).toMatch(
    /^slipway: \S+ is open to other users of this machine, .*notes\.txt.*SLIPWAY_DATA.*\n$/,
  );
});

test("compiled code is kept where nobody else can write, and not used where somebody else could have", async () => {
  const cache = mkdtempSync(join(tmpdir(), "slipway-cache-"));
  const code = join(cache, "slipway/code");
  const start = () =>
    run("/bin/sh", ["-c", `umask 0; exec "${join(ROOT, "bin/slipway")}" --version`], {
      XDG_CACHE_HOME: cache,
      NODE_COMPILE_CACHE: "",
    });
  expect(await start()).toMatchObject({ code: 0, err: "" });
  expect(readdirSync(code)).not.toEqual([]);
  for (const path of [join(cache, "slipway"), code]) expect(statSync(path).mode & 0o777).toBe(0o700);
  if (process.getuid?.() !== 0) return;
  rmSync(code, { recursive: true });
  mkdirSync(code);
  chownSync(code, 65534, 65534);
  expect(await start()).toMatchObject({ code: 0, err: "" });
  expect(readdirSync(code)).toEqual([]);
});

test("a home in which nothing can be made costs nothing but time", async () => {
  const env = { HOME: "/proc/nobody", XDG_CACHE_HOME: "", NODE_COMPILE_CACHE: "" };
  expect(await run(join(ROOT, "bin/slipway"), ["--version"], env)).toMatchObject({ code: 0, err: "" });
});
