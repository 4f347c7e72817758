// Quotas of users and pools: set, held, told when they are near, and in the way.

import { expect, test } from "vitest";
import { MadeToken, User, UserList } from "../../contract/access.ts";
import { Pool } from "../../contract/account.ts";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { type Event, EventPage } from "../../contract/event.ts";
import { Plan } from "../../contract/plan.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const limitOf = (name: string, limit: object) =>
  ({ method: "PATCH", path: `/v1/users/${name}`, body: { limit } }) as const;

/** A user who may launch, and what their requests carry. */
async function ada(stand: Stand) {
  const user = { name: "ada", grants: [{ role: "launcher" }], limit: { deployments: 1 } };
  const made = await stand.reply(User, 201, { method: "POST", path: "/v1/users", body: user });
  expect(made).toMatchObject({ limit: { deployments: 1, instances: null, families: {} }, near: [] });
  const body = { name: "adas", role: "launcher", owner: "ada" };
  const { token } = await stand.reply(MadeToken, 201, { method: "POST", path: "/v1/tokens", body });
  return { as: null, headers: { authorization: `Bearer ${token}` } } as const;
}

const launch = (name: string) =>
  ({ method: "POST", path: "/v1/deployments", body: { name, blueprint: { source: SHOP } } }) as const;

async function near(stand: Stand, id: string): Promise<Partial<Event>[]> {
  const { events } = await stand.reply(EventPage, 200, { path: `/v1/deployments/${id}/events?limit=500` });
  return events.filter(({ kind }) => kind === "quota_near");
}

test("a user's quota is held by what they launch, told when it is near, and keeps out what is beyond it", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const by = await ada(stand);
  const { id } = await stand.reply(Deployment, 201, { ...launch("one"), ...by });
  await stand.clock.advance(60_000);
  expect(await near(stand, id)).toMatchObject([
    { of: "user", name: "ada", quota: "deployments", used: 1, most: 1, text: expect.stringContaining("user ada") },
  ]);
  const [user] = (await stand.reply(UserList, 200, { path: "/v1/users" })).users;
  expect(user).toMatchObject({
    used: { deployments: 1, instances: 2 },
    near: [{ quota: "deployments", used: 1, most: 1 }],
  });
  const beyond =
    "quota of user ada: needs 1 deployment, 1 of 1 is used (raised by an admin with slipway user set ada, or freed when something that ada launched stops)";
  const plan = { method: "POST", path: "/v1/plan", body: { blueprint: { source: SHOP } } } as const;
  expect((await stand.reply(Plan, 200, { ...plan, ...by })).refused).toMatchObject([
    { code: "user_quota", text: beyond },
  ]);
  expect((await stand.reply(Plan, 200, plan)).matches).toHaveLength(1);
  const refused = await stand.problem("over_quota", { ...launch("two"), ...by });
  expect(refused.detail).toBe(`${beyond.charAt(0).toUpperCase()}${beyond.slice(1)}.`);
  const raisedBy = "an admin of all pools, with slipway user set ada";
  expect(refused.over).toEqual([
    { of: "user", name: "ada", quota: "deployments", used: 1, most: 1, needs: 1, raisedBy },
  ]);
  const { deployments } = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" });
  expect(deployments.map(({ name }) => name)).toEqual(["one"]);
  // Raised, it goes; and a limit below what is held ends nothing.
  await stand.reply(User, 200, limitOf("ada", { deployments: 3, hourlyCost: 100, families: { "cpu/general": 900 } }));
  const third = await stand.reply(Deployment, 201, { ...launch("three"), ...by });
  await stand.clock.advance(60_000);
  const lowered = await stand.reply(User, 200, limitOf("ada", { instances: 1 }));
  expect(lowered).toMatchObject({
    limit: { deployments: null, instances: 1 },
    used: { deployments: 2, instances: 4 },
    near: [{ quota: "instances", used: 4, most: 1 }],
  });
  expect((await stand.reply(Deployment, 200, { path: `/v1/deployments/${third.id}` })).state).toBe("running");
});

test("what each user may hold in a pool is theirs alone there, told when it is near, and in the way of a plan that was made before", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const by = await ada(stand);
  await stand.reply(User, 200, limitOf("ada", {}));
  const plan = { method: "POST", path: "/v1/plan", body: { blueprint: { source: SHOP } }, ...by } as const;
  const [first, later] = [await stand.reply(Plan, 200, plan), await stand.reply(Plan, 200, plan)];
  const body = { userLimit: { instances: 3, hourlyCost: 100 } };
  await stand.reply(Pool, 200, { method: "PATCH", path: "/v1/pools/default", body });
  const apply = ({ id }: Plan) => ({ method: "POST", path: `/v1/plans/${id}/apply`, body: {}, ...by }) as const;
  const { id } = await stand.reply(Deployment, 201, apply(first));
  await stand.clock.advance(60_000);
  // Half of it, and of no other's.
  expect(await near(stand, id)).toEqual([]);
  await stand.reply(Deployment, 201, launch("others"));
  const { over, detail } = await stand.problem("over_quota", apply(later));
  expect(over).toMatchObject([
    {
      of: "pool_user",
      name: "ada",
      quota: "instances",
      used: 2,
      most: 3,
      needs: 2,
      raisedBy: "an admin of all pools, with slipway pool set default",
    },
  ]);
  expect(detail).toContain("Quota of user ada in pool default: needs 2 instances, 2 of 3 are used");
});

test("every limit that leaves no room is told, not only the one that is met first", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const by = await ada(stand);
  const limit = { cpu: 0.5, instances: 1, hourlyCost: 0.000_001, deployments: 9, families: { "accelerators/h100": 0 } };
  await stand.reply(User, 200, limitOf("ada", limit));
  const body = { limit: { instances: 1 }, userLimit: { memoryMib: 1 } };
  await stand.reply(Pool, 200, { method: "PATCH", path: "/v1/pools/default", body });
  const { over, detail } = await stand.problem("over_quota", { ...launch("one"), ...by });
  expect(over?.map(({ of, quota, most }) => [of, quota, most])).toEqual([
    ["user", "instances", 1],
    ["user", "cpu", 0.5],
    ["user", "hourlyCost", 0.000_001],
    ["pool_user", "memoryMib", 1],
    ["pool", "instances", 1],
  ]);
  expect(over?.[0]).toMatchObject({ needs: 2, used: 0 });
  for (const text of [
    "needs 2 instances, 0 of 1 are used",
    "of 0.5 are used",
    "in pool default: needs",
    "; own limit of",
  ]) {
    expect(detail).toContain(text);
  }
});

test("dollars that leave no room are a refusal in dollars", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const limit = { hourlyCost: 0.000_001 };
  await stand.reply(Pool, 200, { method: "PATCH", path: "/v1/pools/default", body: { limit } });
  const { over } = await stand.problem("over_quota", launch("one"));
  expect(over).toMatchObject([{ of: "pool", name: "default", quota: "hourlyCost", used: 0, most: 0.000_001 }]);
  expect(over?.[0]?.needs).toBeCloseTo(0.02, 1);
});

test("what a pool holds is shown beside its limit, money in dollars", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const limit = { instances: 100, memoryMib: 5_000, hourlyCost: 0.05, families: { "accelerators/h100": 4 } };
  await stand.reply(Pool, 200, { method: "PATCH", path: "/v1/pools/default", body: { limit } });
  const { id } = await stand.reply(Deployment, 201, launch("one"));
  await stand.clock.advance(60_000);
  const pool = await stand.reply(Pool, 200, { path: "/v1/pools/default" });
  const { hourlyCost, memoryMib } = pool.used;
  expect(pool.used).toMatchObject({
    instances: 2,
    deployments: 1,
    accelerators: 0,
    families: { "accelerators/h100": 0 },
  });
  expect(pool.near).toEqual([
    { quota: "memoryMib", used: memoryMib, most: 5_000 },
    { quota: "hourlyCost", used: hourlyCost, most: 0.05 },
  ]);
  expect(await near(stand, id)).toMatchObject([{ quota: "memoryMib" }, { quota: "hourlyCost", most: 0.05 }]);
});

test("a family that is no name and an amount below nothing are refused with their place", async () => {
  const stand = await createStand();
  await ada(stand);
  for (const [limit, pointer] of [
    [{ families: { "a b": 1 } }, "/limit/families"],
    [{ families: { "cpu/standard": -1 } }, "/limit/families/cpu~1standard"],
    [{ deployments: -1 }, "/limit/deployments"],
    [{ deployments: 1.5 }, "/limit/deployments"],
    [{ instances: 0.5 }, "/limit/instances"],
    [{ accelerators: 2.25 }, "/limit/accelerators"],
  ] as const) {
    const { errors } = await stand.problem("bad_request", limitOf("ada", limit));
    expect(errors?.[0]?.pointer).toContain(pointer);
  }
});
