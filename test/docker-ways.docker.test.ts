// Engines on another machine, as far as one machine can show it: whole launches over TLS and over ssh by a real server, and what
// `slipway account check` says where there is no way.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import { fileIn, overSsh, overTls, pathIn, type Way } from "../src/providers/docker/lab.testsuite.ts";
import { slipway } from "./stage/command.ts";
import { containersOf } from "./stage/docker.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

let server: ServerStage;

beforeAll(async () => {
  server = await startServer();
  await addAccount("tls", overTls());
  await addAccount("ssh", overSsh());
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
});

async function addAccount(name: string, way: Way): Promise<void> {
  const images = { busybox: "busybox:test" };
  await server.call(Account, "POST /v1/accounts", { name, provider: "docker", ...way, images });
  await server.call(z.unknown(), "POST /v1/pools", { name, members: [{ account: name, group: 0 }] });
}

const CHAIN = `
slipway: 1
name: chain
instances:
  first:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    count: 2
    userData: |
      #!/bin/sh
      exec sleep 3600
  second:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    dependsOn: [first]
    userData: |
      #!/bin/sh
      exec sleep 3600
`;

test.each(["tls", "ssh"])("over %s a launch comes up, is watched, and goes", async (name) => {
  expect(await slipway(["account", "check", name], server.env)).toMatchObject({ code: 0 });
  const { id } = await server.launch(CHAIN, { pool: name });
  const up = await server.reaches(id, ["running", "failed"]);
  expect(up.failure).toBeNull();
  expect((await containersOf(id)).map(([instance]) => instance)).toEqual(["first-1", "first-2", "second"]);
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"]);
  expect(await containersOf(id)).toEqual([]);
});

test.each([
  ["tls", "ca", { ca: fileIn("pki", "stranger.pem") }, "nobody who is trusted here has signed it"],
  ["tls", "cert", { cert: fileIn("pki", "stranger-client.pem") }, "does not take the account's certificate"],
  ["ssh", "keyFile", { keyFile: pathIn("ssh", "stranger") }, "ssh's login was refused"],
  ["ssh", "knownHosts", { knownHosts: pathIn("ssh", "none") }, "the host's key is not the one that ssh knows here"],
])("what is wrong with an account over %s that has another %s is told in one line", async (...given) => {
  const [name, field, other, says] = given;
  const way = name === "tls" ? overTls() : overSsh();
  const account = `${name}-other-${field.toLowerCase()}`;
  await server.call(Account, "POST /v1/accounts", {
    name: account,
    provider: "docker",
    settings: { ...way.settings, ...other },
    credentials: way.credentials,
  });
  const { code, out, err } = await slipway(["account", "check", account], server.env);
  expect(code).toBe(1);
  const told = `${out}${err}`.split("\n").filter((line) => line.includes(says));
  expect(told).toHaveLength(1);
});

test("no private key is in the log, or in what is told of accounts", async () => {
  const told = JSON.stringify(await server.call(z.unknown(), "GET /v1/accounts")) + server.child.output();
  for (const file of [fileIn("pki", "client.key"), fileIn("ssh", "client")]) {
    const [, inner = ""] = file.split("\n");
    expect(inner.length).toBeGreaterThan(40);
    expect(told).not.toContain(inner);
  }
  expect(told).not.toContain("PRIVATE KEY");
});
