// The embedded server is killed at twenty moments of a launch and started again: work goes on where it was, each instance is one
// machine, and none is lost. The datacentre lives in a process of its own; its billing log is the judge.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { z } from "zod";
import { BlockList } from "../src/contract/block.ts";
import { WITH_SHORT_CLOUDS } from "./crash/clouds.ts";
import { freePort } from "./stage/child.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const MOMENTS = 20;

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app] }
`;

// Answers take long enough that a kill often falls between asking and hearing.
const SLOW_ANSWERS = { latency: { kind: "uniform", minMs: 60, maxMs: 200 } } as const;

let datacentre: DatacentreStage;
let server: ServerStage;
const home = freshHome();
const resumedMs: number[] = [];

beforeAll(async () => {
  datacentre = await startDatacentre([
    quickCloud("cramped", {
      ...SLOW_ANSWERS,
      realms: [
        {
          name: "a",
          hosts: [{ cpu: 2, memoryMib: 4096, storageGib: 500 }],
          images: ["postgres-16", "debian-12", "nginx-1"],
        },
      ],
    }),
    quickCloud("roomy", SLOW_ANSWERS),
  ]);
  server = await startServer({ home, port: await freePort(), env: WITH_SHORT_CLOUDS });
  await server.addAccounts(datacentre, ["cramped", "roomy"]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
  const sorted = resumedMs.toSorted((a, b) => a - b);
  process.stdout.write(
    `first step after the start, ms: median ${sorted[Math.floor(sorted.length / 2)]}, most ${sorted.at(-1)}\n`,
  );
});

test.each(Array.from({ length: MOMENTS }, (_, i) => i + 1))(
  "killed at moment %i of its launch, a deployment ends as it would have",
  async (moment) => {
    await forgetRefusals();
    const { id } = await server.launch(SHOP, { name: `shop-${moment}` });
    // Two events per moment, and within them a different time for each, so that kills fall into calls as well as between them.
    // A launch that is up before its moment has come is killed when it is up.
    await until(
      async () => {
        const { eventNo, state } = await server.deployment(id);
        return eventNo >= moment * 2 || state === "running" || state === "failed" ? true : null;
      },
      { everyMs: 5, deadlineMs: 90_000 },
    );
    await new Promise((resolve) => setTimeout(resolve, (moment * 37) % 150));
    await server.child.end("SIGKILL");
    const { eventNo: before } = await restart(id);
    const deployment = await server.reaches(id, ["running", "failed"], 90_000);
    expect(deployment.state).toBe("running");
    await expectOneMachineEach(id);
    const last = (await server.events(id)).findLast(({ no }) => no > before);
    expect(last?.kind).toBe("deployment_moved");
    await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
    await server.reaches(id, ["stopped"], 90_000);
    expect(await aliveOf(id)).toEqual([]);
  },
);

/** Each launch is to try the first account, whose refusal the one before has left remembered. */
async function forgetRefusals(): Promise<void> {
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await server.call(z.unknown(), `DELETE /v1/blocks?${query.toString()}`);
  }
}

/** Starts the server again and notes how long after it listens the first new step of the deployment is there. */
async function restart(id: string): Promise<{ eventNo: number }> {
  server = await startServer({ home, port: Number(new URL(server.url).port), env: WITH_SHORT_CLOUDS });
  const startedAt = performance.now();
  const { eventNo, state } = await server.deployment(id);
  if (state !== "running") {
    await until(async () => ((await server.deployment(id)).eventNo > eventNo ? true : null), {
      everyMs: 10,
      deadlineMs: 90_000,
    });
    resumedMs.push(Math.round(performance.now() - startedAt));
  }
  return { eventNo: state === "running" ? 0 : eventNo };
}

const aliveOf = async (id: string) =>
  (await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id);

async function expectOneMachineEach(id: string): Promise<void> {
  const alive = await aliveOf(id);
  const instances = alive.map(({ labels }) => labels["slipway-instance"] ?? "");
  expect(instances.toSorted()).toEqual(["app-1", "app-2", "db", "web"]);
  const { machines } = await server.deployment(id);
  const open = machines.filter((machine) => machine.open).map(({ externalId }) => externalId ?? "");
  expect(alive.map(({ machineId }) => machineId).toSorted()).toEqual(open.toSorted());
}
