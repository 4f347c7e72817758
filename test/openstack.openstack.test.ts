// Whole launches on a real OpenStack control plane, by a real server: what is asserted is what Nova and Neutron themselves say is there.
// What they refuse, and services that hang, are in openstack-refusals.openstack.test.ts.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { allParts, allServers, freshLab, setFaults, setQuota } from "../src/providers/openstack/lab.testsuite.ts";
import { slipway } from "./stage/command.ts";
import { endStory, namesOf, NOTHING, openStories, SHOP, TINY } from "./stage/openstack.ts";
import { addPool, stopWhole } from "./stage/shop.ts";
import type { ServerStage } from "./stage/server.ts";

let server: ServerStage;

beforeAll(async () => {
  server = await openStories();
});

afterEach(async () => {
  expect(await endStory(server)).toEqual(NOTHING);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await freshLab();
});

test("A: all instances come up in the right order, are the servers that Nova shows, and go", async () => {
  const { id } = await server.launch(SHOP, { name: "story-a", pool: await addPool(server, "a", ["lab"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.failure).toBeNull();
  const ready = (await server.events(id)).flatMap((event) => (event.kind === "instance_ready" ? [event.instance] : []));
  expect(ready[0]).toBe("db");
  expect(ready.slice(1, 3).toSorted()).toEqual(["app-1", "app-2"]);
  expect(ready.slice(3)).toEqual(["web"]);
  const servers = await allServers();
  for (const { name, privateAddress } of deployment.instances) {
    const found = servers.filter(({ metadata }) => metadata?.["slipway-instance"] === name);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ status: "ACTIVE", metadata: { "slipway-deployment": id } });
    expect(JSON.stringify(found[0]?.addresses)).toContain(`"${privateAddress}"`);
  }
  expect((await slipway(["stop", "story-a", "--wait"], server.env)).code).toBe(0);
});

test("creates that are carried out and answered with 504 leave one server per instance", async () => {
  setFaults({ api: [{ method: "POST", path: "/servers", status: 504, when: "after", times: 1 }] });
  const { id } = await server.launch(SHOP, { name: "lost", pool: await addPool(server, "lost", ["lab"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 240_000);
  expect(deployment.failure).toBeNull();
  const moves = (await server.events(id)).flatMap((event) => (event.kind === "machine_moved" ? [event.move] : []));
  expect(await namesOf(id)).toEqual(["app-1", "app-2", "db", "web"]);
  expect(moves).toContain("answer_lost");
  expect(moves).toContain("found");
  await stopWhole(server, id);
});

test("a server that is refused after its port and floating address were made leaves neither", async () => {
  await setQuota({ instances: 0 });
  const { id } = await server.launch(TINY, { name: "parts", pool: await addPool(server, "parts", ["lab-public"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.state).toBe("failed");
  expect(deployment.attempts[0]?.fault).toMatchObject({ class: "quota" });
  expect(deployment.machines).toHaveLength(1);
});

test("a machine with a floating address comes up under it, and goes with it", async () => {
  const { id } = await server.launch(TINY, { name: "public", pool: await addPool(server, "public", ["lab-public"]) });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.failure).toBeNull();
  expect(deployment.instances[0]?.publicAddress).toMatch(/^198\.18\./);
  expect((await allParts()).map(({ kind }) => kind)).toEqual(["floatingip", "port"]);
  await stopWhole(server, id);
});
