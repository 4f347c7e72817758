import { expect, test } from "vitest";
import { Account } from "../../contract/account.ts";
import { at, SAMPLE_TIME } from "../replies.samples.ts";
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
  limit: { instances: 10, cpu: null, memoryMib: 2048 },
  images: { web: "nginx-1" },
  realms: { east: "eu-1" },
  pools: ["default", "prod"],
  openMachines: 1,
  parallelCalls: 4,
  callsUnderWay: 2,
  callsPerMinute: 30,
  pausedUntil: at(90),
  catalogue: {
    realms: ["eu-1", "eu-2"],
    sizes: [
      {
        name: "small",
        cpu: 1,
        memoryMib: 1024,
        storageGib: 20,
        architecture: "x86_64",
        accelerators: 0,
        hourlyCost: 0.02,
        realms: ["eu-1", "eu-2"],
      },
      {
        name: "large",
        cpu: 8,
        memoryMib: 16_384,
        storageGib: 80,
        architecture: "arm64",
        accelerators: 0,
        hourlyCost: 0.4,
        realms: ["eu-2"],
      },
    ],
    flexible: null,
    images: ["debian-12", "nginx-1"],
    limit: { instances: 20, cpu: null, memoryMib: 65_536 },
    used: { instances: 3, cpu: 6, memoryMib: 4096 },
    sharesLoopback: false,
    userDataBytesMost: 16_384,
    readAt: at(30),
  },
  createdAt: at(-7200),
});
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
    },
    now,
  );
  const { out } = await stand.run(["account", "show", "lab"]);
  expect(out.trimEnd().split("\n")).toEqual([
    "lab: sim, unknown as of 1 min 00 s ago",
    "it has not answered since",
    "Added 2 h 01 min ago; in pools default, prod",
    "Holds 1 machine; own limit: 10 instances, 2 GiB",
    "Used at its cloud, by anybody: 3 of 20 instances, 6 cpu, 4 GiB of 64 GiB; read 30 s ago",
    "Calls: 30 in the last minute, 2 of 4 at once now; its cloud asked for a pause: 30 s left",
    "",
    "KIND     NAME       VALUE",
    "setting  url        http://127.0.0.1:7071",
    "setting  latencyMs  5",
    "image    web        nginx-1",
    "realm    east       eu-1",
    "",
    "Realms: eu-1, eu-2",
    "Images: debian-12, nginx-1",
    "",
    "SIZE   CPU  MEMORY  STORAGE  ARCHITECTURE  PER HOUR  REALMS",
    "small    1   1 GiB   20 GiB  x86_64         $0.0200  all",
    "large    8  16 GiB   80 GiB  arm64          $0.4000  eu-2",
    "",
    "AVOIDED REALM  SIZE  NEXT TRY       WHY",
    "eu-2           all   in 1 min 00 s  capacity was refused: no room",
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
  expect(out.split("\n").map((line) => line.slice(line.indexOf("GiB") + 3).trim())).toEqual([
    expect.stringContaining("NOTE"),
    "it has not answered since; its cloud asked for a pause: 30 s left",
    "its cloud asked for a pause: 30 s left",
    "",
    "",
  ]);
});

test("account show of one that is new, without limits, names and offers", async () => {
  const limit = { instances: null, cpu: null, memoryMib: null };
  const bare = { settings: {}, images: {}, realms: {}, pools: [], pausedUntil: null, catalogue: null, limit };
  const json = { ...account, ...bare, enabled: false, healthText: null, healthAt: null, openMachines: 0 };
  await using stand = await standWith(
    {
      "GET /v1/accounts/lab": { json },
      "GET /v1/blocks": { json: { blocks: [] } },
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
    "What its cloud offers has not been read yet.",
  ]);
});

test("account check of several and of all tells each, and fails when one does not work", async () => {
  const check = (name: string) => `POST /v1/accounts/${name}/check`;
  const well = (name: string) => ({ json: { ...account, name, health: "healthy", realms: {}, madeDue: null } });
  await using stand = await standWith({
    "GET /v1/accounts": { json: { accounts: ["lab", "east", "west"].map((name) => ({ ...account, name })) } },
    [check("lab")]: well("lab"),
    [check("east")]: {
      json: { ...account, name: "east", health: "suspended", healthText: "key refused", madeDue: null },
    },
    [check("west")]: well("west"),
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

test("account check of all of none says so", async () => {
  await using stand = await standWith({ "GET /v1/accounts": { json: { accounts: [] } } });
  expect(await stand.run(["account", "check", "--all"])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("No accounts yet"),
  });
});
