// The database's clock is set in the middle of launches, and while nothing runs: three hours back, six hours forward. A server with the
// embedded database has that clock for its own; on PostgreSQL, a server and two workers have right clocks, and only the database is moved.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { About } from "../src/contract/operation.ts";
import { TIME_HEADER } from "../src/contract/terms.ts";
import { type Cluster, startCluster } from "./crash/cluster.ts";
import { WITH_SHORT_CLOUDS } from "./crash/clouds.ts";
import { type Member, memberOf } from "./crash/member.ts";
import { freePort } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { fakeClock } from "./stage/faketime.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const PATIENCE_MS = 240_000;
const HOUR_MS = 3_600_000;
/** Much longer than such a launch takes on a busy machine, and much shorter than the steps. */
const LAUNCH_MS = 120_000;

/** Takes some seconds for each of three, one after the other. */
const CHAIN = `
slipway: 1
name: chain
instances:
  a: { image: debian-12, profile: small }
  b: { image: debian-12, profile: small, dependsOn: [a] }
  c: { image: debian-12, profile: small, dependsOn: [b] }
`;

const clock = fakeClock();
const REASON = "there is no faketime here, and none could be installed (scripts/ci/apt-install.sh faketime, as root)";
if (clock === null) process.stdout.write(`clocks are not set: ${REASON}\n`);

let home: string;
let datacentre: DatacentreStage;
let server: ServerStage;
let env: NodeJS.ProcessEnv;
let port: number;

beforeEach(async () => {
  clock?.set(0);
  home = freshHome();
  port = await freePort();
  datacentre = await startDatacentre([quickCloud("roomy", { boot: { kind: "fixed", ms: 3_000 } })]);
}, PATIENCE_MS);

afterEach(async () => {
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
  rmSync(home, { recursive: true, force: true });
}, PATIENCE_MS);

async function start(given: NodeJS.ProcessEnv): Promise<void> {
  env = { ...WITH_SHORT_CLOUDS, ...given };
  server = await startServer({ home, port, env });
  await server.addAccounts(datacentre, ["roomy"]);
}

/** Kills the server; meanwhile happens what happens. */
async function restart(meanwhile: () => void): Promise<void> {
  await server.child.end("SIGKILL");
  meanwhile();
  server = await startServer({ home, port, env });
}

/**
 * Set forward, PostgreSQL ends each session whose transaction stands still at that moment: whoever asked for something is told that the
 * database does not answer, and asks again.
 */
function patiently<T>(ask: () => Promise<T>): Promise<T> {
  return until(() =>
    ask().catch((error: unknown) => {
      if (error instanceof Error && error.message.includes(": 503 ")) return null;
      throw error;
    }),
  );
}

const eventsOf = (id: string) => patiently(() => server.events(id));

/** Launches, and waits until the first of three is on its way. */
async function begun(name: string): Promise<string> {
  const { id } = await patiently(() => server.launch(CHAIN, { name }, name));
  await until(async () => ((await eventsOf(id)).some(({ kind }) => kind === "machine_asked") ? true : null));
  return id;
}

/** It comes up as if nothing had been, and tells by how many hours the clock was set meanwhile. */
async function comesUp(id: string, hours: readonly number[]): Promise<void> {
  const { state, failure, createdAt, launchEndedAt } = await server.reaches(id, ["running", "failed"], LAUNCH_MS);
  expect({ state, failure }).toEqual({ state: "running", failure: null });
  const tookMs = Date.parse(launchEndedAt ?? "") - Date.parse(createdAt);
  expect(tookMs).toBeGreaterThan(5_000);
  expect(tookMs).toBeLessThan(LAUNCH_MS);
  const told = (await eventsOf(id)).flatMap((event) => (event.kind === "clock_moved" ? [event.byMs / HOUR_MS] : []));
  expect(told.map((byHours) => Number(byHours.toFixed(1)))).toEqual(hours);
  expect((await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id)).toHaveLength(3);
}

async function offsetHours(): Promise<{ readonly hours: number; readonly steps: number }> {
  const { offsetMs, steps } = (await patiently(() => server.call(About, "GET /v1/about"))).clock;
  return { hours: Math.round(offsetMs / HOUR_MS) + 0, steps };
}

/** How far what the server tells of its time is from how time goes. */
async function errorMs(): Promise<number> {
  const reply = await server.ask("GET /v1/about");
  return Math.abs(Date.parse(reply.headers.get(TIME_HEADER) ?? "") - Date.now());
}

describe.skipIf(clock === null)("the embedded database", () => {
  test("set back, forward and back again in the middle of launches", async () => {
    await start(clock?.env ?? {});
    const first = await begun("first");
    clock?.set(-3);
    await comesUp(first, [-3]);
    expect(await offsetHours()).toEqual({ hours: 3, steps: 1 });
    const second = await begun("second");
    clock?.set(3);
    await comesUp(second, [6]);
    expect(await offsetHours()).toEqual({ hours: -3, steps: 2 });
    const third = await begun("third");
    clock?.set(0);
    await comesUp(third, [-3]);
    expect(await offsetHours()).toEqual({ hours: 0, steps: 3 });
    expect(await errorMs()).toBeLessThan(LAUNCH_MS);
    expect(server.child.output()).toContain("database's clock was set");
  });

  test("set back while nothing runs, and before a start in the middle of a launch", async () => {
    await start(clock?.env ?? {});
    const first = await begun("first");
    await restart(() => clock?.set(-3));
    await comesUp(first, [-3]);
    expect(await offsetHours()).toEqual({ hours: 3, steps: 1 });
    const second = await begun("second");
    clock?.set(-9);
    await until(async () => ((await offsetHours()).steps === 2 ? true : null));
    await restart(() => undefined);
    await comesUp(second, [-6]);
    expect(await offsetHours()).toEqual({ hours: 9, steps: 2 });
  });
});

describe.skipIf(clock === null)("PostgreSQL, a server and two workers", () => {
  let cluster: Cluster;
  let workers: readonly Member[];

  beforeEach(async () => {
    cluster = await startCluster({ env: clock?.env ?? {} });
    const DATABASE_URL = await cluster.freshDatabase("slipway");
    await start({ DATABASE_URL, SLIPWAY_KEY: randomBytes(32).toString("base64") });
    workers = ["work-1", "work-2"].map((name) =>
      memberOf({ name, command: "work", env, works: (child) => child.printed(/working on/) }),
    );
    await Promise.all(workers.map((worker) => worker.start()));
  }, PATIENCE_MS);

  afterEach(async () => {
    await Promise.all((workers ?? []).map((worker) => worker.end()));
    await server?.child.end("SIGTERM");
    await cluster?.dispose();
  }, PATIENCE_MS);

  test("set back, with a start right after, and forward, in the middle of launches", async () => {
    const first = await begun("first");
    clock?.set(-3);
    await until(async () => ((await offsetHours()).steps === 1 ? true : null));
    const [one, other] = workers;
    await one?.kill();
    await restart(() => undefined);
    await one?.start();
    await comesUp(first, [-3]);
    const second = await begun("second");
    clock?.set(3);
    await comesUp(second, [6]);
    expect(await offsetHours()).toEqual({ hours: -3, steps: 2 });
    expect(await errorMs()).toBeLessThan(LAUNCH_MS);
    // Whoever has not set it right has found it set right.
    const lines = [server.child.output(), one?.output() ?? "", other?.output() ?? ""].join("\n");
    expect(lines.match(/"setRightBy":"this process"/g)?.length).toBeLessThanOrEqual(2);
    expect(other?.output()).toMatch(/database's clock was set/);
    expect(other?.oddities()).toEqual([]);
  });

  test("set back while nothing runs", async () => {
    const first = await begun("first");
    await Promise.all(workers.map((worker) => worker.kill()));
    await restart(() => clock?.set(-3));
    await Promise.all(workers.map((worker) => worker.start()));
    await comesUp(first, [-3]);
    expect((await offsetHours()).steps).toBe(1);
    expect(await patiently(() => server.call(z.unknown(), `POST /v1/deployments/${first}/stop`))).not.toBeNull();
    await server.reaches(first, ["stopped"], LAUNCH_MS);
  });
});
