import { expect, test } from "vitest";
import { Account } from "../../contract/account.ts";
import { NO_LIMIT, SAMPLE_TIME, at } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const account = Account.parse({
  id: "a1",
  name: "lab",
  provider: "sim",
  settings: { url: "http://127.0.0.1:7071", latencyMs: 5 },
  enabled: true,
  health: "unknown",
  healthText: "it has not answered since",
  healthAt: at(0),
  alert: null,
  limit: { ...NO_LIMIT, instances: 10, memoryMib: 2048, hourlyCost: 1.5 },
  images: { web: "nginx-1" },
  realms: { east: "eu-1" },
  pools: ["default", "prod"],
  openMachines: 1,
  parallelCalls: 4,
  callsUnderWay: 2,
  callsPerMinute: 30,
  pausedUntil: at(90),
  quotas: [],
  usageAt: at(30),
  offersAt: at(30),
  createdAt: at(-7200),
});
const quota = { realm: null, limit: 20, used: 3, held: 0 };
const usage = {
  askedAt: at(30),
  quotas: [
    { ...quota, dimension: "instances", held: 2 },
    { ...quota, dimension: "cpu", limit: null, used: 0 },
    { ...quota, dimension: "memoryMib", limit: 65_536, used: 4096 },
    { ...quota, dimension: "cpu/standard", realm: "eu-1", limit: null, used: 6 },
  ],
  realms: ["eu-1", "eu-2"],
  images: [
    { realm: "eu-1", choice: "debian-12", image: "img-1", text: null },
    { realm: "eu-2", choice: "debian-12", image: "img-1", text: null },
    { realm: "eu-2", choice: "nginx-1", image: null, text: null },
  ],
};
const offer = {
  realm: "eu-1",
  size: "small",
  cpu: 1,
  memoryMib: 1024,
  storageGib: 20,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
  family: null,
  spot: false,
  hourlyCost: 0.02,
  cut: null,
};
const offers = [
  offer,
  { ...offer, realm: "eu-2", size: "gpu", accelerators: 2, acceleratorKind: "a100", hourlyCost: null },
  { ...offer, realm: "eu-2", size: "gpu/spot", accelerators: 1, spot: true, hourlyCost: 0.4 },
  {
    ...offer,
    realm: "eu-2",
    size: "custom",
    cut: {
      hourlyCostPerCpu: 0.1,
      hourlyCostPerGib: null,
      step: { cpu: 1, memoryMib: 256, storageGib: null },
    },
  },
];
const known = {
  "GET /v1/accounts/lab/usage": { json: usage },
  "GET /v1/accounts/lab/offers?limit=20": { json: { offers, next: "more" } },
};
const block = {
  realm: "eu-2",
  size: "*",
  reason: "capacity",
  text: "no room",
  strikes: 1,
  until: at(120),
  triedBy: null,
};
const blocks = [
  { ...block, account: "lab" },
  { ...block, account: "other" },
];
const now = () => SAMPLE_TIME + 60_000;

test("account show tells all of one account", async () => {
  await using stand = await standWith(
    {
      "GET /v1/accounts/lab": { json: account },
      "GET /v1/blocks": { json: { blocks } },
      ...known,
    },
    now,
  );
  const { out } = await stand.run(["account", "show", "lab"]);
  expect(out.trimEnd().split("\n")).toEqual([
    "lab: sim, unknown as of 1 min 00 s ago",
    "it has not answered since",
    "Added 2 h 01 min ago; in pools default, prod",
    "Holds 1 machine; own limit: 10 instances, 2 GiB, $1.5000 per hour",
    "Calls: 30 in the last minute, 2 of 4 at once now; its cloud throttles: nothing is asked of it for another 30 s",
    "",
    "KIND     NAME       VALUE",
    "setting  url        http://127.0.0.1:7071",
    "setting  latencyMs  5",
    "image    web        nginx-1",
    "realm    east       eu-1",
    "",
    "Used by anybody as its cloud counted 30 s ago; held: by launches, beside that",
    "QUOTA         REALM   USED   HELD   LIMIT",
    "instances     all        3      2      20",
    "memory        all    4 GiB  0 MiB  64 GiB",
    "cpu/standard  eu-1       6      0       -",
    "",
    "Realms: eu-1, eu-2",
    "Images known: debian-12",
    "",
    "REALM  SIZE      CPU  MEMORY  STORAGE  ARCHITECTURE  ACCELERATORS       PER HOUR",
    "eu-1   small       1   1 GiB   20 GiB  x86_64        -                   $0.0200",
    "eu-2   gpu         1   1 GiB   20 GiB  x86_64        2 a100              unknown",
    "eu-2   gpu/spot    1   1 GiB   20 GiB  x86_64        1             $0.4000, spot",
    "eu-2   custom      1   1 GiB   20 GiB  x86_64        -                by measure",
    "",
    "AVOIDED REALM  SIZE  NEXT TRY       WHY",
    "eu-2           all   in 1 min 00 s  capacity was refused: no room",
    "",
    "More offers: slipway account offers lab",
  ]);
  expect((await stand.run(["account", "show", "lab", "--json"])).out).toBe(`${JSON.stringify(account)}\n`);
  const narrow = await stand.run(["account", "show", "lab"], { columns: 60 });
  expect(narrow.out.split("\n").filter((line) => line.length > 60)).toEqual([]);
});

test("account ls notes what stands in an account's way: words of its cloud, and a pause that it asked for", async () => {
  const well = { ...account, health: "healthy", healthText: "one failure is no news" };
  const accounts = [account, { ...well, name: "east" }, { ...well, name: "west", pausedUntil: at(59) }];
  await using stand = await standWith({ "GET /v1/accounts": { json: { accounts } } }, now);
  const { out } = await stand.run(["account", "ls"], { columns: 200 });
  expect(out.split("\n").map((line) => line.slice(line.indexOf(" per hour") + 9).trim())).toEqual([
    expect.stringContaining("NOTE"),
    "it has not answered since; its cloud throttles: nothing is asked of it for another 30 s",
    "its cloud throttles: nothing is asked of it for another 30 s",
    "",
    "",
  ]);
});

test("account ls shortens what a cloud says at length, and says where the whole is", async () => {
  const accounts = [{ ...account, healthText: "x".repeat(2_048), pausedUntil: null }];
  await using stand = await standWith({ "GET /v1/accounts": { json: { accounts } } }, now);
  const { out, err } = await stand.run(["account", "ls"], { columns: 400 });
  expect(out).toMatch(/ x{99}…$/m);
  expect(err).toBe("A text that ends with … is told whole by: slipway account show NAME\n");
});

test("account show of one that is new, without limits, names and offers", async () => {
  const limit = NO_LIMIT;
  const bare = { settings: {}, images: {}, realms: {}, pools: [], pausedUntil: null, offersAt: null, limit };
  const json = { ...account, ...bare, enabled: false, healthText: null, healthAt: null, openMachines: 0 };
  await using stand = await standWith(
    {
      "GET /v1/accounts/lab": { json },
      "GET /v1/blocks": { json: { blocks: [] } },
      "GET /v1/accounts/lab/usage": { json: { askedAt: null, quotas: [], realms: [], images: [] } },
      "GET /v1/accounts/lab/offers?limit=20": { json: { offers: [], next: null } },
    },
    now,
  );
  const { out } = await stand.run(["account", "show", "lab"]);
  expect(out.trimEnd().split("\n")).toEqual([
    "lab: sim, disabled, unknown",
    "Added 2 h 01 min ago; in no pool",
    "Holds 0 machines; own limit: none",
    "Calls: 30 in the last minute, 2 of 4 at once now",
    "",
    "What its cloud counts has not been read yet.",
    "",
    "What its cloud offers has not been read yet.",
  ]);
});

test("account check of several and of all tells each, and fails when one does not work", async () => {
  const check = (name: string) => `POST /v1/accounts/${name}/check`;
  const well = (name: string) => ({
    json: { ...account, name, health: "healthy", realms: {}, madeDue: null, lacking: null },
  });
  await using stand = await standWith({
    "GET /v1/accounts": { json: { accounts: ["lab", "east", "west"].map((name) => ({ ...account, name })) } },
    [check("lab")]: well("lab"),
    [check("east")]: {
      json: { ...account, name: "east", health: "suspended", healthText: "key refused", madeDue: null, lacking: null },
    },
    [check("west")]: well("west"),
    "GET /v1/accounts/lab/usage": { json: usage },
    "GET /v1/accounts/west/usage": { json: usage },
    [check("nope")]: problem("not_found", "There is no account nope."),
  });
  const all = await stand.run(["account", "check", "--all"]);
  expect(all.exitCode).toBe(1);
  expect(all.out.match(/^Account \w+ is healthy/gm)).toEqual(["Account lab is healthy", "Account west is healthy"]);
  expect(all.err).toContain("slipway: account east is suspended: key refused\n");
  const some = await stand.run(["account", "check", "nope", "west", "--json"]);
  expect(some).toMatchObject({ exitCode: 2, err: "slipway: There is no account nope.\n" });
  expect(JSON.parse(some.out)).toMatchObject({ name: "west", health: "healthy" });
  expect((await stand.run(["account", "check"])).exitCode).toBe(2);
  expect((await stand.run(["account", "check", "lab", "--all"])).exitCode).toBe(2);
});

test("account check says what of the account's own where is not there, and fails", async () => {
  const json = {
    ...account,
    health: "healthy",
    realms: {},
    madeDue: null,
    lacking: "the project sees no network shop",
  };
  await using stand = await standWith({
    "POST /v1/accounts/lab/check": { json },
    "GET /v1/accounts/lab/usage": { json: usage },
  });
  const { exitCode, out, err } = await stand.run(["account", "check", "lab"]);
  expect([exitCode, out]).toEqual([1, expect.stringContaining("Account lab is healthy")]);
  expect(err).toContain(
    "slipway: account lab puts machines where they cannot be put: the project sees no network shop\n",
  );
});

test("account check of all of none says so", async () => {
  await using stand = await standWith({ "GET /v1/accounts": { json: { accounts: [] } } });
  expect(await stand.run(["account", "check", "--all"])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("No accounts yet"),
  });
});

test("account offers lists all pages, of one realm when asked", async () => {
  await using stand = await standWith({
    "GET /v1/accounts/lab/offers?limit=1000": { json: { offers: offers.slice(0, 1), next: "more" } },
    "GET /v1/accounts/lab/offers?limit=1000&cursor=more": { json: { offers: offers.slice(1), next: null } },
    "GET /v1/accounts/lab/offers?limit=1000&realm=eu-9": { json: { offers: [], next: null } },
  });
  const { out } = await stand.run(["account", "offers", "lab", "--json"]);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual(offers);
  expect((await stand.run(["account", "offers", "lab"])).out).toContain("gpu/spot");
  expect((await stand.run(["account", "offers", "lab", "--realm", "eu-9"])).out).toBe(
    "Account lab has no offers in eu-9.\n",
  );
});
