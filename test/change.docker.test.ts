// A shop on a real Docker Engine that is changed, fails to be changed, loses members and heals. What is asserted is what the engine itself says is
// there, and what the shop answers at its addresses.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../src/contract/account.ts";
import type { Deployment } from "../src/contract/deployment.ts";
import { UpdatePlan } from "../src/contract/update.ts";
import { slipway } from "./stage/command.ts";
import { containersOf, docker, ENGINE } from "./stage/docker.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

let server: ServerStage;

beforeAll(async () => {
  for (const tag of ["next", "front"]) await docker("tag", "busybox:test", `busybox:${tag}`);
  server = await startServer();
  const images = { busybox: "busybox:test", next: "busybox:next", front: "busybox:front" };
  const settings = { endpoint: ENGINE };
  await server.call(Account, "POST /v1/accounts", { name: "engine", provider: "docker", settings, images });
  await server.call(z.unknown(), "POST /v1/pools", { name: "containers", members: [{ account: "engine", group: 0 }] });
  await server.call(z.unknown(), "POST /v1/accounts/engine/check");
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  const left = await docker("ps", "--all", "--quiet", "--filter", "label=slipway-installation");
  if (left !== "") await docker("rm", "--force", ...left.split("\n"));
});

/** What web shows has come through all layers, by the addresses that each was told. */
const shop = (appImage: string) => `
slipway: 1
name: shop
instances:
  db:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    ready: { tcp: 5432 }
    repair: { mode: replace, cascade: true }
    userData: |
      #!/bin/sh
      exec nc -ll -p 5432 -e echo wares
  app:
    count: 2
    image: ${appImage}
    profile: { cpu: 0.1, memory: 32MiB }
    ready: { tcp: 8080 }
    repair: { mode: replace, cascade: true }
    userData: |
      #!/bin/sh
      mkdir -p /www
      echo "$(nc \${{ db.privateAddress }} 5432), through \${{ self.name }}" > /www/index.html
      exec httpd -f -p 8080 -h /www
  web:
    count: 2
    image: front
    profile: { cpu: 0.1, memory: 32MiB }
    ready: { http: { port: 80, path: /index.html } }
    userData: |
      #!/bin/sh
      mkdir -p /www
      for app in $(echo \${{ app.privateAddress }} | tr , ' '); do
        wget -q -O - "http://$app:8080/" || exit 1
      done > /www/index.html
      exec httpd -f -p 80 -h /www
launch:
  deadlines: { create: 1m, boot: 1m, start: 1m, ready: 1m, launch: 5m }
`;
const WARES = "wares, through app-1\nwares, through app-2\n";

const addressesOf = ({ instances }: Deployment, group: string) =>
  instances.flatMap((one) => (one.group === group ? (one.privateAddress ?? "none") : []));

async function answersOf(deployment: Deployment): Promise<string[]> {
  const pages = addressesOf(deployment, "web").map(async (at) => (await fetch(`http://${at}/`)).text());
  return Promise.all(pages);
}

/** By the engine's word: which containers, and since when each has run. */
async function runsOf(id: string): Promise<Readonly<Record<string, string>>> {
  const all = await containersOf(id);
  const format = "{{.Id}} {{.State.Status}} since {{.State.StartedAt}}";
  const lines = await docker("inspect", "--format", format, ...all.map(([, container]) => container));
  return Object.fromEntries(all.map(([name], place) => [name, lines.split("\n")[place] ?? ""]));
}

async function containerOf(id: string, instance: string): Promise<string> {
  const [found, ...more] = (await containersOf(id)).filter(([name]) => name === instance);
  if (found === undefined || more.length > 0) throw new Error(`${instance} is not one container`);
  return found[1];
}

const scaled = async (given: string) => (await slipway(["scale", "shop", given, "--wait"], server.env)).code;

/** Less than the settled pace: only an announcement brings a list so soon. */
const SEEN_MS = 40_000;
const HEALED_MS = 120_000;

test("the shop scales from 2 to 4 web and back, and an image of app whose third machine is refused leaves the old shop as it was", async () => {
  const { id } = await server.launch(shop("busybox"), { pool: "containers" });
  const launched = await server.reaches(id, ["running", "failed"]);
  expect(launched.failure).toBeNull();
  const before = await runsOf(id);
  expect(await answersOf(launched)).toEqual([WARES, WARES]);

  expect(await scaled("web=4")).toBe(0);
  const four = await server.deployment(id);
  expect(await answersOf(four)).toEqual([WARES, WARES, WARES, WARES]);
  expect(await runsOf(id)).toEqual({ ...before, "web-3": expect.any(String), "web-4": expect.any(String) });
  expect(await scaled("web=2")).toBe(0);
  expect(await runsOf(id)).toEqual(before);

  const file = join(mkdtempSync(join(tmpdir(), "slipway-change-")), "shop.yaml");
  writeFileSync(file, shop("next"));
  const planned = await slipway(["update", "shop", file, "--plan", "--json"], server.env);
  const plan = UpdatePlan.parse(JSON.parse(planned.out));
  expect(plan.instances.map(({ name, change }) => `${name} ${change}`)).toEqual([
    "db keep",
    "app-1 replace",
    "app-2 replace",
    "web-1 replace",
    "web-2 replace",
  ]);
  // After both of app a web is the third machine, and the engine has no image for it any more.
  await docker("rmi", "busybox:front");
  const { code, err } = await slipway(["update", "shop", "--apply", plan.id ?? "", "--wait"], server.env);
  expect([code, err]).toEqual([1, expect.stringContaining("the update of shop came to nothing")]);
  const after = await server.deployment(id);
  expect(after).toMatchObject({ state: "running", failure: null, debt: { count: 0 } });
  expect(after.revisions.at(-1)).toMatchObject({ outcome: "failed", reason: expect.stringContaining("busybox:front") });
  const added = after.machines.filter(({ instance, askedAt }) => instance !== null && askedAt > (four.since ?? ""));
  expect(added.filter(({ instance }) => instance?.startsWith("app-")).map(({ state }) => state)).toContain("gone");
  expect(await runsOf(id)).toEqual(before);
  expect(addressesOf(after, "web")).toEqual(addressesOf(launched, "web"));
  expect(await answersOf(launched)).toEqual([WARES, WARES]);
  await docker("tag", "busybox:test", "busybox:front");
}, 240_000);

test("the shop loses its db and heals, and who holds its address holds that of the new one", async () => {
  const shown = await server.deployment("shop");
  const { id } = shown;
  const killed = await containerOf(id, "db");
  // Takes the address that the dead one leaves, so that the new one gets another.
  const taker = await docker("create", "busybox:test", "sleep", "3600");
  await docker("kill", killed);
  await docker("start", taker);
  await server.reaches(id, ["incomplete"], SEEN_MS);
  const healed = await server.reaches(id, ["running"], HEALED_MS);
  await docker("rm", "--force", taker);
  const db = await containerOf(id, "db");
  expect(db).not.toBe(killed);
  const [[was], [address = "none"]] = [addressesOf(shown, "db"), addressesOf(healed, "db")];
  // A repair that was quicker has the same address once more: then nobody holds another one.
  process.stdout.write(`db was at ${was}, and is at ${address}\n`);
  for (const app of ["app-1", "app-2"]) {
    const env = await docker("inspect", "--format", "{{.Config.Env}}", await containerOf(id, app));
    expect(env).toContain(`nc ${address} 5432`);
  }
  expect(healed.instances.flatMap(({ outdated }) => outdated)).toEqual([]);
  expect(await answersOf(healed)).toEqual([WARES, WARES]);
  expect(await containersOf(id)).toHaveLength(5);
}, 240_000);

const WATCHED = `
slipway: 1
name: watched
instances:
  door:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    ready: { tcp: 7000 }
    live: { tcp: 7000, period: 1s, failures: 2 }
    repair: { mode: replace }
    userData: |
      #!/bin/sh
      nc -ll -p 7000 -e true &
      sleep 3600
  page:
    image: busybox
    profile: { cpu: 0.1, memory: 32MiB }
    ready: { http: { port: 80, path: /health } }
    live: { http: { port: 80, path: /health }, period: 1s, failures: 2 }
    repair: { mode: replace }
    userData: |
      #!/bin/sh
      mkdir -p /www
      echo well > /www/health
      httpd -p 80 -h /www
      sleep 3600
`;

test.each([
  ["door", "nobody listens at its port", ["killall", "nc"]],
  ["page", "it answers with 404", ["rm", "/www/health"]],
])(
  "a live check calls %s dead though its container runs: %s; it is replaced",
  async (name, _how, argv) => {
    const { id } = await server.launch(WATCHED, { pool: "containers", name: `watched-${name}` });
    await server.reaches(id, ["running"]);
    const before = await runsOf(id);
    const dead = await containerOf(id, name);
    await docker("exec", dead, ...argv);
    const { failure } = await server.reaches(id, ["incomplete"], SEEN_MS);
    expect(failure).toContain(name);
    await server.reaches(id, ["running"], HEALED_MS);
    const after = await runsOf(id);
    expect(after[name]).not.toBe(before[name]);
    const other = name === "door" ? "page" : "door";
    expect(after[other]).toBe(before[other]);
    expect(await docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `id=${dead}`)).toBe("");
    await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
    await server.reaches(id, ["stopped"]);
    expect(await containersOf(id)).toEqual([]);
  },
  240_000,
);
