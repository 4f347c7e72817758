import { NO_LIMIT } from "../../cli/replies.samples.ts";
import { expect, test } from "vitest";
import { Account, AccountList, AccountUsage, CheckedAccount, OfferPage, PoolList } from "../../contract/account.ts";
import { accountId } from "../../core/ids.ts";
import { sampleMachine, sampleNewDeployment } from "../../ports/store.samples.ts";
import { createStand, type Stand } from "../stand.testsuite.ts";

const EAST = {
  name: "new",
  provider: "sim",
  settings: { url: "http://127.0.0.1:1", tenant: "east" },
  credentials: { key: "east-key" },
};
const post = (body: object) => ({ method: "POST", path: "/v1/accounts", body }) as const;
const patch = (name: string, body: object) => ({ method: "PATCH", path: `/v1/accounts/${name}`, body }) as const;
const check = (name: string) => ({ method: "POST", path: `/v1/accounts/${name}/check` }) as const;

/** Checks the account while the simulated cloud's time goes on. */
function checked(stand: Stand, name: string): Promise<CheckedAccount> {
  return stand.meanwhile(stand.reply(CheckedAccount, 200, check(name)));
}

/** Gives the account a machine in the ledger. */
async function holdMachine(stand: Stand, name: string, isClosed = false): Promise<void> {
  const row = sampleNewDeployment();
  const machine = sampleMachine({
    account: accountId(`acc-${name}`),
    deployment: null,
    instance: null,
    state: "made",
    externalId: "x",
    madeAt: 1,
  });
  await stand.store.write(async (tx) => {
    await tx.insertDeployment(row);
    await tx.putStray(machine);
    if (isClosed) await tx.putStray({ ...machine, state: "gone", closedAt: 2, call: null, callAt: null });
  });
}

test("an account says how often its cloud is called, and how many calls wait for their answer", async () => {
  const stand = await createStand();
  const calls = async () => {
    const { callsPerMinute, callsUnderWay } = await stand.reply(Account, 200, { path: "/v1/accounts/east" });
    return { callsPerMinute, callsUnderWay };
  };
  expect(await calls()).toEqual({ callsPerMinute: 0, callsUnderWay: 0 });
  await stand.store.write((tx) => tx.claimPolls(9, 60_000));
  expect(await calls()).toEqual({ callsPerMinute: 1, callsUnderWay: 0 });
});

test("an account is added, listed, put into a pool, and its credentials are shown nowhere", async () => {
  const stand = await createStand();
  const made = await stand.reply(
    Account,
    201,
    post({ ...EAST, pool: "lab", newPool: true, images: { "debian-13": "img" }, limit: { cpu: 8 } }),
  );
  expect(made).toMatchObject({
    name: "new",
    provider: "sim",
    enabled: true,
    health: "unknown",
    limit: { ...NO_LIMIT, cpu: 8 },
    images: { "debian-13": "img" },
    pools: ["lab"],
    openMachines: 0,
    offersAt: null,
    quotas: [],
  });
  const answers = [await stand.ask({ path: "/v1/accounts" }), await stand.ask({ path: "/v1/accounts/new" })];
  expect(JSON.stringify(answers)).not.toContain("east-key");
  const { accounts } = await stand.reply(AccountList, 200, { path: "/v1/accounts", as: "viewer" });
  expect(accounts.map(({ name }) => name)).toEqual(["east", "new", "west"]);
  const { pools } = await stand.reply(PoolList, 200, { path: "/v1/pools" });
  expect(pools.find(({ name }) => name === "lab")?.members).toEqual([{ account: "new", group: 0, weight: 0 }]);
  const sealed = await stand.store.read((tx) => tx.credentials(accountId(made.id)));
  expect(sealed).not.toContain("east-key");
});

test("what is written down wrongly is refused with the remedy, and nothing is stored", async () => {
  const stand = await createStand();
  const unknown = await stand.problem("bad_account", post({ ...EAST, provider: "simm" }));
  expect(unknown.errors).toEqual([
    { pointer: "/provider", detail: 'there is no provider simm: did you mean "sim"? Providers: sim.' },
  ]);
  const missing = await stand.problem("bad_account", post({ ...EAST, settings: { tenant: "east" } }));
  expect(missing.detail).toContain("url: is missing");
  const several = await stand.problem("bad_account", post({ ...EAST, settings: { tenat: "east" } }));
  expect(several.errors).toEqual([
    { pointer: "/settings/tenat", detail: expect.stringContaining("did you mean tenant?") },
    { pointer: "/settings/url", detail: expect.stringContaining("is missing") },
  ]);
  const leaky = await stand.problem("bad_account", post({ ...EAST, settings: { ...EAST.settings, "east-key": 1 } }));
  expect(JSON.stringify(leaky)).not.toContain("east-key");
  await stand.problem("bad_name", post({ ...EAST, name: "Not A Name" }));
  await stand.problem("name_taken", post({ ...EAST, name: "east" }));
  const { detail } = await stand.problem("bad_pool", post({ ...EAST, pool: "defualt" }));
  expect(detail).toContain('there is no pool defualt: did you mean "default"? Pools: default. newPool makes one');
  await stand.problem("not_found", { path: "/v1/accounts/new" });
});

test("a change of credentials leaves those that it does not name, and null takes one out", async () => {
  const stand = await createStand();
  const change = (credentials: object) => ({ method: "PATCH", path: "/v1/accounts/east", body: { credentials } });
  const { errors } = await stand.problem("bad_account", change({ more: "a-secret" }));
  expect(errors.map(({ pointer }) => pointer)).toEqual(["/credentials/more"]);
  await stand.reply(CheckedAccount, 200, change({}));
  expect(await checked(stand, "east")).toMatchObject({ health: "healthy" });
  const { detail } = await stand.problem("bad_account", change({ key: null }));
  expect(detail).toContain("key: is missing");
});

test("a check contacts the cloud and keeps what it said", async () => {
  const stand = await createStand();
  const healthy = await checked(stand, "east");
  expect(healthy).toMatchObject({ health: "healthy", healthText: null });
  expect(healthy.offersAt).not.toBeNull();
  const usage = await stand.reply(AccountUsage, 200, { path: "/v1/accounts/east/usage", as: "viewer" });
  expect(usage.realms).toEqual(["east-1"]);
  expect(usage.askedAt).not.toBeNull();
  const first = await stand.reply(OfferPage, 200, { path: "/v1/accounts/east/offers?limit=1", as: "viewer" });
  const next = `/v1/accounts/east/offers?limit=1&cursor=${first.next}`;
  const second = await stand.reply(OfferPage, 200, { path: next, as: "viewer" });
  expect([first, second].map(({ offers }) => offers[0]?.size)).toEqual(["large", "medium"]);
  const nowhere = await stand.problem("bad_request", { path: "/v1/accounts/east/offers?realm=east1", as: "viewer" });
  expect(nowhere.detail).toBe('There is no realm east1: did you mean "east-1"? Realms: east-1.');
  await stand.problem("bad_request", { path: "/v1/accounts/east/offers?cursor=aGk" });
  const price = first.offers[0]?.hourlyCost ?? 0;
  expect(price).toBeGreaterThan(0.001);
  expect(price).toBeLessThan(10);
  await stand.problem("not_found", check("north"));
});

test("a check that is refused suspends the account, one that passes lifts that", async () => {
  const stand = await createStand();
  await stand.ask(patch("east", { credentials: { key: "wrong-key-1" } }));
  const suspended = await checked(stand, "east");
  expect(suspended.health).toBe("suspended");
  expect(JSON.stringify(suspended)).not.toContain("wrong-key-1");
  const mended = await stand.reply(CheckedAccount, 200, patch("east", { credentials: { key: "east-key" } }));
  expect([mended.health, mended.healthText]).toEqual(["unknown", null]);
  expect((await checked(stand, "east")).health).toBe("healthy");
  const changes = stand.logged("account's health changed").map(({ level, from, to }) => [level, from, to]);
  expect(changes).toEqual([
    [40, "unknown", "suspended"],
    [30, "unknown", "healthy"],
  ]);
});

test("a credential that could not be kept out of texts is refused, and kept nowhere", async () => {
  const stand = await createStand();
  for (const key of ["", "a1b2c", "   a1b2c   "]) {
    for (const ask of [post({ ...EAST, credentials: { key } }), patch("east", { credentials: { key } })]) {
      const { detail, errors } = await stand.problem("bad_request", ask);
      expect(errors).toMatchObject([{ pointer: "/credentials/key" }]);
      expect(detail).toContain("credentials.key: must have at least 6 characters: a shorter secret cannot be kept out");
      expect(detail).not.toContain("a1b2c");
    }
  }
  await stand.problem("not_found", check("new"));
  expect((await checked(stand, "east")).health).toBe("healthy");
});

test("a cloud that writes half a million characters about itself is quoted in brief", async () => {
  const stand = await createStand();
  const refuse = { kind: "refuse", code: "forbidden", message: "x".repeat(500_000) } as const;
  stand.operator("east").addFaults([{ on: "any", do: refuse, times: "always" }]);
  const { healthText } = await checked(stand, "east");
  expect(healthText).toMatch(/^x{2048}… 497,952 more characters$/);
  const { body } = await stand.ask({ method: "GET", path: "/v1/accounts" });
  expect(JSON.stringify(body).length).toBeLessThan(20_000);
});

test("a password in an account's address is refused, not kept, and not repeated", async () => {
  const stand = await createStand();
  const settings = { url: "http://east:pa55word@127.0.0.1:1", tenant: "east" };
  for (const ask of [post({ ...EAST, settings }), patch("east", { settings })]) {
    const { detail } = await stand.problem("bad_account", ask);
    expect(detail).toContain("url: may not hold a user name or a password");
    expect(detail).not.toContain("pa55word");
  }
});

test("a check of a cloud that does not answer says so at once", async () => {
  const stand = await createStand();
  await checked(stand, "east");
  stand.operator("east").addFaults([{ on: "any", do: { kind: "refuse", code: "unavailable" }, times: "always" }]);
  const { health, offersAt } = await checked(stand, "east");
  expect([health, offersAt === null]).toEqual(["unreachable", false]);
});

test("a check that a busy cloud puts off leaves what was known, and says why nothing is known", async () => {
  const stand = await createStand();
  const busy = { on: "any", do: { kind: "refuse", code: "throttled", retryAfterMs: 5_000 }, times: "always" } as const;
  stand.operator("east").addFaults([busy]);
  const { health, healthText } = await checked(stand, "east");
  expect([health, healthText === null]).toEqual(["unknown", false]);
  stand.operator("east").clearFaults();
  await checked(stand, "east");
  stand.operator("east").addFaults([busy]);
  expect(await checked(stand, "east")).toMatchObject({ health: "healthy", healthText: null });
});

test("a patch changes what it names and nothing else", async () => {
  const stand = await createStand();
  await checked(stand, "east");
  const before = await stand.reply(Account, 200, { path: "/v1/accounts/east" });
  const after = await stand.reply(CheckedAccount, 200, patch("east", { enabled: false, limit: { instances: 3 } }));
  expect(after).toEqual({
    ...before,
    enabled: false,
    limit: { ...NO_LIMIT, instances: 3 },
    madeDue: null,
    lacking: null,
  });
  const again = await stand.reply(
    CheckedAccount,
    200,
    patch("east", { enabled: true, images: { a: "b" }, realms: { c: "east-1" } }),
  );
  expect(again).toEqual({ ...after, enabled: true, images: { a: "b" }, realms: { c: "east-1" } });
  const wrong = await stand.problem("bad_account", patch("east", { realms: { c: "d" } }));
  expect(wrong.detail).toBe("realms.c: at account east there is no realm d. Realms: east-1.");
  await stand.problem("unknown_field", patch("east", { enable: true }));
  await stand.problem("bad_account", patch("east", { settings: { url: "ftp://x", tenant: "east" } }));
  await stand.problem("not_found", patch("north", { enabled: true }));
});

test("an account that never held a machine is deleted, also from its pools", async () => {
  const stand = await createStand();
  expect((await stand.ask({ method: "DELETE", path: "/v1/accounts/west" })).status).toBe(204);
  await stand.problem("not_found", { path: "/v1/accounts/west" });
  const { pools } = await stand.reply(PoolList, 200, { path: "/v1/pools" });
  expect(pools[0]?.members.map(({ account }) => account)).toEqual(["east"]);
  await stand.problem("not_found", { method: "DELETE", path: "/v1/accounts/west" });
});

test("an account with machines, open or closed, is not deleted", async () => {
  const stand = await createStand();
  await holdMachine(stand, "east");
  const open = await stand.problem("in_use", { method: "DELETE", path: "/v1/accounts/east" });
  expect(open.detail).toContain("stop what runs there first");
  const other = await createStand();
  await holdMachine(other, "east", true);
  const closed = await other.problem("in_use", { method: "DELETE", path: "/v1/accounts/east" });
  expect(closed.detail).toContain("disable it instead");
});
