// An engine that is killed in the middle of a launch, and started again: the launch ends as it would have, or is hauled back, and whatever
// happened the ledger and the engine are of one mind.

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import { pathIn } from "../src/providers/docker/lab.testsuite.ts";
import { containersOf, docker, type Door, LIST, openDoor } from "./stage/docker.ts";
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

let door: Door;
let server: ServerStage;

beforeAll(async () => {
  door = await openDoor();
  server = await startServer();
  const images = { busybox: "busybox:test" };
  const settings = { endpoint: door.endpoint };
  await server.call(Account, "POST /v1/accounts", { name: "engine", provider: "docker", settings, images });
  await server.call(z.unknown(), "POST /v1/pools", { name: "containers", members: [{ account: "engine", group: 0 }] });
  await server.call(z.unknown(), "POST /v1/accounts/engine/check");
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await door?.close();
  const left = await docker("ps", "--all", "--quiet", "--filter", "label=slipway-installation");
  if (left !== "") await docker("rm", "--force", ...left.split("\n"));
});

/** Kills the daemon, as the system does when memory runs out; scripts/ci/with-docker.sh starts it again, as systemd would. */
async function killEngine(): Promise<void> {
  const pid = Number(await readFile(pathIn("docker.pid"), "utf8"));
  process.kill(pid, "SIGKILL");
  await until(
    async () => {
      const now = await readFile(pathIn("docker.pid"), "utf8").catch(() => "");
      if (now === "" || Number(now) === pid) return null;
      return docker("version").catch(() => null);
    },
    { deadlineMs: 60_000, otherwise: () => "the engine does not come back" },
  );
}

/** Ends as soon as it is told to: an engine that comes back tells all that ran, and waits ten seconds for each that does not listen. */
const PAIR = `
slipway: 1
name: pair
instances:
  first:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    userData: |
      #!/bin/sh
      trap "exit 0" TERM
      sleep 3600 & wait
  second:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    dependsOn: [first]
    userData: |
      #!/bin/sh
      trap "exit 0" TERM
      sleep 3600 & wait
`;

const note = (line: string): void => void process.stdout.write(`${line}\n`);

// Containers that ran end with their engine.
test.each([
  ["the first create", "running", /^POST \/containers\/create/, 1],
  ["the second create, with the first one running", "failed", /^POST \/containers\/create/, 2],
  ["a start", "running", /^POST \/containers\/[0-9a-f]+\/start/, 1],
  ["a list", "running", LIST, 1],
])("killed while it answers %s, the launch ends as %s", async (...given) => {
  const [when, ends, pattern, time] = given;
  const heldBack = door.holdAnswers(pattern, time);
  const { id } = await server.launch(PAIR, { pool: "containers" });
  await heldBack;
  await killEngine();
  door.release();
  const startedAt = performance.now();
  const deployment = await server.reaches(id, ["running", "failed", "incomplete"], 120_000);
  const tries = deployment.attempts.length;
  note(
    `killed at ${when}: ${deployment.state} ${Math.round(performance.now() - startedAt)} ms after it was back, ${tries} attempts: ${deployment.failure}`,
  );
  // It may also have been started just before the engine died, or listed with it.
  expect([ends, "failed"]).toContain(deployment.state);
  const open = deployment.machines.filter((machine) => machine.open).map(({ externalId }) => externalId);
  const there = (await containersOf(id)).map(([, container]) => container);
  expect(new Set(there)).toEqual(new Set(open));
  if (deployment.state !== "failed") {
    await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
    await server.reaches(id, ["stopped"]);
  }
  expect(await containersOf(id)).toEqual([]);
  expect((await server.call(Account, "GET /v1/accounts/engine")).health).toBe("healthy");
});
