// What pools and users may hold, over a whole launch.

import { expect, test } from "vitest";
import { UNLIMITED } from "../market/amount.ts";
import { describe as sentence } from "../story/describe.ts";
import { fails, PAIR, World } from "../world/world.testsuite.ts";

const warned = (world: World) =>
  world.events.flatMap(({ body }) => (body.kind === "quota_near" ? [sentence(body)] : []));

function begun(limits: Partial<Pick<World, "limit" | "userLimit" | "eachLimit">>): World {
  const world = Object.assign(new World({ blueprint: PAIR }), limits);
  world.settle();
  return world;
}

test("a launch that brings its pool, or who launched it, near a limit tells so once", () => {
  const world = begun({
    limit: { ...UNLIMITED, instances: 2, cpu: 100 },
    userLimit: { ...UNLIMITED, deployments: 1, hourlyMicros: 25_000 },
    eachLimit: { ...UNLIMITED, instances: 2, cpu: 9 },
  });
  const { pool, createdBy } = world.deployment;
  const told = [
    `The quota of user ${createdBy} is used: 1 of 1 deployment`,
    `70 % of the quota of user ${createdBy} is used: $0.0200 of $0.0250 per hour`,
    `The quota of user ${createdBy} in this pool is used: 2 of 2 instances`,
    `The quota of pool ${pool} is used: 2 of 2 instances`,
  ];
  expect(warned(world)).toEqual(told);
  for (const name of ["db", "web"]) world.bringUp(name);
  expect(warned(world)).toEqual(told);
});

test("one that stays away from every limit tells nothing", () => {
  const far = { ...UNLIMITED, instances: 4, deployments: 2 };
  expect(warned(begun({ limit: far, userLimit: far, eachLimit: far }))).toEqual([]);
});

test("the next attempt may hold what the one before gave back, and no more", () => {
  const world = begun({ limit: { ...UNLIMITED, deployments: 1 }, userLimit: { ...UNLIMITED, instances: 2 } });
  world.answer("db", fails());
  world.haulBack();
  expect(world.attempts).toHaveLength(2);
});

test("a launch beyond the quota of who launched it fails, and says whose and how much", () => {
  const world = begun({ userLimit: { ...UNLIMITED, instances: 1 } });
  const { createdBy } = world.deployment;
  expect(world.deployment.state).toBe("failed");
  expect(world.deployment.failure).toContain(
    `quota of user ${createdBy}: needs 2 instances, 0 of 1 are used (raised by an admin with slipway user set ${createdBy}`,
  );
});

test("a launch beyond what each user may hold in its pool fails, and says so", () => {
  const world = begun({ eachLimit: { ...UNLIMITED, deployments: 0 } });
  const { createdBy, pool } = world.deployment;
  expect(world.deployment.failure).toContain(
    `quota of user ${createdBy} in pool ${pool}: needs 1 deployment, 0 of 0 are used (raised for each user there by an admin with slipway pool set ${pool}`,
  );
});
