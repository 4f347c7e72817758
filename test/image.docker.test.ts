// deploy/Dockerfile on a real engine: the image runs as nobody, writes into its volume alone, launches, keeps what it has over a restart, and ends when it is told to.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "./stage/child.ts";
import { run } from "./stage/command.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { docker, ENGINE } from "./stage/docker.ts";
import { buildImage } from "./stage/image.ts";
import { until } from "./stage/poll.ts";

let image: string;
let datacentre: DatacentreStage;
const keys = mkdtempSync(join(tmpdir(), "slipway-image-key-"));
/** Containers and volumes of this run; a second try of a test has others. */
const made = { containers: new Set<string>(), volumes: new Set<string>() };

beforeAll(async () => {
  datacentre = await startDatacentre([quickCloud("north")]);
  image = await buildImage();
}, 600_000);

afterAll(async () => {
  await datacentre?.stop();
  for (const name of made.containers) await docker("rm", "--force", name);
  for (const name of made.volumes) await docker("volume", "rm", "--force", name);
  rmSync(keys, { recursive: true, force: true });
});

/** As docs/operations.md says, but with this machine's network, where the datacentre is, and a look at its health each second. */
const LOCKED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--stop-timeout", "30"];

interface Run {
  readonly volume: string;
  readonly env: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
}

/** The container's name. */
async function started({ volume, env, options = [] }: Run): Promise<string> {
  const name = `slipway-${randomUUID()}`;
  made.containers.add(name);
  made.volumes.add(volume);
  const given = Object.entries(env).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
  const places = ["--network", "host", "--health-interval", "1s", "--volume", `${volume}:/var/lib/slipway`, ...options];
  await docker("run", "--detach", "--name", name, ...LOCKED, ...places, ...given, image);
  return name;
}

const State = z.object({ ExitCode: z.number(), Health: z.object({ Status: z.string() }) });

const stateOf = async (name: string): Promise<z.output<typeof State>> =>
  State.parse(JSON.parse(await docker("inspect", "--format", "{{json .State}}", name)));

const ready = (port: number): Promise<true> =>
  until(async () => ((await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok === true ? true : null), {
    deadlineMs: 60_000,
    otherwise: () => `nothing is ready at ${port}`,
  });

const STOPS_MS = 10_000;

/** How long `docker stop` took. */
async function stoppedMs(name: string): Promise<number> {
  const since = performance.now();
  await docker("stop", name);
  return performance.now() - since;
}

/** Exit code of the image's health check in that container. */
async function checked(name: string): Promise<number> {
  const text = await docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", image);
  const [, ...check] = z.array(z.string()).parse(JSON.parse(text));
  return (await run("docker", ["exec", name, ...check], { DOCKER_HOST: ENGINE })).code;
}

const FLOCK = `
slipway: 1
name: flock
instances:
  sheep: { image: debian-12, profile: small, count: 2 }
`;

test("a server of it launches, read-only and as nobody, keeps what it has, and ends when it is told to", async () => {
  const port = await freePort();
  const how = { volume: `slipway-${randomUUID()}`, env: { SLIPWAY_HOST: "127.0.0.1", SLIPWAY_PORT: String(port) } };
  const first = await started(how);
  await ready(port);
  const inside = (...argv: string[]): Promise<string> => docker("exec", first, ...argv);
  // Of the kernel, which knows best; and it is the first process itself that is asked to end.
  const status = await inside("cat", "/proc/1/status");
  expect(status).toMatch(/^Uid:\s+1000\s/m);
  expect(status).toMatch(/^CapBnd:\s+0+$/m);
  expect(await inside("cat", "/proc/1/cmdline")).toMatch(/^node\0/);
  await expect(inside("touch", "/opt/slipway/mine")).rejects.toThrow("Read-only file system");
  const healthy = async (): Promise<true | null> => (await stateOf(first)).Health.Status === "healthy" || null;
  await until(healthy, { deadlineMs: 30_000, otherwise: () => "it is not healthy" });

  const account = ["--provider", "sim", "--set", `url=${datacentre.url}`, "--set", "tenant=north", "--pool", "default"];
  await inside("slipway", "account", "add", "north", ...account, "--credential", "key=north-key");
  await inside("sh", "-c", `echo "$0" | slipway launch - --wait`, FLOCK);
  expect(await datacentre.alive()).toHaveLength(2);
  expect(await stoppedMs(first)).toBeLessThan(STOPS_MS);
  expect(await stateOf(first)).toMatchObject({ ExitCode: 0 });

  const second = await started(how);
  await ready(port);
  expect(await docker("exec", second, "slipway", "ls")).toMatch(/flock.*running/);
  await docker("exec", second, "slipway", "down", "flock", "--wait");
  expect(await datacentre.alive()).toEqual([]);
});

test("one that waits for its database does not count as healthy, and ends as soon", async () => {
  const file = join(keys, "key");
  writeFileSync(file, Buffer.alloc(32, 7).toString("base64"), { mode: 0o400 });
  chownSync(file, 1000, 1000);
  // Lets anybody in and says nothing.
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const asked = once(silent, "connection");
  const waiting = await started({
    volume: `slipway-${randomUUID()}`,
    options: ["--volume", `${file}:/run/secrets/key:ro`],
    env: {
      SLIPWAY_KEY_FILE: "/run/secrets/key",
      DATABASE_URL: `postgres://slipway:none@127.0.0.1:${address.port}/slipway`,
      SLIPWAY_PORT: String(await freePort()),
    },
  });
  // The key has been read then.
  await asked;
  expect(await checked(waiting)).toBe(1);
  expect(await stoppedMs(waiting)).toBeLessThan(STOPS_MS);
  expect(await stateOf(waiting)).toMatchObject({ ExitCode: 143 });
  silent.close();
});
