import { expect, test } from "vitest";
import { CheckedAccount } from "../../contract/account.ts";
import { NO_LIMIT, at } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const account = CheckedAccount.parse({
  id: "a1",
  name: "lab",
  provider: "sim",
  settings: { url: "http://127.0.0.1:7071", tenant: "lab" },
  enabled: true,
  health: "healthy",
  healthText: null,
  healthAt: at(0),
  alert: null,
  limit: NO_LIMIT,
  images: {},
  realms: {},
  pools: ["default"],
  openMachines: 2,
  parallelCalls: 4,
  callsUnderWay: 0,
  callsPerMinute: 3,
  pausedUntil: null,
  quotas: [],
  usageAt: null,
  offersAt: null,
  createdAt: at(-7200),
  madeDue: null,
  lacking: null,
});
const { madeDue: _, lacking: __, ...shown } = account;
const LAB = "/v1/accounts/lab";
const usage = { askedAt: null, quotas: [], realms: [], images: [] };
const GET = { [`GET ${LAB}`]: { json: shown }, [`GET ${LAB}/usage`]: { json: usage } };

test("account set says what waited for the account and is tried now, and asks its cloud only once", async () => {
  const mended = { ...account, madeDue: { debts: 2, calls: 1, launches: 0 } };
  await using stand = await standWith({ ...GET, [`PATCH ${LAB}`]: { json: mended } });
  const { out, exitCode } = await stand.run(["account", "set", "lab", "--credential", "key=right"]);
  expect(out.split("\n")).toEqual([
    "Changed account lab.",
    "Account lab is healthy: its offers are still being read.",
    "What waited for it is tried now: 2 machines that should be gone and 1 call that was put off.",
    "",
  ]);
  expect(exitCode).toBe(0);
  expect(stand.requests.findLast(({ method }) => method === "PATCH")).toMatchObject({
    method: "PATCH",
    body: { credentials: { key: "right" } },
  });
});

test.each([
  [0, true],
  [4, false],
])("a check that fails offers the removal only of an account without machines: %i", async (openMachines, isOffered) => {
  const suspended = { ...account, openMachines, health: "suspended", healthText: "wrong key" };
  await using stand = await standWith({ ...GET, [`POST ${LAB}/check`]: { json: suspended } });
  const { err } = await stand.run(["account", "check", "lab"]);
  expect(err.includes("or remove it: slipway account rm lab")).toBe(isOffered);
});

test("account set of an account without machines has its cloud asked afterwards", async () => {
  const check = { [`POST ${LAB}/check`]: { json: { ...account, health: "suspended", healthText: "wrong key" } } };
  await using stand = await standWith({ ...GET, [`PATCH ${LAB}`]: { json: account }, ...check });
  const { err, exitCode } = await stand.run(["account", "set", "lab", "--credential", "key=wrong"]);
  expect(err).toContain("account lab is suspended: wrong key");
  expect(exitCode).toBe(1);
});

test("account check says what is tried now", async () => {
  const checked = { ...account, madeDue: { debts: 0, calls: 0, launches: 1 } };
  await using stand = await standWith({ ...GET, [`POST ${LAB}/check`]: { json: checked } });
  const { out } = await stand.run(["account", "check", "lab"]);
  expect(out).toContain("What waited for it is tried now: 1 launch that looks for an account.\n");
});

test("account set is refused with the option that answers the refusal", async () => {
  const refusals = [
    problem("in_use", "Account lab holds 2 machines.", { errors: [{ pointer: "/sameCloud", detail: "true says so" }] }),
    problem("unproven", "Its cloud refuses them.", { errors: [{ pointer: "/force", detail: "true stores them" }] }),
    problem("bad_account", "url: is missing", { errors: [{ pointer: "/settings/url", detail: "is missing" }] }),
  ];
  await using stand = await standWith({ ...GET, [`PATCH ${LAB}`]: refusals });
  const set = () => stand.run(["account", "set", "lab", "--set", "url=http://new"]);
  expect((await set()).err).toBe(
    "slipway: Account lab holds 2 machines.\n  when the new settings lead to the same cloud, say so: --same-cloud\n",
  );
  expect((await set()).err).toBe("slipway: Its cloud refuses them.\n  to store them all the same: --force\n");
  expect((await set()).err).toBe(
    "slipway: url: is missing\n  what an account there needs: slipway provider show sim\n",
  );
});

test("account set hands its answers on, and none without a question", async () => {
  const patched = { ...account, madeDue: { debts: 0, calls: 0, launches: 0 } };
  await using stand = await standWith({ ...GET, [`PATCH ${LAB}`]: { json: patched } });
  const set = (...more: string[]) => stand.run(["account", "set", "lab", ...more]);
  const { out } = await set("--set", "url=http://new", "--same-cloud", "--force");
  expect(out).not.toContain("waited");
  expect(stand.requests.findLast(({ method }) => method === "PATCH")?.body).toMatchObject({
    settings: { url: "http://new", tenant: "lab" },
    sameCloud: true,
    force: true,
  });
  await set("--unset", "tenant", "--same-cloud");
  expect(stand.requests.findLast(({ method }) => method === "PATCH")?.body).toEqual({
    settings: { url: "http://127.0.0.1:7071" },
    sameCloud: true,
  });
  const idle = [await set("--force"), await set("--same-cloud"), await set("--same-cloud", "--credential", "key=x")];
  expect(idle.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
});

test("account set takes out a secret by its name, and leaves the others", async () => {
  const facts = { label: "L", help: "H.", isRequired: false, example: null, default: null, kind: "text" };
  const fields = [
    { ...facts, name: "tenant", of: "setting" },
    { ...facts, name: "key", of: "credential" },
    { ...facts, name: "pin", of: "credential" },
  ];
  const providers = {
    "GET /v1/providers": { json: { providers: [{ name: "sim", about: "A cloud.", fields, where: [] }] } },
  };
  await using stand = await standWith({ ...GET, ...providers, [`PATCH ${LAB}`]: { json: account } });
  const bodyOf = async (...more: string[]) => {
    await stand.run(["account", "set", "lab", ...more]);
    return stand.requests.findLast(({ method }) => method === "PATCH")?.body;
  };
  expect(await bodyOf("--unset", "pin")).toEqual({ credentials: { pin: null } });
  expect(await bodyOf("--unset", "pin", "--unset", "tenant", "--credential", "key=k")).toEqual({
    settings: { url: "http://127.0.0.1:7071" },
    credentials: { key: "k", pin: null },
  });
});

test("account set keeps the account's placement but for what is named, and shows it by realm", async () => {
  const settings = { ...shown.settings, where: { "*": { networks: ["shop"] }, "eu-1": { key: "ops" } } };
  const before = { ...shown, settings };
  await using stand = await standWith({
    ...GET,
    [`GET ${LAB}`]: { json: before },
    [`PATCH ${LAB}`]: { json: { ...account, madeDue: { debts: 0, calls: 0, launches: 0 } } },
    "GET /v1/blocks": { json: { blocks: [] } },
    [`GET ${LAB}/offers?limit=20`]: { json: { offers: [], next: null } },
  });
  await stand.run(["account", "set", "lab", "--where", "eu-1.key=", "--where", "publicAddress=false"]);
  expect(stand.requests.findLast(({ method }) => method === "PATCH")?.body).toEqual({
    settings: { ...shown.settings, where: { "*": { networks: ["shop"], publicAddress: false } } },
  });
  const { out } = await stand.run(["account", "show", "lab"]);
  expect(out).toMatch(/where +networks +shop\n/);
  expect(out).toMatch(/where +eu-1\.key +ops\n/);
  expect(out).not.toContain("{");
});

test("what is taken out must be known", async () => {
  await using stand = await standWith({ ...GET, "GET /v1/providers": { json: { providers: [] } } });
  const { exitCode, err } = await stand.run(["account", "set", "lab", "--unset", "tennant"]);
  const names = 'did you mean "tenant"? Setting or secrets: tenant, url.';
  expect([exitCode, err]).toEqual([2, `slipway: --unset: there is no setting or secret tennant: ${names}\n`]);
  expect(stand.requests.map(({ method }) => method)).not.toContain("PATCH");
});
