import { expect, test } from "vitest";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { DAY_MS } from "../../core/people/retention.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

test("a deployment without its attempts and machines is still told, and what it cost is not made up", async () => {
  const stand = await createStand();
  const engine = stand.engine();
  await engine.start();
  await stand.clock.advance(1_000);
  const body = { blueprint: { source: SHOP } };
  const { id } = await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body });
  await stand.clock.advance(20_000);
  const path = `/v1/deployments/${id}`;
  await stand.ask({ method: "DELETE", path: `${path}?stop=true` });
  await stand.clock.advance(30_000);
  const before = await stand.reply(Deployment, 200, { path });
  expect(before).toMatchObject({ state: "stopped", launchEndedAt: expect.any(String), actions: [] });
  expect(before.cost.total).toBeGreaterThan(0);
  await engine.stop();
  await stand.ask({ method: "PATCH", path: "/v1/pools/default", body: { retention: { ledgerDays: 1 } } });
  await stand.clock.advance(2 * DAY_MS);
  const taken = await stand.store.write((tx) => tx.prune({ deployments: 1, rows: 1000 }));
  expect(taken.machines).toBe(before.machines.length);
  const after = await stand.reply(Deployment, 200, { path });
  expect(after).toEqual({
    ...before,
    account: null,
    launchEndedAt: null,
    kept: { stepsFrom: 1, consolesGoneAt: expect.any(String), ledgerGoneAt: expect.any(String) },
    instances: before.instances.map((one) => ({
      ...one,
      account: null,
      externalId: null,
      realm: null,
      size: null,
      privateAddress: null,
      publicAddress: null,
    })),
    attempts: [],
    machines: [],
    cost: { total: null, perHour: 0, failedAttempts: null, unpriced: 0, unpricedNow: 0 },
  });
  const { deployments } = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments?deleted=true" });
  expect(deployments).toMatchObject([{ id, account: null, launchEndedAt: null, final: true }]);
});
