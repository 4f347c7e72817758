// The embedded server is killed at twenty moments of a launch and started again: work goes on where it was, each instance is one
// machine, and none is lost. The datacentre lives in a process of its own; its billing log is the judge.
//
// Two servers with an account of their own at each kind of cloud take turns with the moments, since most of each is waiting.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { BlockList } from "../src/contract/block.ts";
import type { Event } from "../src/contract/event.ts";
import { WITH_SHORT_CLOUDS } from "./crash/clouds.ts";
import { freePort } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";
import { readStream } from "./stage/stream.ts";

const MOMENTS = 20;
/** The launch and its failover take some more than all of them together. */
const EVENTS_PER_MOMENT = 2.5;
const LANES = [1, 2];

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app] }
# It goes elsewhere once, not from size to size before.
launch: { refusals: { sizes: 1 } }
`;

// Answers take long enough that a kill often falls between asking and hearing.
const SLOW_ANSWERS = { latency: { kind: "uniform", minMs: 60, maxMs: 200 } } as const;

/** The first is too small. */
const accountsOf = (lane: number): readonly [string, string] => [`cramped-${lane}`, `roomy-${lane}`];

let datacentre: DatacentreStage;
const resumedMs: number[] = [];

beforeAll(async () => {
  const clouds = LANES.flatMap((lane) => {
    const [cramped, roomy] = accountsOf(lane);
    const realm = {
      name: "a",
      hosts: [{ cpu: 2, memoryMib: 4096, storageGib: 500 }],
      images: ["postgres-16", "debian-12", "nginx-1"],
    };
    return [quickCloud(cramped, { ...SLOW_ANSWERS, realms: [realm] }), quickCloud(roomy, SLOW_ANSWERS)];
  });
  datacentre = await startDatacentre(clouds);
});

afterAll(async () => {
  await datacentre?.stop();
  const sorted = resumedMs.toSorted((a, b) => a - b);
  process.stdout.write(
    `first step after the start, ms: median ${sorted[Math.floor(sorted.length / 2)]}, most ${sorted.at(-1)}\n`,
  );
});

test.concurrent.each(LANES)(
  "killed at every second of twenty moments of its launch, from %i on, a deployment ends as it would have",
  async (lane) => {
    const again = { home: freshHome(), port: await freePort(), env: WITH_SHORT_CLOUDS };
    let server = await startServer(again);
    try {
      await server.addAccounts(datacentre, accountsOf(lane));
      for (let moment = lane; moment <= MOMENTS; moment += LANES.length) {
        const id = await launchTo(server, moment);
        await server.child.end("SIGKILL");
        server = await startServer(again);
        await goesOn(server, { id, moment });
      }
    } finally {
      await server.child.end("SIGTERM");
    }
  },
);

async function launchTo(server: ServerStage, moment: number): Promise<string> {
  await forgetRefusals(server);
  const { id } = await server.launch(SHOP, { name: `shop-${moment}` });
  // Within the events of a moment a different time for each, so that kills fall into calls as well as between them. A launch that is up
  // before its moment has come is killed when it is up.
  const isUp = (step: Event | undefined): boolean => step?.kind === "deployment_moved" && step.to === "running";
  await readStream(server, {
    deployment: id,
    lastId: null,
    enough: (steps) => isUp(steps.at(-1)) || steps.length >= moment * EVENTS_PER_MOMENT,
  });
  await new Promise((resolve) => setTimeout(resolve, (moment * 37) % 150));
  return id;
}

async function goesOn(server: ServerStage, { id, moment }: { id: string; moment: number }): Promise<void> {
  const before = await firstStep(server, id);
  const { state } = await server.reaches(id, ["running", "failed"], 90_000);
  expect({ moment, state }).toEqual({ moment, state: "running" });
  await expectOneMachineEach(server, id);
  const last = (await server.events(id)).findLast(({ no }) => no > before);
  expect({ moment, last: last?.kind }).toEqual({ moment, last: "deployment_moved" });
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 90_000);
  expect(await aliveOf(id)).toEqual([]);
}

/** Each launch is to try the first account, whose refusal the one before has left remembered. */
async function forgetRefusals(server: ServerStage): Promise<void> {
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await server.call(z.unknown(), `DELETE /v1/blocks?${query.toString()}`);
  }
}

/** Notes how long after the server listens the first new step is there; returns the number of the last one before it, 0 where it was up. */
async function firstStep(server: ServerStage, id: string): Promise<number> {
  const startedAt = performance.now();
  const { eventNo, state } = await server.deployment(id);
  if (state === "running") return 0;
  await readStream(server, { deployment: id, lastId: eventNo, enough: (steps) => steps.length > 0 });
  resumedMs.push(Math.round(performance.now() - startedAt));
  return eventNo;
}

const aliveOf = async (id: string) =>
  (await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id);

async function expectOneMachineEach(server: ServerStage, id: string): Promise<void> {
  const alive = await aliveOf(id);
  const instances = alive.map(({ labels }) => labels["slipway-instance"] ?? "");
  expect(instances.toSorted()).toEqual(["app-1", "app-2", "db", "web"]);
  const { machines } = await server.deployment(id);
  const open = machines.filter((machine) => machine.open).map(({ externalId }) => externalId ?? "");
  expect(alive.map(({ machineId }) => machineId).toSorted()).toEqual(open.toSorted());
}
