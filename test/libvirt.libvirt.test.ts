// Whole launches on two real daemons of libvirt's, by a real server: what is asserted is what libvirt itself says is there.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  clearFaults,
  domainsAt,
  freshCloud,
  LAB_CLOUDS,
  partsAt,
  removeDomain,
  setFault,
  virsh,
} from "../src/providers/libvirt/lab.testsuite.ts";
import { forgetBlocks, LAYERS, leftOver, openStories, PAIR, stopWhole, TRIO } from "./stage/libvirt.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage } from "./stage/server.ts";

const home = freshHome();
let server: ServerStage;

beforeAll(async () => {
  server = await openStories(home);
});

afterEach(async () => {
  expect(await leftOver()).toEqual([]);
  for (const cloud of LAB_CLOUDS) clearFaults(cloud);
  await forgetBlocks(server);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  for (const cloud of LAB_CLOUDS) await freshCloud(cloud);
});

const LONG_MS = 280_000;

test("A: both come up in order, defined first and started by us, web shows what db told, and nothing is left", async () => {
  const { id } = await server.launch(LAYERS, { name: "story-a", pool: "east" });
  const deployment = await server.reaches(id, ["running", "failed"], LONG_MS);
  expect(deployment.failure).toBeNull();
  const events = await server.events(id);
  const starts = events.flatMap((event) => (event.kind === "start_asked" ? [event.instance] : []));
  expect(starts).toEqual(["db", "web"]);
  const web = deployment.instances.find(({ name }) => name === "web");
  const page = await fetch(`http://${web?.privateAddress}/index.html`);
  expect(await page.text()).toBe("hello from db\n");
  const domains = await domainsAt("east");
  expect(domains).toEqual(deployment.machines.map(({ id: machine }) => machine).toSorted());
  expect(await partsAt("east")).toHaveLength(3 * domains.length);
  for (const domain of domains) expect(await virsh("east", "dominfo", domain)).toMatch(/Autostart: +disable/);
  await stopWhole(server, id);
});

test("B and C: what east's host refuses to start, over ssh, is hauled back whole, and comes up on west, over TLS", async () => {
  setFault("east", "refusal", "no capacity left on this host");
  const { id } = await server.launch(PAIR, { name: "story-c", pool: "far" });
  const deployment = await server.reaches(id, ["running", "failed"], LONG_MS);
  expect(deployment.failure).toBeNull();
  expect(deployment.attempts.map(({ account }) => account)).toEqual(["east-ssh", "west-tls"]);
  expect(deployment.attempts[0]?.fault).toMatchObject({ class: "capacity", code: "refused_by_hook" });
  expect([...(await domainsAt("east")), ...(await partsAt("east"))]).toEqual([]);
  expect(await domainsAt("west")).toHaveLength(2);
  await stopWhole(server, id);
});

test("a machine that was cut off by hand, and one that was undefined by hand, are missed, and what is left of them goes", async () => {
  const { id } = await server.launch(TRIO, { name: "by-hand", pool: "east" });
  expect((await server.reaches(id, ["running", "failed"], LONG_MS)).failure).toBeNull();
  const [one = "", two = ""] = await domainsAt("east");
  await virsh("east", "destroy", one);
  await removeDomain("east", two);
  await server.reaches(id, ["incomplete"], LONG_MS);
  await until(
    async () => {
      const { instances } = await server.deployment(id);
      return instances.every(({ name, state }) => (name === "zed") === (state === "running")) ? true : null;
    },
    { deadlineMs: LONG_MS, otherwise: () => "both are missed", everyMs: 250 },
  );
  await stopWhole(server, id);
});
