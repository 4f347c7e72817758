// A launch over the datacentre's EC2, oVirt and OpenStack: no room at the first, no host for what is started at the second, and it comes up at the
// third. What is asserted is what the clouds themselves say. The same with a real OpenStack, in the console as well, is mixed.openstack.test.ts.

import { afterAll, beforeAll, expect, test } from "vitest";
import { addMixed, MIXED_SHOP, type MixedStage, serveThird } from "./stage/mixed.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { stopWhole } from "./stage/shop.ts";

let server: ServerStage;
let mixed: MixedStage;
let third: Awaited<ReturnType<typeof serveThird>>;

beforeAll(async () => {
  third = await serveThird();
  server = await startServer();
  mixed = await addMixed(server, third.add);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await mixed?.[Symbol.asyncDispose]();
  await third?.[Symbol.asyncDispose]();
});

const NOTHING = { machines: 0, parts: 0, keys: 0 };

test("what EC2 has no room for and oVirt cannot start comes up on OpenStack, and only there", async () => {
  const { id } = await server.launch(MIXED_SHOP, { name: "shop", pool: "mixed" });
  const deployment = await server.reaches(id, ["running", "failed"], 120_000);
  expect(deployment.failure).toBeNull();
  expect(deployment.attempts.map(({ account, outcome, fault }) => [account, outcome, fault?.class ?? null])).toEqual([
    ["ec2", "failed", "capacity"],
    ["ovirt", "failed", "capacity"],
    ["openstack", "succeeded", null],
  ]);
  expect([mixed.ec2.lives().born, mixed.ovirt.lives().born, third.cloud.lives()]).toEqual([2, 3, { born: 4, ran: 4 }]);
  expect([await mixed.ec2.left(), await mixed.ovirt.left()]).toEqual([NOTHING, NOTHING]);
  expect(await third.cloud.left()).toEqual({ machines: 4, parts: 4, keys: 0 });
  await stopWhole(server, id);
  expect(await third.cloud.left()).toEqual(NOTHING);
}, 300_000);
