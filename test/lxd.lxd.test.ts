// Whole launches on two real LXD servers (scripts/ci/with-lxd.sh), by a real server: what is asserted is what LXD itself says is there.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import { BlockList } from "../src/contract/block.ts";
import type { Deployment } from "../src/contract/deployment.ts";
import { Evidence } from "../src/contract/evidence.ts";
import type { Event } from "../src/contract/event.ts";
import {
  accountAt,
  ask,
  instancesOf,
  labCloud,
  limit,
  freshCloud,
  removeByHand,
} from "../src/providers/lxd/lab.testsuite.ts";
import { ROOT } from "./stage/child.ts";
import { slipway } from "./stage/command.ts";
import { type HoldingDoor, openHoldingDoor } from "./stage/holding-door.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const SITE = join(ROOT, "examples/lxd.yaml");
const MINUTES = 240_000;
const [east, west] = [labCloud("east"), labCloud("west")];

let door: HoldingDoor;
let server: ServerStage;
const home = freshHome();
const folder = mkdtempSync(join(tmpdir(), "slipway-door-"));

beforeAll(async () => {
  const path = join(folder, "door.socket");
  door = await openHoldingDoor({ to: east.socket, listen: { path }, version: / \/1\.0/ });
  server = await startServer({ home });
  await addLxd("east", { settings: { endpoint: `unix://${path}`, project: east.project }, credentials: {} });
  await addLxd("west", accountAt(west));
  const members = ["east", "west"].map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "POST /v1/pools", { name: "lxd", members });
  await server.call(z.unknown(), "POST /v1/pools", { name: "east-only", members: members.slice(0, 1) });
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await door?.close();
  rmSync(folder, { recursive: true, force: true });
  for (const cloud of [east, west]) await freshCloud(cloud);
});

/** Each begins with room everywhere, with nothing that one which failed has left, and with nothing remembered of what was refused. */
beforeEach(async () => {
  for (const cloud of [east, west]) await freshCloud(cloud);
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await server.call(z.unknown(), `DELETE /v1/blocks?${query.toString()}`);
  }
  await check("east");
});

const check = (name: string): Promise<unknown> => server.call(z.unknown(), `POST /v1/accounts/${name}/check`);

async function addLxd(name: string, account: object): Promise<void> {
  const images = { "web-server": "busybox" };
  await server.call(Account, "POST /v1/accounts", { name, provider: "lxd", ...account, images });
  await check(name);
}

const single = (fields = ""): string => `
slipway: 1
name: single
instances:
  one:
    image: web-server
    profile: { cpu: 1, memory: 64MiB }
${fields.replace(/^/gm, "    ")}
`;

const launch = (source: string, name: string): Promise<Deployment> => server.launch(source, { name, pool: "lxd" });

type Named = readonly [instance: string, machine: string];
const byName = ([a, one]: Named, [b, other]: Named): number => (a + one < b + other ? -1 : 1);

/** Machines of a deployment that LXD has, by instance. */
async function machinesOf(cloud: typeof east, id: string): Promise<readonly Named[]> {
  const ours = (await instancesOf(cloud)).filter(({ config }) => config["user.slipway-deployment"] === id);
  return ours.map(({ name, config }) => [config["user.slipway-instance"] ?? "", name] as const).toSorted(byName);
}

/** What the ledger holds to be there. */
const openOf = ({ machines }: Deployment): readonly Named[] =>
  machines
    .filter(({ open }) => open)
    .map(({ instance, id }) => [instance ?? "", id] as const)
    .toSorted(byName);

const movesOf = (events: readonly Event[], instance: string): string[] =>
  events.flatMap((event) => {
    if (!("instance" in event) || event.instance !== instance) return [];
    if (event.kind === "instance_moved") return [event.to];
    return event.kind === "start_asked" ? ["our start"] : [];
  });

async function stopped(id: string): Promise<void> {
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 90_000);
  for (const cloud of [east, west]) expect(await machinesOf(cloud, id)).toEqual([]);
}

const note = (line: string): void => void process.stdout.write(`${line}\n`);

/** Kills a machine's first process, as a fault inside of it would. Returns after the kill. */
async function killMachine(name: string): Promise<void> {
  const state = await ask(east, { method: "GET", path: `/1.0/instances/${name}/state?project=${east.project}` });
  process.kill(z.object({ pid: z.number().min(2) }).parse(state).pid, "SIGKILL");
}

async function machineOf(id: string, instance: string): Promise<string> {
  return (await machinesOf(east, id)).find(([name]) => name === instance)?.[1] ?? "";
}

test(
  "the site comes up in order of dependency, each made stopped and started by us, and what is killed or removed by hand is missed and retried",
  async () => {
    const { id } = await launch(await readFile(SITE, "utf8"), "site");
    const deployment = await server.reaches(id, ["running", "failed"], 90_000);
    expect(deployment.failure).toBeNull();
    const events = await server.events(id);
    for (const name of ["back", "front-1", "front-2"]) {
      expect(movesOf(events, name)).toEqual(["pending", "stopped", "our start", "running"]);
    }
    const front = deployment.instances.find(({ name }) => name === "front-2");
    const page = await fetch(`http://${front?.privateAddress}/`);
    expect(await page.text()).toBe("Hello from the back, through front-2\n");
    expect(await machinesOf(east, id)).toEqual(openOf(deployment));

    const killed = performance.now();
    await killMachine(await machineOf(id, "front-1"));
    const { failure } = await server.reaches(id, ["incomplete"], 100_000);
    note(`incomplete ${Math.round(performance.now() - killed)} ms after the kill`);
    expect(failure).toContain("front-1: the machine has ended by itself or was stopped by somebody");
    expect((await slipway(["retry", "site", "front-1"], server.env)).code).toBe(0);
    await server.reaches(id, ["running"], 100_000);

    const removed = performance.now();
    await removeByHand(east, await machineOf(id, "front-2"));
    // It may be seen stopped on its way. A retry would start it then, which is too late.
    const vanished = async () => {
      const { instances } = await server.deployment(id);
      return instances.find(({ name }) => name === "front-2")?.state === "vanished" || null;
    };
    await until(vanished, { deadlineMs: 100_000 });
    note(`missed ${Math.round(performance.now() - removed)} ms after the removal`);
    await server.reaches(id, ["incomplete"], 100_000);
    expect((await slipway(["retry", "site", "front-2"], server.env)).code).toBe(0);
    await server.reaches(id, ["running"], 100_000);
    await stopped(id);
  },
  MINUTES,
);

describe("a failover", () => {
  test(
    "goes west when the project's quota in the east is used up while the launch is under way",
    async () => {
      // LXD lets the first machine in, and refuses those after it; nobody has asked it for its limits since.
      await limit(east, { "limits.instances": "1" });
      const { id } = await launch(await readFile(SITE, "utf8"), "refused");
      const deployment = await server.reaches(id, ["running", "failed"], 120_000);
      expect(deployment.attempts.map(({ account, outcome }) => [account, outcome])).toEqual([
        ["east", "failed"],
        ["west", "succeeded"],
      ]);
      expect(deployment.attempts[0]?.fault).toMatchObject({ class: "quota", code: "instances_used_up" });
      expect(await machinesOf(east, id)).toEqual([]);
      expect(await machinesOf(west, id)).toEqual(openOf(deployment));
      await stopped(id);
    },
    MINUTES,
  );

  test(
    "is chosen before anything is asked for when the quota is known to be used up",
    async () => {
      await limit(east, { "limits.instances": "0" });
      await check("east");
      const before = door.asked.length;
      const { id } = await launch(single(), "known");
      const { attempts } = await server.reaches(id, ["running", "failed"], 90_000);
      expect(attempts.map(({ account }) => account)).toEqual(["west"]);
      expect(door.asked.slice(before).filter((line) => line.startsWith("POST /instances?"))).toEqual([]);
      await stopped(id);
    },
    MINUTES,
  );
});

test(
  "a machine that does not get ready is undone, with all that it wrote kept",
  async () => {
    const script = "userData: |\n  #!/bin/sh\n  echo looking for my licence\nready: { tcp: 9 }";
    const source = `${single(script)}launch: { deadlines: { ready: 5s } }\n`;
    const { id } = await server.launch(source, { name: "licence", pool: "east-only" });
    const deployment = await server.reaches(id, ["failed", "running"], 120_000);
    expect(deployment.state).toBe("failed");
    const [machine] = deployment.machines;
    const { console: kept } = await server.call(Evidence, `GET /v1/machines/${machine?.id}/evidence`);
    expect(kept).toContain("looking for my licence");
    expect(await machinesOf(east, id)).toEqual([]);
  },
  MINUTES,
);

const CREATE = /^POST \/instances\?/;

describe("a server that is killed in the middle of a launch", () => {
  test.each([
    ["while the answer of a create is on its way", CREATE],
    ["while a create is waited for", /^GET \/operations\/[0-9a-f-]+\/wait\?/],
    ["while the answer of a start is on its way", /^PUT \/instances\/[^/]+\/state\?/],
    ["while a list is on its way", /^GET \/instances\?.*slipway-installation/],
  ])(
    "%s leaves one machine per instance",
    async (when, pattern) => {
      const heldBack = door.holdAnswers(pattern);
      const { id } = await launch(await readFile(SITE, "utf8"), `killed-${when.replaceAll(" ", "-")}`);
      await heldBack;
      await server.child.end("SIGKILL");
      door.release();
      server = await startServer({ home, port: Number(new URL(server.url).port) });
      const deployment = await server.reaches(id, ["running", "failed"], 120_000);
      expect(deployment.failure).toBeNull();
      expect(openOf(deployment).map(([name]) => name)).toEqual(["back", "front-1", "front-2"]);
      expect(await machinesOf(east, id)).toEqual(openOf(deployment));
      await stopped(id);
    },
    MINUTES,
  );
});

/** Kills the server of the east; it is started again at once. */
const killEast = (): void => void process.kill(Number(readFileSync(east.pidFile, "utf8")), "SIGKILL");

describe("an LXD that is killed in the middle of a launch, and comes back", () => {
  test.each([
    ["a create", CREATE, 5],
    ["a create, later", CREATE, 80],
    ["a start", /^PUT \/instances\/[^/]+\/state\?/, 20],
  ])(
    "during %s: the launch comes up, and one machine an instance is there",
    async (...given) => {
      const [what, pattern, afterMs] = given;
      const before = door.asked.length;
      const { id } = await launch(await readFile(SITE, "utf8"), `restart-${what.replaceAll(/\W+/g, "-")}-${afterMs}`);
      await until(async () => (door.asked.slice(before).some((line) => pattern.test(line)) ? true : null), {
        everyMs: 2,
      });
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      killEast();
      const deployment = await server.reaches(id, ["running", "failed"], 200_000);
      const tried = deployment.attempts.map(({ account, reason }) => `${account} ${reason ?? "came up"}`);
      note(`killed during ${what}, ${afterMs} ms after it was asked for: ${tried.join("; ")}`);
      expect(deployment.failure).toBeNull();
      expect([...(await machinesOf(east, id)), ...(await machinesOf(west, id))]).toEqual(openOf(deployment));
      await stopped(id);
    },
    MINUTES,
  );

  test(
    "what is to be removed while LXD is away is gone when it is back",
    async () => {
      const { id } = await launch(single("ready: { tcp: 80 }"), "away");
      await server.reaches(id, ["running"], 90_000);
      writeFileSync(east.holdFile, "");
      killEast();
      await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
      await until(
        async () => ((await server.deployment(id)).machines.some(({ fault }) => fault !== null) ? true : null),
        {
          deadlineMs: 60_000,
        },
      );
      rmSync(east.holdFile);
      await server.reaches(id, ["stopped"], 150_000);
      expect(await machinesOf(east, id)).toEqual([]);
    },
    MINUTES,
  );
});

test("fifty machines at once: all are up, and LXD is asked so many times", async () => {
  const source = single("count: 50\nready: { tcp: 80 }").replace("64MiB", "32MiB");
  const before = door.asked.length;
  const begun = performance.now();
  const { id } = await launch(
    `${source}launch: { deadlines: { create: 4m, start: 4m, ready: 4m, launch: 8m } }\n`,
    "fifty",
  );
  const deployment = await server.reaches(id, ["running", "failed"], 400_000);
  expect(deployment.failure).toBeNull();
  const upMs = performance.now() - begun;
  const asked = door.asked.slice(before);
  expect(await machinesOf(east, id)).toHaveLength(50);
  const kinds = Map.groupBy(asked, (line) =>
    line.replace(/\?.*/, "").replace(/\/(instances|operations)\/[^/]+/, "/$1/*"),
  );
  const counts = [...kinds].map(([kind, all]) => `${kind} ${all.length}`).toSorted();
  note(`fifty machines up after ${Math.round(upMs / 1000)} s, ${asked.length} calls: ${counts.join(", ")}`);
  await stopped(id);
  note(`and gone: ${door.asked.length - before} calls in all`);
}, 900_000);
