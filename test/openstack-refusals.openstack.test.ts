// What a real OpenStack control plane refuses, late or at once, and what a launch does while one of its services hangs.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Deployment } from "../src/contract/deployment.ts";
import type { Event } from "../src/contract/event.ts";
import {
  allServers,
  freshLab,
  setFaults,
  setHost,
  setQuota,
  signalService,
} from "../src/providers/openstack/lab.testsuite.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { endStory, namesOf, NOTHING, openStories, SHOP, TINY } from "./stage/openstack.ts";
import { addPool, stopWhole } from "./stage/shop.ts";
import { until } from "./stage/poll.ts";
import type { ServerStage } from "./stage/server.ts";

let datacentre: DatacentreStage;
let server: ServerStage;

beforeAll(async () => {
  datacentre = await startDatacentre([quickCloud("sim")]);
  server = await openStories();
  await server.call(z.unknown(), "POST /v1/accounts", {
    name: "sim",
    provider: "sim",
    settings: { url: datacentre.url, tenant: "sim" },
    credentials: { key: "sim-key" },
  });
  await server.call(z.unknown(), "POST /v1/accounts/sim/check");
});

afterEach(async () => {
  expect(await endStory(server)).toEqual(NOTHING);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
  await freshLab();
});

const path = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.kind === "deployment_moved" ? [event.to] : []));

const outcomes = ({ attempts }: Deployment) => attempts.map(({ account, outcome }) => [account, outcome]);

test("B: two are up and the third is over the quota; both are hauled back and the whole comes up elsewhere", async () => {
  await setQuota({ instances: 2 });
  const pool = await addPool(server, "b", ["lab", "sim"]);
  // As of a moment at which there was more.
  const { id } = await server.launch(SHOP, { name: "story-b", pool });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(outcomes(deployment)).toEqual([
    ["lab", "failed"],
    ["sim", "succeeded"],
  ]);
  expect(deployment.attempts[0]?.fault).toMatchObject({ class: "quota", code: "quota_exceeded" });
  expect(path(await server.events(id))).toEqual([
    "pending",
    "rollback_in_progress",
    "rollback_complete",
    "pending",
    "running",
  ]);
  expect(await namesOf(id)).toEqual([]);
  await stopWhole(server, id);
});

test("C: no host takes it in any zone: rolled back each time, failed with Nova's reason, and no server in ERROR is left", async () => {
  const source = SHOP.replace(
    "web: { image: debian-12, profile: *tiny",
    "web: { image: debian-12, profile: { cpu: 64, memory: 512GiB }",
  );
  const { id } = await server.launch(source, { name: "story-c", pool: await addPool(server, "c", ["lab"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 180_000);
  expect(deployment.state).toBe("failed");
  expect(deployment.attempts.length).toBeGreaterThanOrEqual(1);
  for (const { reason } of deployment.attempts) expect(reason).toContain("web: No valid host was found");
  expect(deployment.attempts[0]?.fault).toMatchObject({ class: "capacity", code: "no_valid_host" });
  expect(deployment.machines.every(({ open }) => !open)).toBe(true);
});

test("a zone whose only host is disabled is left for the other one", async () => {
  await setHost("cmp1", "disabled");
  const { id } = await server.launch(TINY, { name: "disabled", pool: await addPool(server, "disabled", ["lab"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.failure).toBeNull();
  expect((await allServers()).map((one) => one["OS-EXT-AZ:availability_zone"])).toEqual(["az2"]);
  await stopWhole(server, id);
});

test("a build that its host gives up is told with Nova's reason, and its server is deleted", async () => {
  setFaults({ boot: { "-one-": { fails: "abort" } } });
  const { id } = await server.launch(TINY, { name: "aborted", pool: await addPool(server, "aborted", ["lab-az1"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.state).toBe("failed");
  expect(deployment.attempts[0]?.reason).toMatch(/one: Build of instance .* aborted: as the test said/);
});

test("a host that is dead without anybody knowing is given up at the boot's deadline, and the server goes once it can", async () => {
  signalService("nova-compute-cmp1", "SIGSTOP");
  const source = TINY.replace("launch: {", "launch: { deadlines: { boot: 20s },");
  const { id } = await server.launch(source, { name: "dead", pool: await addPool(server, "dead", ["lab-az1"]) });
  await server.reaches(id, ["rollback_in_progress", "rollback_complete", "failed"], 120_000);
  signalService("nova-compute-cmp1", "SIGCONT");
  const deployment = await server.reaches(id, ["failed"], 180_000);
  expect(deployment.attempts[0]?.reason).toMatch(/^one: .*20 s/);
});

test("a broker that hangs leaves a create in doubt: one server at the most, and none in the end", async () => {
  signalService("rabbitmq", "SIGSTOP");
  const { id } = await server.launch(TINY, { name: "broker", pool: await addPool(server, "broker", ["lab"]) });
  await until(
    async () => {
      const events = await server.events(id);
      return events.some((event) => event.kind === "machine_moved" && event.move === "answer_lost") ? true : null;
    },
    { deadlineMs: 150_000 },
  );
  signalService("rabbitmq", "SIGCONT");
  const deployment = await server.reaches(id, ["running", "failed"], 240_000);
  expect(deployment.failure).toBeNull();
  expect(await namesOf(id)).toEqual(["one"]);
  await stopWhole(server, id);
});
