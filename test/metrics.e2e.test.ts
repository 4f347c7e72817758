// Metrics of a real server: what Prometheus would read after launches that went well and badly, with the database away, and after a
// restart.

import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startChild, ROOT } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { type Sample, scrape, valueOf } from "./stage/metrics.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";
import { join } from "node:path";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  web: { image: nginx-1, profile: small, dependsOn: [db] }
`;

const home = freshHome();
let datacentre: DatacentreStage;
let server: ServerStage;
let port: number;
let metricsPort: number;
const start = () => startServer({ home, port, env: { SLIPWAY_METRICS_PORT: String(metricsPort) } });

beforeAll(async () => {
  datacentre = await startDatacentre([quickCloud("roomy")]);
  [port, metricsPort] = [await freePort(), await freePort()];
  server = await start();
  await server.addAccounts(datacentre, ["roomy"]);
});

afterAll(async () => {
  await server?.child.end("SIGKILL");
  await datacentre?.stop();
});

const read = (): Promise<readonly Sample[]> => scrape(metricsPort);
const ROOMY = { account: "roomy", provider: "sim" };

test("launches are counted by what they came to, with how long they took, and machines with what they cost", async () => {
  const before = await read();
  expect(valueOf(before, "slipway_launches_total", { outcome: "running" })).toBe(0);
  const { id } = await server.launch(SHOP);
  const { createdAt, allRunningAt } = await server.reaches(id, ["running"]);
  // Counters come at once, what is counted in the database at times of its own.
  const all = await until(async () => {
    const samples = await read();
    const isCounted = valueOf(samples, "slipway_launches_total", { outcome: "running" }) === 1;
    const isShown = valueOf(samples, "slipway_machines", ROOMY) === 2;
    return isCounted && isShown ? samples : null;
  });
  const tookS = (Date.parse(allRunningAt ?? "") - Date.parse(createdAt)) / 1_000;
  expect(valueOf(all, "slipway_launch_all_running_seconds_sum", ROOMY)).toBeCloseTo(tookS, 3);
  expect(valueOf(all, "slipway_launch_first_running_seconds_count", ROOMY)).toBe(1);
  expect(valueOf(all, "slipway_attempts_total", { ...ROOMY, outcome: "succeeded" })).toBe(1);
  expect(
    valueOf(all, "slipway_cloud_call_seconds_count", { provider: "sim", call: "create", result: "answered" }),
  ).toBe(2);
  expect(valueOf(all, "slipway_machines", ROOMY)).toBe(2);
  expect(valueOf(all, "slipway_machines_dollars_per_hour", ROOMY)).toBeGreaterThan(0);
  expect(valueOf(all, "slipway_deployments", { state: "running" })).toBe(1);
  expect(valueOf(all, "slipway_account_health", { ...ROOMY, health: "healthy" })).toBe(1);
  expect(valueOf(all, "slipway_database_up", {})).toBe(1);
  expect(valueOf(all, "slipway_disk_free_bytes", { disk: "database" })).toBeGreaterThan(0);
});

test("a launch that fails is one, and why its cloud refused is counted", async () => {
  const roomy = datacentre.admin.cloud("roomy");
  await roomy.addFaults([
    { on: "create", times: Number.POSITIVE_INFINITY, do: { kind: "refuse", code: "insufficient_capacity" } },
  ]);
  const { id } = await server.launch(SHOP, { name: "doomed" });
  const { attempts } = await server.reaches(id, ["failed"]);
  await roomy.clearFaults();
  const all = await until(async () => {
    const samples = await read();
    return valueOf(samples, "slipway_launches_total", { outcome: "failed" }) === 1 ? samples : null;
  });
  expect(valueOf(all, "slipway_refusals_total", { ...ROOMY, class: "capacity" })).toBeGreaterThan(0);
  expect(valueOf(all, "slipway_attempts_total", { ...ROOMY, outcome: "failed" })).toBe(attempts.length);
  expect(valueOf(all, "slipway_launches_total", { outcome: "running" })).toBe(1);
});

test("after a restart the state is there at once, and counters begin again", async () => {
  expect(await server.child.end("SIGTERM")).toBe(0);
  server = await start();
  // The other port opens a moment after the server's own.
  const samples = await until(() => read().catch(() => null));
  expect(valueOf(samples, "slipway_machines", ROOMY)).toBe(2);
  expect(valueOf(samples, "slipway_launches_total", { outcome: "running" })).toBe(0);
});

test("how late a step reaches those who listen is counted, from when they do", async () => {
  const { id } = await server.launch(SHOP, { name: "heard" });
  await server.reaches(id, ["running"]);
  const told = async () => valueOf(await read(), "slipway_event_lag_seconds_count", {}) ?? 0;
  const before = await told();
  // The reply comes with the first read, in which nothing is late.
  const accept = { accept: "text/event-stream" };
  const { body } = await server.ask(`GET /v1/deployments/${id}/stream`, undefined, accept);
  await server.ask(`POST /v1/deployments/${id}/stop`);
  for await (const _ of body ?? []) continue;
  await until(async () => ((await told()) > before ? true : null), {
    deadlineMs: 20_000,
    otherwise: () => `no more than the ${before} steps from before`,
  });
});

test("whoever listens there already is told of by the name of the variable", async () => {
  const env = { ...server.env, SLIPWAY_DATA: join(freshHome(), "data"), SLIPWAY_PORT: "0" };
  const second = startChild(join(ROOT, "bin/slipway"), ["serve"], env);
  expect(await second.ended).toBe(2);
  expect(second.output()).toMatch(/^slipway: SLIPWAY_METRICS_PORT \d+ is in use/m);
});
