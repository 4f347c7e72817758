// A launch as a trace, as a collector gets it: over two clouds that speak HTTP, of which one refuses. What clouds were sent is heard on
// their side.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Deployment } from "../src/contract/deployment.ts";
import { type CollectedSpan, type Collector, startCollector, treeOf } from "./stage/collector.ts";
import { addMixed, MIXED_SHOP, type MixedStage, serveThird } from "./stage/mixed.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { addPool } from "./stage/shop.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SENDER = "b7ad6b7169203331";

let collector: Collector;
let server: ServerStage;
let mixed: MixedStage;
let third: Awaited<ReturnType<typeof serveThird>>;
const heard: { readonly face: string; readonly method: string; readonly traceparent: string | undefined }[] = [];

beforeAll(async () => {
  collector = await startCollector();
  const hear: Parameters<typeof serveThird>[0] = (face, { method, headers }) =>
    void heard.push({ face, method, traceparent: headers["traceparent"] });
  third = await serveThird(hear);
  server = await startServer({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=lab",
      SLIPWAY_LOG: "debug",
    },
  });
  mixed = await addMixed(server, third.add, hear);
  await addPool(server, "two", ["ec2", "openstack"]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await mixed?.[Symbol.asyncDispose]();
  await third?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
});

const of =
  (name: string, attributes: Record<string, unknown> = {}) =>
  (span: CollectedSpan) =>
    span.traceId === TRACE &&
    span.name === name &&
    Object.entries(attributes).every(([key, value]) => span.attributes[key] === value);

async function launchWithin(traceparent: string): Promise<Deployment> {
  const body = { blueprint: { source: MIXED_SHOP }, name: "shop", pool: "two" };
  const reply = await server.ask("POST /v1/deployments", body, { traceparent });
  expect(reply.status).toBe(201);
  return Deployment.parse(await reply.json());
}

test(
  "a launch goes on with its sender's trace: attempts, instances and calls, with what the clouds call them",
  { timeout: 300_000 },
  async () => {
    const { id } = await launchWithin(`00-${TRACE}-${SENDER}-01`);
    const deployment = await server.reaches(id, ["running", "failed"], 120_000);
    const root = await collector.span(of("deployment"));
    expect(collector.wrong).toEqual([]);
    expect(root).toMatchObject({ parent: SENDER, status: { code: 1 }, from: Date.parse(deployment.createdAt) });
    expect(root.attributes).toMatchObject({
      "slipway.deployment.id": id,
      "slipway.deployment": "shop",
      "slipway.attempts": 2,
    });
    expect(root.resource).toMatchObject({ "service.name": "slipway", "deployment.environment": "lab" });
    const lines = treeOf(collector.spans, TRACE).filter((line) => !/ (?:look|lookup|console)$/.test(line));
    expect(lines[0]).toBe("deployment");
    expect(lines.filter((line) => line.startsWith("  attempt"))).toEqual(["  attempt 1 ec2", "  attempt 2 openstack"]);
    expect(lines.slice(lines.indexOf("  attempt 2 openstack"))).toEqual([
      "  attempt 2 openstack",
      ...["db", "app-1", "app-2", "web"].flatMap((name) => [`    instance ${name}`, "      create"]),
    ]);
    const refused = collector.spans.find(of("attempt", { "slipway.account": "ec2" }));
    expect(refused).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "capacity" } });
    const db = collector.spans.find(of("instance", { "slipway.instance": "db", "slipway.account": "openstack" }));
    expect(db?.events.map(({ name }) => name)).toEqual(["made", "running", "ready"]);
  },
);

test("what is refused says what the cloud calls the request, and so does what is made", async () => {
  const creates = collector.spans.filter(of("create"));
  const idsOf = (account: string) =>
    creates
      .filter(({ attributes }) => attributes["slipway.account"] === account)
      .map(({ attributes, status }) => [status.code, attributes["error.type"], attributes["slipway.cloud.request_id"]]);
  expect(idsOf("ec2")).toContainEqual([2, "capacity", [expect.stringMatching(/^[\w-]{20,}$/)]]);
  expect(idsOf("openstack")).toHaveLength(4);
  for (const [code, , ids] of idsOf("openstack")) {
    expect(code).toBe(0);
    expect(ids).toContainEqual(expect.stringMatching(/^req-[\w-]+$/));
  }
});

test("clouds are told of which trace a request is, but for one whose requests are signed", async () => {
  const traced = (face: string) => heard.filter((one) => one.face === face && one.traceparent?.includes(TRACE));
  const creates = new Set(collector.spans.filter(of("create")).map(({ spanId }) => spanId));
  const posts = traced("openstack").filter(({ method }) => method === "POST");
  expect(posts.length).toBeGreaterThanOrEqual(4);
  for (const { traceparent = "" } of posts) expect(creates).toContain(traceparent.split("-")[2]);
  expect(heard.filter(({ face }) => face === "ec2").length).toBeGreaterThan(0);
  expect(heard.filter(({ face, traceparent }) => face === "ec2" && traceparent !== undefined)).toEqual([]);
});

test("lines of the log carry the trace's id", () => {
  const lines = server.child
    .output()
    .split("\n")
    .filter((line) => line.includes('"call":"create"'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !line.includes(`"trace_id":"${TRACE}"`))).toEqual([]);
});

test(
  "a stop is told in the trace of its launch, and what an end has not told yet is told then",
  { timeout: 300_000 },
  async () => {
    const [{ "slipway.deployment.id": id } = {}] = collector.spans
      .filter(of("deployment"))
      .map((span) => span.attributes);
    await server.call(Deployment, `POST /v1/deployments/${String(id)}/stop`);
    await server.reaches(String(id), ["stopped"], 120_000);
    await server.child.end("SIGTERM");
    expect(collector.spans.find(of("stop"))).toMatchObject({ parent: collector.spans.find(of("deployment"))?.spanId });
    const destroys = collector.spans.filter(of("destroy", { "slipway.account": "openstack" }));
    expect(destroys).toHaveLength(4);
    const instances = new Set(collector.spans.filter(of("instance")).map(({ spanId }) => spanId));
    expect(destroys.filter(({ parent }) => !instances.has(parent ?? ""))).toEqual([]);
  },
);
