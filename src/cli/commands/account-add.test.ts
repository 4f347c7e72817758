import { NO_LIMIT, NOTHING_USED } from "../replies.samples.ts";
import { describe, expect, test } from "vitest";
import { problem, standWith } from "../stand.samples.ts";

describe("accounts", () => {
  test("credentials come from standard input and settings are JSON where they read so", async () => {
    await using stand = await standWith({ "POST /v1/accounts": problem("bad_account", "endpoint: is missing.") });
    const argv = [
      "account",
      "add",
      "lab",
      "--provider",
      "sim",
      "--set",
      "latencyMs=5",
      "--set",
      'id="7"',
      "--set",
      "zone=a",
    ];
    const { exitCode } = await stand.run([...argv, "--credential", "key=-"], { stdin: "hidden\n" });
    expect(exitCode).toBe(2);
    expect(stand.requests.at(-1)?.body).toMatchObject({
      settings: { latencyMs: 5, id: "7", zone: "a" },
      credentials: { key: "hidden" },
    });
  });
});

test("where machines are put is given by realm or for all", async () => {
  const names = ["where/*/netwroks", "where/eu~11/key", "where/networks", "a~0b"];
  const errors = names.map((name) => ({ pointer: `/settings/${name}`, detail: "is not known" }));
  const refused = problem("bad_account", "Account lab at provider sim: …", { errors });
  await using stand = await standWith({ "POST /v1/accounts": refused });
  const argv = ["account", "add", "lab", "--provider", "sim", "--set", "url=http://x", "--where", "networks=shop,db"];
  const { err } = await stand.run([...argv, "--where", "eu-1.publicAddress=false"]);
  expect(stand.requests.at(-1)?.body).toMatchObject({
    settings: { url: "http://x", where: { "*": { networks: ["shop", "db"] }, "eu-1": { publicAddress: false } } },
  });
  const told = ["--where netwroks", "--where eu/1.key", "--set where.networks", "--set a~b"];
  expect(err).toContain(told.map((option) => `  ${option}: is not known\n`).join(""));
});

describe("account add", () => {
  const account = {
    id: "a1",
    name: "lab",
    provider: "docker",
    settings: {},
    enabled: true,
    health: "suspended",
    healthText: "the key\u001B[2J is refused",
    healthAt: null,
    alert: null,
    limit: { ...NO_LIMIT, instances: 2 },
    images: {},
    realms: {},
    pools: ["prod"],
    openMachines: 0,
    parallelCalls: 1,
    callsUnderWay: 0,
    callsPerMinute: 0,
    pausedUntil: null,
    quotas: [],
    usageAt: null,
    offersAt: null,
    createdAt: "2026-11-22T10:00:00.000Z",
    madeDue: null,
    lacking: null,
  };
  const limit = NO_LIMIT;
  const retention = { stepsDays: 90, consolesDays: 30, ledgerDays: null };
  const members = [
    { account: "east", group: 0, weight: 5 },
    { account: "lab", group: 0, weight: 0 },
  ];
  const pool = {
    name: "prod",
    enabled: true,
    members,
    limit,
    userLimit: NO_LIMIT,
    used: NOTHING_USED,
    near: [],
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention,
  };
  const script = {
    "POST /v1/accounts": { status: 201, json: account },
    "GET /v1/pools/prod": { json: pool },
    "PATCH /v1/pools/prod": { json: pool },
    "POST /v1/accounts/lab/check": { json: account },
    "GET /v1/accounts/lab/usage": {
      json: {
        askedAt: account.createdAt,
        quotas: [],
        realms: ["a"],
        images: ["x", "y"].map((choice) => ({ realm: "a", choice, image: choice, text: null })),
      },
    },
  };

  test("gives the account its place in the pool, checks it and says how to mend what is wrong", async () => {
    await using stand = await standWith(script);
    const argv = ["account", "add", "lab", "--provider", "docker", "--limit-instances", "2", "--pool", "prod"];
    const { exitCode, out, err } = await stand.run([...argv, "--group", "1", "--weight", "-20"]);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "Added account lab to pool prod.\n" });
    expect(err).toMatch(/^slipway: account lab is suspended: the key is refused\n {2}mend it: slipway account set lab/);
    expect(stand.requests.find(({ method }) => method === "POST")?.body).toMatchObject({
      pool: "prod",
      limit: { instances: 2, cpu: null },
    });
    const patch = stand.requests.find(({ method }) => method === "PATCH");
    expect(patch?.body).toEqual({ members: [members[0], { account: "lab", group: 1, weight: -20 }] });
  });

  test("a healthy account says what it offers", async () => {
    const healthy = { json: { ...account, health: "healthy", offersAt: account.createdAt } };
    await using stand = await standWith({ ...script, "POST /v1/accounts/lab/check": healthy });
    const { exitCode, out } = await stand.run(["account", "check", "lab"]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "Account lab is healthy: 1 realm, 2 images known.\n" });
  });

  test("of images that have not been read yet nothing is said", async () => {
    const healthy = { json: { ...account, health: "healthy", offersAt: account.createdAt } };
    const usage = { json: { ...script["GET /v1/accounts/lab/usage"].json, images: [] } };
    const replies = { ...script, "POST /v1/accounts/lab/check": healthy, "GET /v1/accounts/lab/usage": usage };
    await using stand = await standWith(replies);
    expect((await stand.run(["account", "check", "lab"])).out).toBe("Account lab is healthy: 1 realm.\n");
  });

  test("a limit to realms is given, lifted, and complained of when the cloud has no such realm", async () => {
    const limited = { json: { ...account, health: "healthy", realms: { east: "b" }, offersAt: account.createdAt } };
    await using stand = await standWith({
      ...script,
      "GET /v1/accounts/lab": limited,
      "PATCH /v1/accounts/lab": limited,
      "POST /v1/accounts/lab/check": limited,
    });
    const { exitCode, err } = await stand.run(["account", "add", "lab", "--provider", "docker", "--realm", "east=b"]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^slipway: account lab is limited to realms that its cloud does not have: b\n {2}mend it: /);
    await stand.run(["account", "set", "lab", "--realm", "east=a"]);
    await stand.run(["account", "set", "lab", "--any-realm"]);
    const bodies = stand.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body);
    expect(stand.requests.find(({ method }) => method === "POST")?.body).toMatchObject({ realms: { east: "b" } });
    expect(bodies).toMatchObject([{ realms: { east: "a" } }, { realms: {} }]);
    expect((await stand.run(["account", "set", "lab", "--any-realm", "--realm", "east=a"])).exitCode).toBe(2);
  });

  test("a limit is set, and taken away again with none", async () => {
    await using stand = await standWith({
      ...script,
      "GET /v1/accounts/lab": {
        json: { ...account, limit: { ...NO_LIMIT, instances: 5, memoryMib: 2048 } },
      },
      "PATCH /v1/accounts/lab": { json: account },
    });
    await stand.run(["account", "set", "lab", "--limit-instances", "none", "--limit-cpu", "0.5"]);
    const bodies = stand.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body);
    expect(bodies).toEqual([{ limit: { ...NO_LIMIT, cpu: 0.5, memoryMib: 2048 } }]);
  });

  test("account set keeps what is not named", async () => {
    const before = { ...account, settings: { a: 1, b: "x" }, images: { web: "nginx" } };
    await using stand = await standWith({
      ...script,
      "GET /v1/accounts/lab": { json: before },
      "PATCH /v1/accounts/lab": { json: before },
    });
    await stand.run([
      "account",
      "set",
      "lab",
      "--set",
      "c=true",
      "--unset",
      "b",
      "--image",
      "db=pg",
      "--limit-cpu",
      "8",
    ]);
    expect(stand.requests.find(({ method }) => method === "PATCH")?.body).toEqual({
      settings: { a: 1, c: true },
      images: { web: "nginx", db: "pg" },
      limit: { ...NO_LIMIT, instances: 2, cpu: 8 },
    });
  });
});
