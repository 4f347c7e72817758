// `slipway ssh` and the inventory for ssh, into machines that are there: containers with an sshd each, on a bridge of a real engine.

import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import { Deployment } from "../src/contract/deployment.ts";
import { ROOT } from "./stage/child.ts";
import { run, slipway } from "./stage/command.ts";
import { docker, ENGINE } from "./stage/docker.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

const IMAGE = "sshd:test";
const BLUEPRINT = `
slipway: 1
name: shop
instances:
  web:
    image: sshd
    profile: { cpu: 0.1, memory: 64MiB }
    count: 2
    ready: { tcp: 22 }
`;

let server: ServerStage;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-ssh-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  await run(join(ROOT, "scripts/ci/import-sshd.sh"), [IMAGE, join(folder, "key.pub")], { DOCKER_HOST: ENGINE });
  server = await startServer();
  const account = { name: "engine", provider: "docker", settings: { endpoint: ENGINE }, images: { sshd: IMAGE } };
  await server.call(Account, "POST /v1/accounts", account);
  await server.call(z.unknown(), "POST /v1/accounts/engine/check");
  await server.call(z.unknown(), "POST /v1/pools", { name: "containers", members: [{ account: "engine" }] });
  // The system's ssh reads the settings of whoever runs it, wherever HOME leads: those of the tests stand before.
  const settings = `BatchMode yes\nStrictHostKeyChecking accept-new\nUserKnownHostsFile ${join(folder, "known")}\n`;
  await writeFile(join(folder, "config"), settings);
  await writeFile(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${join(folder, "config")} "$@"\n`);
  await chmod(join(folder, "ssh"), 0o755);
  env = { ...server.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  const left = await docker("ps", "--all", "--quiet", "--filter", "label=slipway-installation");
  if (left !== "") await docker("rm", "--force", ...left.split("\n"));
  await docker("rmi", "--force", IMAGE);
  await rm(folder, { recursive: true, force: true });
});

const ssh = (target: string, ...words: readonly string[]) =>
  slipway(["ssh", target, "--user", "root", "--identity", join(folder, "key"), "--", ...words], env);

async function launched(): Promise<Deployment> {
  const body = { blueprint: { source: BLUEPRINT }, pool: "containers" };
  const { id } = await server.call(Deployment, "POST /v1/deployments", body);
  return server.reaches(id, ["running", "failed"], 60_000);
}

test("ssh leads into the machine of the instance, runs what it is told to, and ends as that does", async () => {
  const { instances } = await launched();
  for (const { name, machine } of instances) {
    expect(await ssh(`shop/${name}`, "hostname", "&&", "echo", "two words")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^[\w-]+\ntwo words\n$/),
    });
    expect(await readFile(join(folder, "known"), "utf8")).toContain(`${machine} ssh-ed25519`);
  }
  expect(await ssh("shop/web-1", "exit 7")).toMatchObject({ code: 7 });
  // No option of the local ssh.
  expect((await ssh("shop/web-1", "-V")).err).not.toContain("OpenSSH_");
});

test("the inventory for ssh is one that ssh takes", async () => {
  const given = ["inventory", "shop", "--ssh-config", "--user", "root", "--identity", join(folder, "key")];
  const { out } = await slipway(given, env);
  await writeFile(join(folder, "config"), `${await readFile(join(folder, "config"), "utf8")}\n${out}`);
  expect(await run("ssh", ["-F", join(folder, "config"), "web-2.shop", "echo", "here"])).toMatchObject({
    code: 0,
    out: "here\n",
  });
});

test("what has the address of a machine that is gone is not taken for that one", async () => {
  const addressOf = ({ instances }: Deployment) => new Set(instances.map((one) => one.privateAddress));
  const before = await server.call(Deployment, "GET /v1/deployments/shop");
  await server.call(Deployment, `POST /v1/deployments/${before.id}/stop`);
  await server.reaches(before.id, ["stopped"], 60_000);
  expect((await ssh("shop/web-1", "true")).err).toContain("it has no machine (stopped)");
  await server.call(z.unknown(), `DELETE /v1/deployments/${before.id}`);
  const after = await launched();
  expect(addressOf(after)).toEqual(addressOf(before));
  expect(await ssh("shop/web-1", "true")).toMatchObject({ code: 0, err: expect.not.stringContaining("CHANGED") });
});
