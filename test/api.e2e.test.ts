// What clients of the API may rely on, on real processes that end, are killed and start again in between.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Deployment, DeploymentPage } from "../src/contract/deployment.ts";
import type { Event, StreamEnd } from "../src/contract/event.ts";
import { Problem } from "../src/contract/problem.ts";
import { freePort } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";
import { readStream } from "./stage/stream.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app] }
`;
const MEMBERS = ["app-1", "app-2", "db", "web"];

const SINGLE = `
slipway: 1
name: single
instances:
  one: { image: debian-12, profile: small }
`;

// Longer than two signals take: whoever waits for this answer is cut off by the second.
const SLOW_MS = 8_000;

let datacentre: DatacentreStage;
let server: ServerStage;
const home = freshHome();

beforeAll(async () => {
  datacentre = await startDatacentre([
    quickCloud("roomy"),
    quickCloud("leisurely", { latencyOf: { create: { kind: "uniform", minMs: 700, maxMs: 1_000 } } }),
    quickCloud("asleep", { latencyOf: { create: { kind: "fixed", ms: SLOW_MS } } }),
  ]);
  server = await startServer({ home, port: await freePort() });
  await server.addAccounts(datacentre, ["roomy", "leisurely", "asleep"]);
  for (const [pool, account] of [
    ["quick", "roomy"],
    ["other", "roomy"],
    ["slow", "leisurely"],
    ["silent", "asleep"],
  ]) {
    await server.call(z.unknown(), "POST /v1/pools", { name: pool, members: [{ account }] });
  }
});

afterAll(async () => {
  await server?.child.end("SIGKILL");
  await datacentre?.stop();
});

async function startAgain(): Promise<void> {
  server = await startServer({ home, port: Number(new URL(server.url).port) });
}

const aliveOf = async (id: string): Promise<string[]> =>
  (await datacentre.alive())
    .filter(({ labels }) => labels["slipway-deployment"] === id)
    .map(({ labels }) => labels["slipway-instance"] ?? "")
    .toSorted((a, b) => (a < b ? -1 : 1));

async function problemOf(reply: Response): Promise<Problem> {
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
  return Problem.parse(await reply.json());
}

describe("a launch with an Idempotency-Key", () => {
  const asked = { blueprint: { source: SINGLE }, name: "once", pool: "quick" };
  const launch = (body: object) => server.ask("POST /v1/deployments", body, { "Idempotency-Key": "key-1" });

  test("is one launch however often it is asked for, also after the server was killed", async () => {
    const first = await launch(asked);
    expect(first.status).toBe(201);
    const { id } = Deployment.parse(await first.json());
    await server.child.end("SIGKILL");
    await startAgain();
    for (const reply of await Promise.all([launch(asked), launch({ ...asked })])) {
      expect(reply.status).toBe(200);
      expect(Deployment.parse(await reply.json()).id).toBe(id);
    }
    await server.reaches(id, ["running"]);
    expect(await aliveOf(id)).toEqual(["one"]);
    const { deployments } = await server.call(DeploymentPage, "GET /v1/deployments?q=once");
    expect(deployments.map((one) => one.id)).toEqual([id]);
  });

  test("is refused when the same key comes with another request", async () => {
    const reply = await launch({ ...asked, name: "another" });
    expect(await problemOf(reply)).toMatchObject({ status: 409, code: "key_reused" });
    const { deployments } = await server.call(DeploymentPage, "GET /v1/deployments?q=another");
    expect(deployments).toEqual([]);
  });
});

test("a name is taken once per pool, and free again when its deployment is deleted", async () => {
  const asked = { blueprint: { source: SINGLE }, name: "taken" };
  const launch = (pool: string) => server.ask("POST /v1/deployments", { ...asked, pool });
  const first = Deployment.parse(await (await launch("quick")).json());
  expect(await problemOf(await launch("quick"))).toMatchObject({
    status: 409,
    code: "name_taken",
    errors: [{ pointer: "/name" }],
  });
  expect((await launch("other")).status).toBe(201);
  await server.reaches(first.id, ["running"]);
  await server.call(Deployment, `DELETE /v1/deployments/${first.id}?stop=true`);
  await until(async () => ((await server.deployment(first.id)).deletedAt === null ? null : true));
  const again = await launch("quick");
  expect(again.status).toBe(201);
  expect(Deployment.parse(await again.json()).id).not.toBe(first.id);
});

const isRunning = (step: Event): boolean => step.kind === "deployment_moved" && step.to === "running";

describe("the stream of a deployment", () => {
  let id: string;
  let all: readonly Event[];

  test("loses and doubles nothing over dropped connections and a killed server", async () => {
    ({ id } = await server.launch(SHOP, { name: "followed", pool: "quick" }));
    const steps: Event[] = [];
    let restart: Promise<void> | null = null;
    const end = await until(async (): Promise<StreamEnd | null> => {
      const lastId = steps.at(-1)?.no ?? null;
      const enough = (some: readonly Event[]) => some.length === 3 || some.some(isRunning);
      const read = await readStream(server, { deployment: id, lastId, enough });
      steps.push(...read.steps);
      if (steps.length >= 9) restart ??= server.child.end("SIGKILL").then(startAgain);
      if (read.steps.some(isRunning)) {
        await restart;
        await server.call(Deployment, `POST /v1/deployments/${id}/stop`);
      }
      return read.end;
    });
    expect(restart).not.toBeNull();
    all = await server.events(id);
    expect(steps.map(({ no }) => no)).toEqual(all.map((_, place) => place + 1));
    expect(steps).toEqual(all);
    expect(end).toEqual({ state: "stopped", last: all.length, deleted: false });
  });

  test("gives a page that is opened after the end the whole timeline, and the end", async () => {
    const read = await readStream(server, { deployment: id, lastId: null });
    expect(read).toEqual({ steps: all, end: { state: "stopped", last: all.length, deleted: false } });
    const last = await readStream(server, { deployment: id, lastId: all.length });
    expect(last).toEqual({ steps: [], end: read.end });
  });
});

describe("a server that is asked to end", () => {
  test("in the middle of a launch, with a reader on its stream, ends with 0, and the next one goes on", async () => {
    const { id } = await server.launch(SHOP, { name: "interrupted", pool: "slow" });
    const reading = readStream(server, { deployment: id, lastId: null });
    await until(async () => ((await server.events(id)).some(({ kind }) => kind === "machine_asked") ? true : null));
    const askedAt = performance.now();
    expect(await server.child.end("SIGTERM")).toBe(0);
    process.stdout.write(`ended ${Math.round(performance.now() - askedAt)} ms after SIGTERM\n`);
    expect((await reading).end).toBeNull();
    await startAgain();
    expect((await server.reaches(id, ["running", "failed"])).failure).toBeNull();
    expect(await aliveOf(id)).toEqual(MEMBERS);
  });

  test("twice ends at once, and what was asked of a cloud is not lost", async () => {
    const { id } = await server.launch(SINGLE, { name: "impatient", pool: "silent" });
    await until(async () => ((await aliveOf(id)).length > 0 ? true : null));
    const over = server.child.ended.then((code) => ({ code }));
    const ended = await until(async () => {
      void server.child.end("SIGTERM");
      return Promise.race([over, new Promise<null>((resolve) => setImmediate(resolve, null))]);
    });
    expect(ended.code).toBe(143);
    await startAgain();
    expect((await server.reaches(id, ["running", "failed"])).failure).toBeNull();
    expect(await aliveOf(id)).toEqual(["one"]);
  });
});
