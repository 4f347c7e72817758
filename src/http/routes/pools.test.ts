import { NO_LIMIT, NOTHING_USED } from "../../cli/replies.samples.ts";
import { expect, test } from "vitest";
import { BlockList } from "../../contract/block.ts";
import { Pool, PoolList, ProfileList } from "../../contract/account.ts";
import { Deployment, Profile } from "../../contract/deployment.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const pool = (name: string, method = "GET", body?: object) => ({ method, path: `/v1/pools/${name}`, body });

test("a pool is made, shown, changed and deleted", async () => {
  const stand = await createStand();
  const members = [{ account: "west", group: 1, weight: -5 }, { account: "east" }];
  const made = await stand.reply(Pool, 201, { method: "POST", path: "/v1/pools", body: { name: "lab", members } });
  expect(made).toEqual({
    name: "lab",
    enabled: true,
    members: [
      { account: "west", group: 1, weight: -5 },
      { account: "east", group: 0, weight: 0 },
    ],
    limit: NO_LIMIT,
    userLimit: NO_LIMIT,
    used: NOTHING_USED,
    near: [],
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention: { stepsDays: 90, consolesDays: 30, ledgerDays: null },
  });
  const off = await stand.reply(Pool, 200, pool("lab", "PATCH", { enabled: false }));
  expect(off).toEqual({ ...made, enabled: false });
  const limits = { limit: { cpu: 4 }, userLimit: { hourlyCost: 0.5 } };
  const small = await stand.reply(Pool, 200, pool("lab", "PATCH", { members: [], ...limits }));
  const [limit, userLimit] = [
    { ...NO_LIMIT, cpu: 4 },
    { ...NO_LIMIT, hourlyCost: 0.5 },
  ];
  expect(small).toEqual({ ...off, members: [], limit, userLimit });
  expect(await stand.reply(Pool, 200, pool("lab"))).toEqual(small);
  const { pools } = await stand.reply(PoolList, 200, { path: "/v1/pools", as: "viewer" });
  expect(pools.map(({ name }) => name)).toEqual(["default", "lab"]);
  expect((await stand.ask(pool("lab", "DELETE"))).status).toBe(204);
  await stand.problem("not_found", pool("lab"));
  await stand.problem("not_found", pool("lab", "DELETE"));
  await stand.problem("not_found", pool("lab", "PATCH", {}));
});

test("how long a pool keeps what has ended is set field by field, and never to nothing", async () => {
  const stand = await createStand();
  const set = (retention: object) => pool("default", "PATCH", { retention });
  const { retention } = await stand.reply(Pool, 200, set({ stepsDays: null, ledgerDays: 365 }));
  expect(retention).toEqual({ stepsDays: null, consolesDays: 30, ledgerDays: 365 });
  const again = await stand.reply(Pool, 200, set({ consolesDays: 1 }));
  expect(again.retention).toEqual({ stepsDays: null, consolesDays: 1, ledgerDays: 365 });
  for (const wrong of [{ stepsDays: 0 }, { stepsDays: 1.5 }, { ledgerDays: 36_501 }]) {
    await stand.problem("bad_request", set(wrong));
  }
  await stand.problem("unknown_field", set({ stepDays: 1 }));
  expect((await stand.reply(Pool, 200, pool("default"))).retention).toEqual(again.retention);
});

test("members must exist, once each, and names must be free", async () => {
  const stand = await createStand();
  const make = (name: string, members: object[]) => ({ method: "POST", path: "/v1/pools", body: { name, members } });
  const { errors } = await stand.problem("bad_request", make("lab", [{ account: "east" }, { account: "wets" }]));
  const detail = 'there is no account wets: did you mean "west"? Accounts: east, west.';
  expect(errors).toEqual([{ pointer: "/members/1/account", detail }]);
  const far = await stand.problem("bad_request", make("lab", [{ account: "lab-7" }]));
  expect(far.errors[0]?.detail).toBe("there is no account lab-7. Accounts: east, west.");
  await stand.problem("bad_request", make("lab", [{ account: "east" }, { account: "east" }]));
  await stand.problem("bad_request", make("lab", [{ account: "east", weight: 101 }]));
  await stand.problem("name_taken", make("default", []));
});

test("a pool in which something is up is not deleted", async () => {
  const stand = await createStand();
  await stand.reply(Deployment, 201, {
    method: "POST",
    path: "/v1/deployments",
    body: { blueprint: { source: SHOP } },
  });
  const { detail } = await stand.problem("in_use", pool("default", "DELETE"));
  expect(detail).toContain("shop");
});

test("a hardware profile is made, replaced, used by name and deleted", async () => {
  const stand = await createStand();
  const put = (body: object) => ({ method: "PUT", path: "/v1/profiles/tiny", body });
  const tiny = await stand.reply(Profile, 200, put({ cpu: 1, memoryMib: 512 }));
  expect(tiny).toEqual({
    name: "tiny",
    cpu: 1,
    memoryMib: 512,
    storageGib: 0,
    architecture: "x86_64",
    accelerators: 0,
    acceleratorKind: null,
  });
  await stand.reply(Profile, 200, put({ cpu: 2, memoryMib: 512 }));
  const { profiles } = await stand.reply(ProfileList, 200, { path: "/v1/profiles", as: "viewer" });
  expect(profiles.find(({ name }) => name === "tiny")?.cpu).toBe(2);
  const source = SHOP.replaceAll("profile: small", "profile: tiny");
  await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body: { blueprint: { source } } });
  expect((await stand.ask({ method: "DELETE", path: "/v1/profiles/tiny" })).status).toBe(204);
  await stand.problem("not_found", { method: "DELETE", path: "/v1/profiles/tiny" });
  await stand.problem("bad_request", put({ cpu: 0, memoryMib: 512 }));
});

test("a refusal is remembered, shown and forgotten on wish", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full }]);
  await stand.ask({ method: "POST", path: "/v1/deployments", body: { blueprint: { source: SHOP } } });
  await stand.clock.advance(10_000);
  const { blocks } = await stand.reply(BlockList, 200, { path: "/v1/blocks", as: "viewer" });
  expect(blocks).toMatchObject([{ account: "east", realm: "east-1", reason: "capacity", strikes: 1, triedBy: null }]);
  const { account = "", realm = "", size = "", reason = "" } = blocks[0] ?? {};
  const path = `/v1/blocks?${new URLSearchParams({ account, realm, size, reason }).toString()}`;
  expect((await stand.ask({ method: "DELETE", path })).status).toBe(204);
  expect((await stand.reply(BlockList, 200, { path: "/v1/blocks" })).blocks).toEqual([]);
  await stand.problem("not_found", { method: "DELETE", path });
  await stand.problem("bad_request", { method: "DELETE", path: "/v1/blocks?account=east" });
});
