import { expect, test } from "vitest";
import { NO_LIMIT, NOTHING_USED } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const AT = "2026-11-22T10:00:00.000Z";

test("user and group commands send what was given, and say what it comes to", async () => {
  const grants = [
    { role: "viewer", pool: null },
    { role: "operator", pool: "web" },
  ];
  const near = [{ quota: "deployments", used: 3, most: 4 }];
  const quota = { limit: { ...NO_LIMIT, deployments: 4 }, used: NOTHING_USED, near };
  const known = { name: "ada", enabled: true, groups: ["crew"], provider: null, claims: [], grants, createdAt: AT };
  const ada = { ...known, limit: NO_LIMIT, used: NOTHING_USED, near: [] };
  await using stand = await standWith({
    "POST /v1/users": { status: 201, json: ada },
    "PATCH /v1/users/ada": { json: { ...ada, enabled: false } },
    "GET /v1/users": {
      json: {
        users: [
          { ...ada, ...quota },
          { ...ada, name: "bob", enabled: false },
        ],
      },
    },
    "POST /v1/groups": { status: 201, json: { name: "crew", claim: null, grants, createdAt: AT } },
    "PATCH /v1/groups/crew": { json: { name: "crew", claim: null, grants: [], createdAt: AT } },
    "GET /v1/groups": { json: { groups: [{ name: "crew", claim: null, grants, createdAt: AT }] } },
    "DELETE /v1/users/ada": {},
    "DELETE /v1/groups/crew": {},
  });
  const given = ["--grant", "viewer", "--grant", "operator@web"];
  const said = async (...line: string[]) => (await stand.run(line)).out;
  expect(await said("user", "add", "ada", "--group", "crew", ...given)).toBe(
    "Added user ada, who may: viewer, operator@web, and through crew.\n",
  );
  expect(await said("user", "set", "ada", "--disable")).toBe("User ada is locked out.\n");
  expect(await said("user", "ls")).toMatch(
    /ada +viewer, operator@web +crew +4 deployments +3 of 4 deployments\nbob +locked out +crew +-\n/,
  );
  expect(await said("group", "add", "crew", ...given)).toBe(
    "Made group crew, whose users may: viewer, operator@web.\n",
  );
  expect(await said("group", "set", "crew", "--no-grants")).toBe("Group crew: its users may: nothing.\n");
  expect(await said("group", "ls")).toContain("operator@web");
  expect(await said("user", "rm", "ada")).toBe("Removed user ada.\n");
  expect(await said("group", "rm", "crew")).toBe("Removed group crew.\n");
});

test("a user's quota is changed where it is named, and stays where it is not", async () => {
  const ada = { name: "ada", enabled: true, groups: [], provider: null, claims: [], grants: [], createdAt: AT };
  const before = { ...NO_LIMIT, cpu: 8, families: { "cpu/standard": 4, "accelerators/h100": 2 } };
  const limit = { ...NO_LIMIT, hourlyCost: 1.5, memoryMib: 2048, accelerators: 1, families: { "cpu/standard": 9 } };
  await using stand = await standWith({
    "GET /v1/users": { json: { users: [{ ...ada, limit: before, used: NOTHING_USED, near: [] }] } },
    "PATCH /v1/users/ada": { json: { ...ada, limit, used: NOTHING_USED, near: [] } },
  });
  const given = ["--limit-cpu", "none", "--limit-storage-gib", "50", "--limit-hourly", "1.5"];
  const families = ["--limit-family", "cpu/standard=9", "--limit-family", "accelerators/h100=none"];
  const { out } = await stand.run(["user", "set", "ada", ...given, ...families]);
  expect(stand.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([
    { limit: { ...NO_LIMIT, storageGib: 50, hourlyCost: 1.5, families: { "cpu/standard": 9 } } },
  ]);
  expect(out).toBe("User ada may: nothing; quota: 2 GiB, 1 accelerator, $1.5000 per hour, 9 cpu/standard.\n");
  for (const wrong of ["cpu", "=3", "a/b/c=1", "cpu/standard=many"]) {
    const { exitCode, err } = await stand.run(["user", "set", "ada", "--limit-family", wrong]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("--limit-family")]);
  }
});

test("grants that are none are refused before anybody is asked", async () => {
  await using stand = await standWith({});
  for (const [line, told] of [
    [["user", "add", "ada", "--grant", "root"], "must be one of viewer, launcher, operator, admin"],
    [["user", "add", "ada", "--grant", "viewer@"], "must be a role, or ROLE@POOL"],
    [["user", "set", "ada"], "nothing to change"],
    [["user", "set", "ada", "--enable", "--disable"], "give one of them"],
    [["token", "add", "ci", "--role", "viewer", "--expires", "soon"], "--expires soon"],
  ] as const) {
    const { exitCode, err } = await stand.run([...line]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(told)]);
  }
});

test("tokens are listed with where they count, whose they are, their use and their end", async () => {
  const token = { role: "launcher", pool: "web", createdBy: "root", createdAt: AT } as const;
  await using stand = await standWith({
    "GET /v1/tokens": {
      json: {
        tokens: [
          { name: "ci", ...token, owner: null, expiresAt: AT, lastUsedAt: null },
          { name: "laptop", ...token, pool: null, owner: "ada", expiresAt: null, lastUsedAt: AT },
        ],
      },
    },
  });
  const { out } = await stand.run(["token", "ls"]);
  expect(out).toMatch(/ci +launcher@web .* never +is over/);
  expect(out).toMatch(/laptop +launcher +ada/);
});
