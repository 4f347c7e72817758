// Accounts while machines are there: what may be stored of them, and what follows when one can be used again.

import { expect, test } from "vitest";
import { Account, CheckedAccount } from "../../contract/account.ts";
import { Deployment } from "../../contract/deployment.ts";
import { accountId } from "../../core/ids.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const EAST = { clouds: [{ name: "east" }] };
const NOTHING = { debts: 0, calls: 0, launches: 0 };
const patch = (body: object) => ({ method: "PATCH", path: "/v1/accounts/east", body }) as const;
const key = (value: string) => ({ credentials: { key: value } });
const CHECK = { method: "POST", path: "/v1/accounts/east/check" } as const;

const changed = (stand: Stand, body: object) => stand.meanwhile(stand.reply(CheckedAccount, 200, patch(body)));
const refused = (stand: Stand, body: object) => stand.meanwhile(stand.problem("unproven", patch(body)));
const account = (stand: Stand) => stand.reply(Account, 200, { path: "/v1/accounts/east" });
const stored = (stand: Stand) => stand.store.read((tx) => tx.credentials(accountId("acc-east")));

/** The shop, up and running at `east`. */
async function running(): Promise<{ stand: Stand; id: string }> {
  const stand = await createStand(EAST);
  return { stand, id: await launch(stand) };
}

async function launch(stand: Stand): Promise<string> {
  await stand.startEngine();
  const body = { blueprint: { source: SHOP } };
  const { id } = await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body });
  await stand.clock.advance(20_000);
  expect((await shop(stand, id)).state).toBe("running");
  return id;
}

const shop = (stand: Stand, id: string) => stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });

/** Its machines should be gone, and the account cannot remove them: tried ever more seldom, they are debt. */
async function owing(): Promise<{ stand: Stand; id: string }> {
  const { stand, id } = await running();
  await changed(stand, { ...key("wrong-key"), force: true });
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/stop` });
  await stand.clock.advance(40 * 60_000);
  const { state, machines } = await shop(stand, id);
  expect([state, machines.map(({ debtSince }) => debtSince !== null)]).toEqual(["stopped", [true, true]]);
  return { stand, id };
}

const areGone = async (stand: Stand, id: string) => (await shop(stand, id)).machines.every(({ open }) => !open);

test("a credential that its cloud refuses is not stored over one that machines need, unless forced", async () => {
  const { stand } = await running();
  const before = { account: await account(stand), credentials: await stored(stand) };
  const { detail } = await refused(stand, { ...key("wrong-key-1"), enabled: false });
  expect(detail).toMatch(
    /^Account east holds 2 machines, and its cloud refuses the new credentials: .+\. Nothing was changed\.$/,
  );
  expect(detail).not.toContain("wrong-key-1");
  expect(await stored(stand)).toBe(before.credentials);
  expect(await account(stand)).toMatchObject({ health: "healthy", enabled: true });
  const forced = await changed(stand, { ...key("wrong-key-1"), force: true });
  expect(forced).toMatchObject({ health: "unknown", madeDue: null });
  expect(await stored(stand)).not.toBe(before.credentials);
});

test("a credential that cannot be tried is not stored either: the cloud is not reached, or too busy", async () => {
  const { stand } = await running();
  const before = await stored(stand);
  stand.operator("east").addFaults([{ on: "any", do: { kind: "refuse", code: "unavailable" }, times: "always" }]);
  const away = await refused(stand, key("east-key"));
  expect(away.detail).toContain("the new credentials could not be tried: ");
  stand.operator("east").clearFaults();
  stand.operator("east").addFaults([{ on: "any", do: { kind: "refuse", code: "throttled" }, times: "always" }]);
  const busy = await refused(stand, {
    ...key("east-key"),
    settings: { url: "http://127.0.0.1:1", tenant: "east" },
    sameCloud: true,
  });
  expect(busy.detail).toContain("the new settings and credentials could not be tried: ");
  expect(await stored(stand)).toBe(before);
});

test("a credential that its cloud lets in is stored, and the account is known to work at once", async () => {
  const { stand } = await running();
  const mended = await changed(stand, key("east-key"));
  expect(mended).toMatchObject({ health: "healthy", healthText: null, madeDue: NOTHING });
});

test("where no machine is, nobody is asked before it is stored", async () => {
  const stand = await createStand(EAST);
  const { health, madeDue } = await stand.reply(CheckedAccount, 200, patch(key("wrong-key")));
  expect([health, madeDue]).toEqual(["unknown", null]);
});

test("other settings are refused while machines are there, unless they lead to the same cloud and are let in", async () => {
  const { stand } = await running();
  const elsewhere = { url: "http://127.0.0.2:1", tenant: "east" };
  const { detail } = await stand.problem("in_use", patch({ settings: elsewhere }));
  expect(detail).toContain("holds 2 machines");
  await stand.problem("bad_account", patch({ settings: { tenant: "east" }, sameCloud: true }));
  const wrong = { settings: { ...elsewhere, tenant: "nobody" }, sameCloud: true };
  expect((await refused(stand, wrong)).detail).toContain("refuses the new settings");
  const moved = await changed(stand, { settings: elsewhere, sameCloud: true });
  expect(moved).toMatchObject({ settings: elsewhere, health: "healthy" });
});

test("where machines are put leads to no other cloud, whatever holds machines there", async () => {
  const { stand } = await running();
  const { settings } = await account(stand);
  const where = { "*": { networks: ["shop"] } };
  expect(await changed(stand, { settings: { ...settings, where } })).toMatchObject({
    settings: { where },
    health: "healthy",
  });
  const wrongAt = async (wrong: unknown) =>
    stand.problem("bad_account", patch({ settings: { ...settings, where: wrong } }));
  const { detail, errors } = await wrongAt({ "east/1": { networks: [] } });
  expect(detail).toContain('where."east/1".networks: must be a list of 1 to 8 names');
  expect(errors).toEqual([{ pointer: "/settings/where/east~11/networks", detail: "must be a list of 1 to 8 names" }]);
  expect((await wrongAt({ networks: ["shop"] })).errors).toEqual([
    { pointer: "/settings/where/networks", detail: expect.stringContaining('"*" for all realms') },
  ]);
  await stand.problem("in_use", patch({ settings: { ...settings, url: "http://127.0.0.2:1", where } }));
});

/** A stand on which `meanwhile` happens while the account's cloud is asked what it offers. */
async function interrupted(meanwhile: (stand: Stand) => Promise<unknown>): Promise<{ stand: Stand; arm: () => void }> {
  let isArmed = false;
  const stand = await createStand({
    ...EAST,
    wrap: (provider) => ({
      ...provider,
      open(at, credentials) {
        const cloud = provider.open(at, credentials);
        const usage = async (signal: AbortSignal) => {
          const quotas = await cloud.usage(signal);
          if (isArmed) await meanwhile(stand);
          isArmed = false;
          return quotas;
        };
        return { ...cloud, usage };
      },
    }),
  });
  const arm = (): void => {
    isArmed = true;
  };
  return { stand, arm };
}

const ELSEWHERE = { url: "http://127.0.0.3:1", tenant: "east" };

test("an account that is changed while its new credential is tried keeps what was changed", async () => {
  const { stand, arm } = await interrupted((one) =>
    one.store.write(async (tx) => {
      const before = await tx.lockAccount(accountId("acc-east"));
      if (before !== null) await tx.putAccount({ ...before, settings: ELSEWHERE }, null);
    }),
  );
  await launch(stand);
  arm();
  const before = await stored(stand);
  const late = await stand.meanwhile(stand.problem("in_use", patch(key("east-key"))));
  expect(late.detail).toContain("was changed by somebody else");
  expect((await account(stand)).settings).toEqual(ELSEWHERE);
  expect(await stored(stand)).toBe(before);
});

test("an account that is changed while it is checked is not judged by what it was", async () => {
  const { stand, arm } = await interrupted((one) => one.reply(CheckedAccount, 200, patch(key("wrong-key"))));
  arm();
  await stand.meanwhile(stand.problem("in_use", CHECK));
  expect((await account(stand)).health).toBe("unknown");
});

test("a mended credential makes debt due at once, and says how much", async () => {
  const { stand, id } = await owing();
  expect(await areGone(stand, id)).toBe(false);
  const mended = await changed(stand, key("east-key"));
  expect(mended.madeDue).toEqual({ debts: 2, calls: 0, launches: 0 });
  await stand.clock.advance(5_000);
  expect(await areGone(stand, id)).toBe(true);
});

test("a check that passes makes debt due, one that is refused does not", async () => {
  const { stand, id } = await owing();
  const failed = await stand.meanwhile(stand.reply(CheckedAccount, 200, CHECK));
  expect([failed.health, failed.madeDue]).toEqual(["suspended", null]);
  expect(await areGone(stand, id)).toBe(false);
  const sealed = stand.deps.secrets.seal(JSON.stringify({ key: "east-key" }));
  await stand.store.write(async (tx) => {
    const before = await tx.lockAccount(accountId("acc-east"));
    // As it stands in the store, a minute before the tracker comes by.
    if (before !== null) await tx.putAccount({ ...before, pollAt: (await tx.now()) + 60_000 }, sealed);
  });
  const passed = await stand.meanwhile(stand.reply(CheckedAccount, 200, CHECK));
  expect([passed.health, passed.madeDue?.debts]).toEqual(["healthy", 2]);
  await stand.clock.advance(5_000);
  expect(await areGone(stand, id)).toBe(true);
});

test("a check that passes ends a pause that the cloud asked for, with all that waited for it", async () => {
  const { stand, id } = await running();
  const hour = { kind: "refuse", code: "throttled", retryAfterMs: 1e12 } as const;
  stand.operator("east").addFaults([{ on: "remove", do: hour }]);
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/stop` });
  await stand.clock.advance(60_000);
  const { pausedUntil } = await account(stand);
  expect(Date.parse(pausedUntil ?? "")).toBeLessThanOrEqual(stand.clock.now() + 3_600_000);
  expect(Date.parse(pausedUntil ?? "")).toBeGreaterThan(stand.clock.now() + 3_400_000);
  const slow = { parallel: 1 / 16, pausedUntil: Date.parse(pausedUntil ?? "") };
  await stand.store.write((tx) => tx.setLimiter(accountId("acc-east"), slow));
  const passed = await stand.meanwhile(stand.reply(CheckedAccount, 200, CHECK));
  expect(passed).toMatchObject({ pausedUntil: null, madeDue: { calls: 1 } });
  const after = await stand.store.read((tx) => tx.account(accountId("acc-east")));
  expect(after?.limiter.parallel).toBeGreaterThanOrEqual(1);
  await stand.clock.advance(5_000);
  expect(await areGone(stand, id)).toBe(true);
});

test("a check that does not pass leaves the pause", async () => {
  const { stand } = await running();
  const pausedUntil = stand.clock.now() + 1_800_000;
  await stand.store.write((tx) => tx.setLimiter(accountId("acc-east"), { parallel: 2, pausedUntil }));
  stand.operator("east").addFaults([{ on: "usage", do: { kind: "refuse", code: "throttled" } }]);
  const busy = await stand.meanwhile(stand.reply(CheckedAccount, 200, CHECK));
  expect([Date.parse(busy.pausedUntil ?? ""), busy.madeDue]).toEqual([pausedUntil, null]);
});
