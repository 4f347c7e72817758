// One trace by several processes: what a killed process has begun another one ends, and what is told of it by either is within the same
// spans. A process that is started anew goes on with them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { Deployment } from "../src/contract/deployment.ts";
import { type OwnDatabase, ownDatabase } from "../src/store/postgres.samples.ts";
import { type Child, ROOT, startChild } from "./stage/child.ts";
import { type CollectedSpan, type Collector, startCollector, treeOf } from "./stage/collector.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const PATIENCE_MS = 180_000;
const BLUEPRINT = `
slipway: 1
name: pair
instances:
  db: { image: debian-12, profile: small }
  web: { image: debian-12, profile: small, dependsOn: [db] }
`;

let database: OwnDatabase;
let datacentre: DatacentreStage;
let collector: Collector;
const env = { SLIPWAY_KEY: Buffer.alloc(32, 7).toString("base64") };
const home = freshHome();

const served = (): Promise<ServerStage> => startServer({ home, env });
const worker = (): Child => startChild(join(ROOT, "bin/slipway"), ["work"], { ...env, OTEL_SERVICE_NAME: "worker" });

beforeAll(async () => {
  database = await ownDatabase();
  collector = await startCollector();
  // It boots for long enough that whoever began it is gone by then.
  datacentre = await startDatacentre([quickCloud("slow", { boot: { kind: "fixed", ms: 6_000 } })]);
  Object.assign(env, { DATABASE_URL: database.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
}, PATIENCE_MS);

afterAll(async () => {
  await collector?.[Symbol.asyncDispose]();
  await datacentre?.stop();
  await database?.drop();
}, PATIENCE_MS);

test(
  "a launch whose server is killed is ended by a worker in the same trace, and stopped in it by the next server",
  async () => {
    const server = await served();
    await server.addAccounts(datacentre, ["slow"]);
    const { id } = await server.launch(BLUEPRINT);
    const made = await until(async () => collector.spans.find(({ name }) => name === "create") ?? null);
    expect(made.resource["service.name"]).toBe("slipway");
    await server.child.end("SIGKILL");
    const heir = worker();
    const root = await collector.span(({ name }) => name === "deployment", PATIENCE_MS);
    const next = await served();
    await next.call(Deployment, `POST /v1/deployments/${id}/stop`);
    await next.reaches(id, ["stopped"], PATIENCE_MS);
    await Promise.all([heir.end("SIGTERM"), next.child.end("SIGTERM")]);

    expect([root.parent, root.traceId, root.resource["service.name"]]).toEqual([null, made.traceId, "worker"]);
    // A poll has a trace of its own.
    const isOfStep = ({ name }: CollectedSpan): boolean => !["look", "lookup", "console", "poll"].includes(name);
    const spans = collector.spans.filter(isOfStep);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(treeOf(spans, root.traceId)).toEqual([
      "deployment",
      "  attempt 1 slow",
      ...["db", "web"].flatMap((name) => [`    instance ${name}`, "      create", "      destroy"]),
      "  stop",
    ]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  },
  2 * PATIENCE_MS,
);
