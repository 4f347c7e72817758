// Clouds that hang take nothing from those that answer.

import { expect, test } from "vitest";
import { accountId, deploymentId, type DeploymentId } from "../core/ids.ts";
import { sampleNewDeployment, samplePool } from "../ports/store.samples.ts";
import { createWorld, flockBlueprint, ONE_SIZE, type World } from "./world.testsuite.ts";

const HANGING = ["north", "south"] as const;
const ROOMY = { cpu: 1e5, memoryMib: 1e9, storageGib: 1e9 };

/** A launch at this account alone. */
async function launchAt(world: World, account: string, count: number): Promise<DeploymentId> {
  const id = deploymentId(`dep-${account}`);
  await world.store.write(async (tx) => {
    const now = await tx.now();
    await tx.putPool(
      samplePool({ name: account, members: [{ account: accountId(`acc-${account}`), group: 0, weight: 0 }] }),
    );
    const row = {
      id,
      name: account,
      pool: account,
      blueprint: flockBlueprint(count),
      createdAt: now,
      since: now,
      wakeAt: now,
    };
    await tx.insertDeployment(sampleNewDeployment(row));
  });
  return id;
}

const cloud = (name: string) => ({
  name,
  sizes: ONE_SIZE,
  realms: [{ name: `${name}-1`, images: ["debian-12"], hosts: [ROOMY] }],
});

test("a launch at a cloud that answers takes no longer beside launches at clouds that hang", async () => {
  const world = await createWorld({ clouds: [...HANGING, "west"].map(cloud) });
  await world.engine().start();
  await world.clock.advance(5_000);
  for (const name of HANGING) {
    world.operator(name).addFaults([{ on: "any", times: "always", do: { kind: "lose_request" } }]);
    await launchAt(world, name, 100);
  }
  await world.clock.advance(20_000);
  const begun = world.clock.now();
  const id = await launchAt(world, "west", 10);
  while ((await world.deployment(id)).state !== "running") await world.clock.advance(100);
  expect(world.clock.now() - begun).toBeLessThan(5_000);
  await world.clock.advance(120_000);
  // What hangs is asked for less and less at once.
  for (const name of HANGING) expect((await world.account(name)).limiter.parallel).toBeLessThan(3);
});

/** How long a launch of ten takes at a cloud that answers, a second after so many others began to hang, in simulated time. */
async function launchBeside(hanging: number, parallel: number): Promise<number> {
  const others = Array.from({ length: hanging }, (_, no) => `north-${no}`);
  const world = await createWorld({ clouds: [...others, "west"].map(cloud) });
  await world.engine().start();
  await world.clock.advance(5_000);
  for (const name of others) {
    world.operator(name).addFaults([{ on: "any", times: "always", do: { kind: "lose_request" } }]);
    await world.store.write((tx) => tx.setLimiter(accountId(`acc-${name}`), { parallel, pausedUntil: null }));
    await launchAt(world, name, 40);
  }
  await world.clock.advance(1_000);
  const begun = world.clock.now();
  const id = await launchAt(world, "west", 10);
  for (let step = 0; step < 600 && (await world.deployment(id)).state !== "running"; step += 1)
    await world.clock.advance(100);
  return world.clock.now() - begun;
}

test.each([
  ["all of which have been quick until then", 32],
  ["each of which may have a few calls in flight", 8],
])("sixty clouds that hang, %s, slow it by no more than the time of one call", async (_, parallel) => {
  const CALL_MS = 100;
  expect(await launchBeside(60, parallel)).toBeLessThanOrEqual((await launchBeside(0, parallel)) + CALL_MS);
});
