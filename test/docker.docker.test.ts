// Whole launches on a real Docker Engine, by a real server: what is asserted is what the engine itself says is there.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import { BlockList } from "../src/contract/block.ts";
import type { Deployment } from "../src/contract/deployment.ts";
import { Evidence } from "../src/contract/evidence.ts";
import type { Event } from "../src/contract/event.ts";

import { freePort, ROOT } from "./stage/child.ts";
import { slipway } from "./stage/command.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { containersOf, docker, type Door, ENGINE, LIST, openDoor } from "./stage/docker.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const SHOP = join(ROOT, "examples/docker.yaml");
const INSTANCES = ["app-1", "app-2", "db", "web-1", "web-2"];

let datacentre: DatacentreStage;
let door: Door;
let server: ServerStage;
const home = freshHome();

beforeAll(async () => {
  datacentre = await startDatacentre([quickCloud("sim")]);
  door = await openDoor();
  server = await startServer({ home });
  await addDocker("engine", { endpoint: door.endpoint });
  await server.call(Account, "POST /v1/accounts", {
    name: "sim",
    provider: "sim",
    settings: { url: datacentre.url, tenant: "sim" },
    credentials: { key: "sim-key" },
    images: { busybox: "debian-12", fleeting: "debian-12", "no-command": "debian-12" },
  });
  await server.call(z.unknown(), "POST /v1/accounts/sim/check");
  await addPool("containers", ["engine"]);
  await addPool("containers-then-sim", ["engine", "sim"]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await door?.close();
  await datacentre?.stop();
  const left = await docker("ps", "--all", "--quiet", "--filter", "label=slipway-installation");
  if (left !== "") await docker("rm", "--force", ...left.split("\n"));
});

async function addDocker(name: string, settings: object): Promise<void> {
  const images = { busybox: "busybox:test", fleeting: "busybox:fleeting", "no-command": "busybox:no-command" };
  await server.call(Account, "POST /v1/accounts", { name, provider: "docker", settings, images });
  await server.call(z.unknown(), `POST /v1/accounts/${name}/check`);
}

async function addPool(name: string, accounts: readonly string[]): Promise<void> {
  const members = accounts.map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "POST /v1/pools", { name, members });
}

/** One instance of a tenth of a processor. */
const single = (fields: string): string => `
slipway: 1
name: single
instances:
  one:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
${fields.replace(/^/gm, "    ")}
`;

const movesOf = (events: readonly Event[], instance: string): string[] =>
  events.flatMap((event) => {
    if (!("instance" in event) || event.instance !== instance) return [];
    if (event.kind === "instance_moved") return [event.to];
    return event.kind === "start_asked" ? ["our start"] : [];
  });

const instanceOf = (deployment: Deployment, name: string) => {
  const found = deployment.instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`${deployment.name} has no ${name}`);
  return found;
};

/** What the ledger holds to be there, as {@link containersOf} tells it. */
const openOf = ({ machines }: Deployment) =>
  machines
    .filter(({ open }) => open)
    .map(({ instance, externalId }) => [instance ?? "", externalId ?? ""] as const)
    .toSorted(([a, one], [b, other]) => (a + one < b + other ? -1 : 1));

/** The container that an instance is, by the engine's own account. */
async function containerOf(deployment: string, instance: string): Promise<string> {
  const [found, ...more] = (await containersOf(deployment)).filter(([name]) => name === instance);
  if (found === undefined || more.length > 0) throw new Error(`${instance} is not one container`);
  return found[1];
}

const addressOf = (container: string): Promise<string> =>
  docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container);

describe("the shop", () => {
  let id: string;

  test("comes up in order of dependency, each container made stopped and started by us", async () => {
    const source = await readFile(SHOP, "utf8");
    ({ id } = await server.launch(source, {
      name: "layers",
      pool: "containers",
      parameters: { greeting: "Good morning" },
    }));
    const deployment = await server.reaches(id, ["running", "failed"]);
    expect(deployment.failure).toBeNull();
    const events = await server.events(id);
    for (const name of INSTANCES) expect(movesOf(events, name)).toEqual(["pending", "stopped", "our start", "running"]);
    const ready = events.flatMap((event) => (event.kind === "instance_ready" ? [event.instance] : []));
    expect(ready[0]).toBe("db");
    expect(ready.slice(1, 3).toSorted()).toEqual(["app-1", "app-2"]);
    expect(ready.slice(3).toSorted()).toEqual(["web-1", "web-2"]);
    const askedAfter = (name: string, before: string): boolean =>
      events.findIndex((event) => event.kind === "machine_asked" && event.instance === name) >
      events.findIndex((event) => event.kind === "instance_ready" && event.instance === before);
    expect(["app-1", "app-2"].every((app) => askedAfter(app, "db"))).toBe(true);
    expect(askedAfter("web-1", "app-1") && askedAfter("web-1", "app-2")).toBe(true);
  });

  test("hands real addresses on: what web shows has come from db through both apps", async () => {
    const deployment = await server.deployment(id);
    for (const instance of deployment.instances) {
      expect(instance.privateAddress).toBe(await addressOf(await containerOf(id, instance.name)));
    }
    const page = await fetch(`http://${instanceOf(deployment, "web-2").privateAddress}/`);
    expect(await page.text()).toBe("Good morning, through app-1\nGood morning, through app-2\n");
  });

  test("has the limits of its profile, and the labels that say whose it is", async () => {
    const format = '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{index .Config.Labels "slipway-deployment"}}';
    const line = await docker("inspect", "--format", format, await containerOf(id, "db"));
    expect(line).toBe(`100000000 ${32 * 1024 * 1024} ${id}`);
  });

  test("leaves nothing behind when it is stopped", async () => {
    expect((await containersOf(id)).length).toBe(INSTANCES.length);
    expect((await slipway(["stop", "layers", "--wait"], server.env)).code).toBe(0);
    expect((await server.deployment(id)).state).toBe("stopped");
    expect(await containersOf(id)).toEqual([]);
  });
});

/** Two that stay up, launched by themselves: what one test leaves behind is of no matter to another. */
async function launchPair(): Promise<string> {
  const source = single("count: 2\nuserData: |\n  #!/bin/sh\n  exec sleep 3600");
  const { id } = await server.launch(source, { pool: "containers" });
  await server.reaches(id, ["running"]);
  return id;
}

/** Less than the settled pace: only an announcement brings a list so soon. */
const ANNOUNCED_MS = 40_000;

describe("a container of a deployment that is up", () => {
  test("shows as ended in the third list at the latest after it was killed, and a retry starts it again", async () => {
    const id = await launchPair();
    const container = await containerOf(id, "one-1");
    await docker("kill", container);
    const deployment = await server.reaches(id, ["incomplete"], ANNOUNCED_MS);
    const endedAt = Date.parse(await docker("inspect", "--format", "{{.State.FinishedAt}}", container));
    const seenAt = seenStoppedAt(await server.events(id), "one-1");
    // The one at once, one that an earlier announcement (of the starts) still has coming, and the one that must show it.
    const lists = door.between(endedAt, seenAt).filter((line) => LIST.test(line)).length;
    note(`incomplete ${Math.round(seenAt - endedAt)} ms after the end, ${lists} polls`);
    expect(lists).toBeGreaterThanOrEqual(1);
    expect(lists).toBeLessThanOrEqual(3);
    expect(instanceOf(deployment, "one-1")).toMatchObject({ state: "stopped", retryable: true });
    expect(deployment.failure).toContain("one-1: the container ended with exit code 137");
    const { err, code } = await slipway(["retry", id, "one-1"], server.env);
    expect({ err, code }).toEqual({ err: "", code: 0 });
    await server.reaches(id, ["running"], 100_000);
    const again = await containerOf(id, "one-1");
    expect(await docker("inspect", "--format", "{{.State.Status}}", again)).toBe("running");
    expect(instanceOf(await server.deployment(id), "one-1").privateAddress).toBe(await addressOf(again));
    await stopped(id);
  });

  test("vanishes only after three clean lists and a direct look when it was removed", async () => {
    const id = await launchPair();
    const container = await containerOf(id, "one-2");
    const askedBefore = door.asked.length;
    const startedAt = performance.now();
    await docker("rm", "--force", container);
    await until(async () => (instanceOf(await server.deployment(id), "one-2").state === "vanished" ? true : null), {
      deadlineMs: 100_000,
    });
    note(`vanished ${Math.round(performance.now() - startedAt)} ms after the removal`);
    // What follows from it is decided in a transaction of its own.
    await server.reaches(id, ["incomplete"]);
    const since = door.asked.slice(askedBefore);
    const look = since.lastIndexOf(`GET /containers/${container}/json`);
    expect(since.slice(0, look).filter((line) => LIST.test(line)).length).toBeGreaterThanOrEqual(3);
    expect((await slipway(["retry", id, "one-2"], server.env)).code).toBe(0);
    await server.reaches(id, ["running"]);
    await stopped(id);
  });
});

async function stopped(id: string): Promise<void> {
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"]);
  expect(await containersOf(id)).toEqual([]);
}

/** When it was recorded last that an instance has stopped (Unix, ms). */
function seenStoppedAt(events: readonly Event[], instance: string): number {
  const seen = events.findLast(
    (event) => event.kind === "instance_moved" && event.instance === instance && event.to === "stopped",
  );
  if (seen === undefined) throw new Error(`${instance} was not seen to have stopped`);
  return Date.parse(seen.at);
}

const note = (line: string): void => void process.stdout.write(`${line}\n`);

describe("an image that does not exist", () => {
  test("is refused at once when the catalogue is known to lack it, and on wish by the choice of an account", async () => {
    const source = single("").replace("image: busybox", "image: never-made");
    await expect(server.launch(source, { name: "no-image", pool: "containers" })).rejects.toThrow("not_offered");
    const { id } = await server.launch(source, { name: "no-image", pool: "containers", anyway: true });
    const deployment = await server.reaches(id, ["failed", "running"]);
    expect(deployment).toMatchObject({ state: "failed", attempts: [], machines: [] });
    const refused = (await server.events(id)).flatMap((event) => (event.kind === "no_account" ? event.refused : []));
    expect(refused).toEqual([expect.objectContaining({ account: "engine", code: "no_image" })]);
    expect(refused[0]?.text).toContain("never-made");
  });

  test("that disappears later is not there alone: the whole is launched on the next account", async () => {
    await docker("tag", "busybox:test", "busybox:fleeting");
    const source = single("").replace("image: busybox", "image: fleeting");
    // A plan asks for it, and the answer counts for an hour.
    await server.call(z.unknown(), "POST /v1/plan", { blueprint: { source }, pool: "containers-then-sim" });
    await docker("rmi", "busybox:fleeting");
    const { id } = await server.launch(source, { name: "late-image", pool: "containers-then-sim" });
    const { attempts } = await server.reaches(id, ["failed", "running"]);
    expect(attempts[0]).toMatchObject({ account: "engine", fault: { class: "config", code: "image_missing" } });
    expect(attempts[0]?.reason).toContain("busybox:fleeting");
    expect(await containersOf(id)).toEqual([]);
  });
});

/** Failed with one attempt for a mistake of its own, with nothing left, nothing asked of the second account, nothing blocked. */
async function expectFailedAtOnce(id: string, code: string): Promise<void> {
  const deployment = await server.reaches(id, ["failed", "running"]);
  expect(deployment.state).toBe("failed");
  expect(deployment.attempts.map(({ account }) => account)).toEqual(["engine"]);
  expect(deployment.attempts[0]?.fault).toMatchObject({ class: "config", code });
  expect(deployment.machines.every(({ open }) => !open)).toBe(true);
  expect(await containersOf(id)).toEqual([]);
  const lives = await datacentre.lives();
  expect(lives.filter(({ labels }) => labels["slipway-deployment"] === id)).toEqual([]);
  expect((await server.call(BlockList, "GET /v1/blocks")).blocks).toEqual([]);
  for (const name of ["engine", "sim"]) {
    expect((await server.call(Account, `GET /v1/accounts/${name}`)).health).toBe("healthy");
  }
}

describe("a start that the engine refuses", () => {
  test("for a command that does not exist: rolled back, and the created container is removed", async () => {
    const made = await docker("create", "busybox:test");
    await docker("commit", "--change", 'CMD ["/no/such/command"]', made, "busybox:no-command");
    await docker("rm", made);
    await server.call(z.unknown(), "POST /v1/accounts/engine/check");
    const source = single("").replace("image: busybox", "image: no-command");
    const { id } = await server.launch(source, { name: "no-command", pool: "containers-then-sim" });
    await expectFailedAtOnce(id, "command_missing");
    expect(movesOf(await server.events(id), "one")).toContain("our start");
  });

  test("for a port that is taken: rolled back, and the whole is launched on the next account", async () => {
    await addDocker("publishing", { endpoint: ENGINE, publish: true });
    await addPool("publishing-first", ["publishing", "engine"]);
    const port = await freePort();
    const source = single(
      `count: 2\nready: { tcp: ${port} }\nuserData: |\n  #!/bin/sh\n  exec nc -ll -p ${port} -e true`,
    );
    const { id } = await server.launch(source, { name: "port-taken", pool: "publishing-first" });
    const deployment = await server.reaches(id, ["failed", "running"]);
    expect(deployment.state).toBe("running");
    expect(deployment.attempts.map(({ account, outcome }) => [account, outcome])).toEqual([
      ["publishing", "failed"],
      ["engine", "succeeded"],
    ]);
    expect(deployment.attempts[0]?.fault).toMatchObject({ class: "capacity", code: "port_taken" });
    const open = openOf(deployment);
    expect(await containersOf(id)).toEqual(open);
    expect(open).toHaveLength(2);
    // Both accounts list the same containers: neither may take those of the other for nobody's.
    expect(server.child.output()).not.toContain("stray found");
    await stopped(id);
  });
});

test("what a failed container printed is kept, and read over HTTP and with `slipway evidence`", async () => {
  const script =
    "ready: { tcp: 9 }\nuserData: |\n  #!/bin/sh\n  echo looking for my licence\n  echo no licence found >&2\n  exit 3";
  const { id } = await server.launch(single(script), { name: "licence", pool: "containers" });
  const deployment = await server.reaches(id, ["failed", "running"]);
  expect(deployment.state).toBe("failed");
  expect(deployment.attempts[0]?.reason).toContain("exit code 3");
  const [machine] = deployment.machines;
  const kept = await server.call(Evidence, `GET /v1/machines/${machine?.id}/evidence`);
  expect(kept.console).toContain("looking for my licence\n");
  expect(kept.console).toContain("no licence found\n");
  const { out, code } = await slipway(["evidence", "licence", "one"], server.env);
  expect(code).toBe(0);
  expect(out).toContain("no licence found\n");
  expect(await containersOf(id)).toEqual([]);
});

describe("a server that is killed in the middle of a launch", () => {
  test.each([
    ["while the answer of a create is on its way", /^POST \/containers\/create/],
    ["while the answer of a start is on its way", /^POST \/containers\/[0-9a-f]+\/start/],
    ["while a list is on its way", LIST],
  ])("%s leaves one container per instance", async (when, pattern) => {
    const source = (await readFile(SHOP, "utf8")).replace("name: shop-on-docker", "name: killed");
    const heldBack = door.holdAnswers(pattern);
    const { id } = await server.launch(source, { pool: "containers" });
    await heldBack;
    await server.child.end("SIGKILL");
    door.release();
    server = await startServer({ home, port: Number(new URL(server.url).port) });
    const startedAt = performance.now();
    const deployment = await server.reaches(id, ["running", "failed"]);
    note(`killed ${when}: running ${Math.round(performance.now() - startedAt)} ms after the start`);
    expect(deployment.failure).toBeNull();
    expect((await containersOf(id)).map(([name]) => name)).toEqual(INSTANCES);
    const open = openOf(deployment);
    expect(await containersOf(id)).toEqual(open);
    await stopped(id);
  });
});

test.each(["docs/docker.md", "README.md"])(
  "the commands of %s do what they say, on a server of their own",
  async (document) => {
    const commands = dockerCommands(await readFile(join(ROOT, document), "utf8"));
    expect(commands.length).toBeGreaterThanOrEqual(4);
    await docker("tag", "busybox:test", "busybox:latest");
    // Whatever a test that was tried again has left.
    const before = await containers();
    const fresh = await startServer();
    try {
      for (const line of commands) {
        const argv = line.replace("unix:///var/run/docker.sock", ENGINE).split(" ");
        const { code, out, err } = await slipway(argv, fresh.env);
        expect({ line, code, err }).toEqual({ line, code: 0, err: "" });
        if (argv[0] === "launch") expect(out).toContain("running");
      }
    } finally {
      await fresh.child.end("SIGTERM");
    }
    expect(await containers()).toEqual(before);
  },
);

async function containers(): Promise<readonly string[]> {
  const ids = await docker("ps", "--all", "--quiet", "--filter", "label=slipway-deployment");
  return ids.split("\n").toSorted();
}

/** What comes after `slipway` in the blocks that are marked as being run here. */
function dockerCommands(text: string): string[] {
  const blocks = [...text.matchAll(/<!-- run:docker -->\n```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => [...block.matchAll(/^(?:bin\/)?slipway (.*)$/gm)].map(([, argv = ""]) => argv));
}
