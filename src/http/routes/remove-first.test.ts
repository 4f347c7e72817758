// An account with room for a deployment and no more: its members make room for their successors, and where that fails they are launched again.

import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { UpdatePlan } from "../../contract/update.ts";
import { createStand, type Stand } from "../stand.testsuite.ts";

const shop = (image: string, more = "") => `slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { image: ${image}, profile: small, dependsOn: [db]${more} }
`;
const FIRST = ", update: { order: removeFirst }";
const post = (path: string, source: string) =>
  ({ method: "POST", path, as: "operator", body: { blueprint: { source } } }) as const;
const planned = (stand: Stand, source: string) =>
  stand.meanwhile(stand.reply(UpdatePlan, 200, post("/v1/deployments/shop/update/plan", source)));
const updated = (stand: Stand, source: string) =>
  stand.meanwhile(stand.reply(Deployment, 200, post("/v1/deployments/shop/update", source)));
const shown = (stand: Stand) => stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });

async function running(): Promise<Stand> {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  stand.operator("east").setQuota("east", { instances: 2 });
  await stand.startEngine();
  await stand.reply(Deployment, 201, post("/v1/deployments", shop("debian-12")));
  await stand.clock.advance(20_000);
  expect(await shown(stand)).toMatchObject({ state: "running" });
  return stand;
}

test("a plan without room for two names removeFirst, with which the update goes through", async () => {
  const stand = await running();
  const beside = await planned(stand, shop("nginx-1"));
  expect(beside).toMatchObject({ id: null, later: null });
  expect(beside.refused[0]?.text).toMatch(
    /needs 1 instance, 0 of 2 are free .*; it would fit with update.order: removeFirst for app: former machines go first then$/,
  );
  const problem = await stand.meanwhile(
    stand.problem("no_place", post("/v1/deployments/shop/update", shop("nginx-1"))),
  );
  expect(problem.detail).toContain("removeFirst for app");
  const first = await planned(stand, shop("nginx-1", FIRST));
  expect(first.refused).toEqual([]);
  expect(first.instances.map(({ name, isRemovedFirst }) => [name, isRemovedFirst])).toEqual([
    ["db", false],
    ["app", true],
  ]);
  expect(first.most).toEqual(first.now);
  await updated(stand, shop("nginx-1", FIRST));
  await stand.clock.advance(60_000);
  expect(await shown(stand)).toMatchObject({ state: "running", revision: 2, failure: null });
  expect(stand.datacentre.billing.intervals()).toHaveLength(3);
});

test("where the new machine is refused the former one is launched again, and it runs", async () => {
  const stand = await running();
  const before = await shown(stand);
  stand.operator("east").addFaults([{ on: "create", do: { kind: "refuse", code: "invalid_size" }, times: 1 }]);
  await updated(stand, shop("nginx-1", FIRST));
  await stand.clock.advance(120_000);
  const after = await shown(stand);
  expect(after).toMatchObject({ state: "running", revision: 1, failure: null });
  expect(after.revisions[1]).toMatchObject({ outcome: "failed" });
  const [db, app] = after.instances;
  expect(db?.machine).toBe(before.instances[0]?.machine);
  expect(app).toMatchObject({ state: "running", repairSince: null });
  expect(app?.machine).not.toBe(before.instances[1]?.machine);
});
