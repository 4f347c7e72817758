// Names that nothing has: in a path, and in a filter.

import { expect, test } from "vitest";
import { DeploymentPage } from "../../contract/deployment.ts";
import { OfferPage } from "../../contract/account.ts";
import { sampleNewDeployment, samplePool } from "../../ports/store.samples.ts";
import { deploymentId } from "../../core/ids.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

async function furnished(): Promise<Stand> {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.ask({ method: "PUT", path: "/v1/blueprints/shop", body: { source: SHOP } });
  await stand.ask({ method: "POST", path: "/v1/deployments", body: { blueprint: { name: "shop" } } });
  await stand.ask({ method: "POST", path: "/v1/tokens", body: { name: "robot", role: "viewer" } });
  return stand;
}

test.each([
  ["GET", "/v1/deployments/shpo", 'There is no deployment shpo: did you mean "shop"?'],
  ["GET", "/v1/deployments/x", "There is no deployment x: `slipway ls` lists those that there are."],
  ["POST", "/v1/deployments/shpo/stop", 'There is no deployment shpo: did you mean "shop"?'],
  ["GET", "/v1/blueprints/shpo", 'There is no blueprint shpo: did you mean "shop"? Blueprints: shop.'],
  ["GET", "/v1/blueprints/shop?version=9", "There is no version 9 of blueprint shop: its newest is 1."],
  ["GET", "/v1/blueprints/shpo/versions", 'There is no blueprint shpo: did you mean "shop"? Blueprints: shop.'],
  ["DELETE", "/v1/blueprints/x", "There is no blueprint x. Blueprints: shop."],
  ["GET", "/v1/accounts/esat", 'There is no account esat: did you mean "east"? Accounts: east.'],
  ["GET", "/v1/pools/defualt", 'There is no pool defualt: did you mean "default"? Pools: default.'],
  ["PATCH", "/v1/pools/defualt", 'There is no pool defualt: did you mean "default"? Pools: default.'],
  ["DELETE", "/v1/pools/defualt", 'There is no pool defualt: did you mean "default"? Pools: default.'],
  ["DELETE", "/v1/profiles/smal", 'There is no profile smal: did you mean "small"? Profiles: '],
  ["DELETE", "/v1/tokens/robto", 'There is no token robto: did you mean "robot"? Tokens: '],
])("%s %s", async (method, path, told) => {
  const stand = await furnished();
  const body = method === "PATCH" ? {} : undefined;
  expect((await stand.problem("not_found", { method, path, body })).detail).toContain(told);
});

test("an instance that is not there is told with the one that may be meant", async () => {
  const stand = await furnished();
  const path = "/v1/deployments/shop/instances/wbe/retry";
  const { detail } = await stand.problem("no_such_instance", { method: "POST", path });
  expect(detail).toBe('Deployment shop has no instance wbe: did you mean "web"? It has db, web.');
});

test("a filter by a pool that was never there is refused, by one that is empty or gone it is not", async () => {
  const stand = await furnished();
  const list = (pool: string) => ({ path: `/v1/deployments?pool=${pool}` });
  const { detail, errors } = await stand.problem("bad_pool", list("defualt"));
  const told = 'here is no pool defualt: did you mean "default"? Pools: default.';
  expect(detail).toBe(`T${told}`);
  expect(errors).toEqual([{ pointer: "", detail: `query pool: t${told}` }]);
  await stand.store.write(async (tx) => {
    await tx.putPool(samplePool({ name: "prod", members: [] }));
    await tx.putPool(samplePool({ name: "bare", members: [] }));
    await tx.insertDeployment(sampleNewDeployment({ id: deploymentId("old"), pool: "prod", deletedAt: 1 }));
    await tx.deletePool("prod");
  });
  for (const pool of ["bare", "prod"]) {
    expect((await stand.reply(DeploymentPage, 200, list(pool))).deployments).toEqual([]);
  }
});

test("before the first look at the cloud no realm is wrong", async () => {
  const stand = await createStand();
  const page = await stand.reply(OfferPage, 200, { path: "/v1/accounts/east/offers?realm=x" });
  expect(page).toEqual({ offers: [], next: null });
});
