// The scenarios that the idea of robust launching was first demonstrated with, on real processes: asserted on the order of events
// and on the datacentre's billing log, which knows what lived when, whatever anybody was told.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Life } from "../datacentre/src/billing.ts";
import type { Event } from "../src/contract/event.ts";
import { z } from "zod";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app], ready: { http: { port: 80, path: / } } }
# No other size is tried where one was refused: each story is of accounts.
launch: { refusals: { sizes: 1 } }
`;

const FULL_AFTER_TWO = [
  { name: "a", hosts: [{ cpu: 2, memoryMib: 4096, storageGib: 500 }], images: ["postgres-16", "debian-12", "nginx-1"] },
];
const BROKEN = {
  on: "create",
  when: { labels: { "slipway-instance": "web" } },
  times: "always",
  do: { kind: "boot_error", text: "no valid host" },
} as const;

let datacentre: DatacentreStage;
let server: ServerStage;

beforeAll(async () => {
  datacentre = await startDatacentre([
    quickCloud("roomy"),
    quickCloud("cramped", { realms: FULL_AFTER_TWO }),
    quickCloud("faulty"),
    quickCloud("cramped-too", { realms: FULL_AFTER_TWO }),
    quickCloud("rhev", { twoStep: true, imageCopy: { kind: "uniform", minMs: 50, maxMs: 150 } }),
    quickCloud("rhev-cramped", { twoStep: true, realms: FULL_AFTER_TWO }),
  ]);
  server = await startServer();
  for (const account of ["roomy", "cramped", "faulty", "cramped-too", "rhev", "rhev-cramped"]) {
    const settings = { url: datacentre.url, tenant: account };
    const body = { name: account, provider: "sim", settings, credentials: { key: `${account}-key` } };
    await server.call(z.unknown(), "POST /v1/accounts", body);
    await server.call(z.unknown(), `POST /v1/accounts/${account}/check`);
  }
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
});

/** A pool of its own for each story, with these accounts in this order. */
async function poolOf(name: string, accounts: readonly string[]): Promise<string> {
  await server.call(z.unknown(), "POST /v1/pools", {
    name,
    members: accounts.map((account, group) => ({ account, group })),
  });
  return name;
}

const livesOf = async (deployment: string): Promise<readonly Life[]> =>
  (await datacentre.lives()).filter(({ labels }) => labels["slipway-deployment"] === deployment);

const readyOrder = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.kind === "instance_ready" ? [event.instance] : []));

const path = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.kind === "deployment_moved" ? [event.to] : []));

/** No machine of one tenant began to live before all of the tenant before had ended. */
function expectNoOverlap(lives: readonly Life[]): void {
  for (const life of lives) {
    for (const other of lives.filter(({ tenant, from }) => tenant !== life.tenant && from > life.from)) {
      expect(life.to, `${life.name} had ended before ${other.name} began`).not.toBeNull();
      expect(life.to ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(other.from);
    }
  }
}

/** Each machine was asked for only after what it depends on had become ready. */
function expectDependencyOrder(events: readonly Event[], dependsOn: Readonly<Record<string, readonly string[]>>): void {
  let ready = new Set<string>();
  for (const event of events) {
    if (event.kind === "account_selected") ready = new Set();
    if (event.kind === "instance_ready") ready.add(event.instance);
    if (event.kind !== "machine_asked") continue;
    for (const needed of dependsOn[event.instance] ?? [])
      expect(ready, `${needed} before ${event.instance}`).toContain(needed);
  }
}

const ORDER = { db: [], app: ["db"], web: ["app"] };

// Each in a pool of its own, so that all are told at the same time.
describe.concurrent("the stories of the RFC", () => {
  test("A: all instances come up in the right order", async () => {
    const { id } = await server.launch(SHOP, { name: "story-a", pool: await poolOf("a", ["roomy"]) });
    const deployment = await server.reaches(id, ["running", "failed"]);
    expect(deployment.state).toBe("running");
    const events = await server.events(id);
    expect(readyOrder(events)).toEqual(["db", "app", "web"]);
    expectDependencyOrder(events, ORDER);
    const lives = await livesOf(id);
    expect(lives.map(({ labels }) => labels["slipway-instance"])).toEqual(["db", "app", "web"]);
    expect(lives.every(({ to }) => to === null)).toBe(true);
  });

  test("B: two are up and the third fails; both are hauled back and the whole comes up on the second account", async () => {
    const { id } = await server.launch(SHOP, { name: "story-b", pool: await poolOf("b", ["cramped", "roomy"]) });
    const deployment = await server.reaches(id, ["running", "failed"]);
    expect(deployment.state).toBe("running");
    const events = await server.events(id);
    expect(path(events)).toEqual(["pending", "rollback_in_progress", "rollback_complete", "pending", "running"]);
    expectDependencyOrder(events, ORDER);
    expect(readyOrder(events)).toEqual(["db", "app", "db", "app", "web"]);
    expect(deployment.attempts.map(({ account, outcome }) => [account, outcome])).toEqual([
      ["cramped", "failed"],
      ["roomy", "succeeded"],
    ]);
    const lives = await livesOf(id);
    expect(lives.filter(({ tenant }) => tenant === "cramped")).toHaveLength(2);
    expect(lives.filter(({ to }) => to === null).map(({ tenant }) => tenant)).toEqual(["roomy", "roomy", "roomy"]);
    expectNoOverlap(lives);
  });

  test("C: it fails on both; two rollbacks, then failed with the reasons of both, and nothing is left", async () => {
    await datacentre.admin.cloud("faulty").addFaults([BROKEN]);
    const { id } = await server.launch(SHOP, { name: "story-c", pool: await poolOf("c", ["faulty", "cramped-too"]) });
    const deployment = await server.reaches(id, ["running", "failed"]);
    expect(deployment.state).toBe("failed");
    const events = await server.events(id);
    const once = ["pending", "rollback_in_progress", "rollback_complete"];
    expect(path(events)).toEqual([...once, ...once, "failed"]);
    expect(deployment.attempts.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("web: no valid host"),
      expect.stringMatching(/^web: .*no room/),
    ]);
    const lives = await livesOf(id);
    expect(lives.length).toBeGreaterThanOrEqual(5);
    expect(lives.filter(({ to }) => to === null)).toEqual([]);
    expectNoOverlap(lives);
    expect(deployment.machines.every(({ open }) => !open)).toBe(true);
  });
});

describe.concurrent("clouds that make machines stopped", () => {
  test("new → pending → stopped → our start → running", async () => {
    const { id } = await server.launch(SHOP, { name: "story-rhev", pool: await poolOf("rhev", ["rhev"]) });
    expect((await server.reaches(id, ["running", "failed"])).state).toBe("running");
    const events = await server.events(id);
    for (const instance of ["db", "app", "web"]) {
      const own = events.filter((event) => "instance" in event && event.instance === instance);
      const moves = own.flatMap((event) =>
        event.kind === "instance_moved" ? [event.to] : event.kind === "start_asked" ? ["our start"] : [],
      );
      expect(moves).toEqual(["pending", "stopped", "our start", "running"]);
    }
  });

  test("a start that is refused for lack of room rolls back and removes the machine that was made", async () => {
    const { id } = await server.launch(SHOP, { name: "story-full", pool: await poolOf("full", ["rhev-cramped"]) });
    const deployment = await server.reaches(id, ["running", "failed"]);
    expect(deployment.state).toBe("failed");
    expect(deployment.attempts[0]).toMatchObject({ failedInstance: "web", fault: { class: "capacity" } });
    const lives = await livesOf(id);
    expect(lives).toHaveLength(3);
    expect(lives.filter(({ to }) => to === null)).toEqual([]);
  });
});
