import { createServer } from "node:http";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { type Check, Checkup } from "../../contract/checkup.ts";
import { Deployment } from "../../contract/deployment.ts";
import { accountId } from "../../core/ids.ts";
import { PUBLIC_URL } from "../../ports/store.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

async function checks(stand: Stand): Promise<Record<string, Check>> {
  const { checks: all } = await stand.reply(Checkup, 200, { path: "/v1/checkup", as: "viewer" });
  return Object.fromEntries(all.map((one) => [one.name, one]));
}

const callHome = (stand: Stand, url: string) => stand.store.write((tx) => tx.setSetting(PUBLIC_URL, url));
const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source: SHOP } } } as const;

test("a server that has all it needs is fine, but for an address that leads machines to themselves", async () => {
  const stand = await createStand();
  await callHome(stand, stand.url);
  await stand.startEngine();
  const { callbacks, ...rest } = await checks(stand);
  expect(Object.values(rest).map(({ name, state }) => [name, state])).toEqual(
    ["database", "schema", "disk", "key", "clock", "work", "accounts", "debt", "parked"].map((name) => [name, "fine"]),
  );
  expect(rest["work"]?.text).toBe("1 process works on it, and nothing is late");
  expect(rest["disk"]?.text).toBe("5.0 GiB of 10.0 GiB free for the database");
  expect(callbacks).toMatchObject({ state: "note", text: expect.stringContaining("an address of this machine alone") });
});

test("an address that leads elsewhere, or nowhere, is wrong", async () => {
  const stand = await createStand();
  expect((await checks(stand))["callbacks"]).toMatchObject({
    state: "wrong",
    text: "nobody knows where machines call home",
  });
  const other = createServer((_, response) => response.writeHead(302, { location: stand.url }).end());
  onTestFinished(() => void other.close());
  await once(other.listen(0, "127.0.0.1"), "listening");
  const address = other.address();
  await callHome(stand, `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  expect((await checks(stand))["callbacks"]).toMatchObject({
    state: "wrong",
    text: expect.stringContaining("it answers with status 302"),
  });
  await callHome(stand, "http://127.0.0.1:1");
  expect((await checks(stand))["callbacks"]?.state).toBe("wrong");
});

test.each([
  [50 * 1024 ** 2, "wrong", "50 MiB of 10.0 GiB free for the database"],
  [500 * 1024 ** 2, "note", "500 MiB of 10.0 GiB free for the database"],
])("a disk with %i bytes is told", async (free, state, text) => {
  const stand = await createStand({}, { room: async () => ({ free, total: 10 * 1024 ** 3 }) });
  expect((await checks(stand))["disk"]).toMatchObject({ state, text });
});

test("a database on another machine's disk, and one that a newer Slipway has changed", async () => {
  const stand = await createStand({}, { room: async () => null, schema: "0001", embedded: false });
  const seen = await checks(stand);
  expect(seen["disk"]).toBeUndefined();
  expect(seen["schema"]).toMatchObject({
    state: "note",
    text: expect.stringContaining("a newer Slipway has changed it (memory; this server knows 0001)"),
  });
  expect(seen["database"]?.text).toContain("PostgreSQL, answers in");
});

test("rows that nobody takes are late", async () => {
  const stand = await createStand();
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(29_000);
  expect((await checks(stand))["work"]?.state).toBe("fine");
  await stand.clock.advance(60_000);
  const { work } = await checks(stand);
  expect(work).toMatchObject({
    state: "wrong",
    text: expect.stringContaining("deployments to decide on wait since 1 min"),
  });
});

test("accounts that cannot be used, keys that do not open, clocks that were set, debt and its age are told", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  stand.operator("east").addFaults([
    { on: "create", do: { kind: "refuse", code: "insufficient_capacity" }, when: { nth: 2 } },
    { on: "remove", times: "always", do: { kind: "refuse", code: "internal_error" } },
  ]);
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(15 * 60_000);
  expect((await checks(stand))["debt"]).toMatchObject({
    state: "note",
    text: expect.stringContaining("1 machine is not proven gone, $"),
  });
  await stand.clock.advance(3_600_000);
  expect((await checks(stand))["debt"]).toMatchObject({ state: "wrong", remedy: "slipway debt ls" });
  stand.setClock(3 * 3_600_000);
  await stand.clock.advance(10_000);
  expect((await checks(stand))["clock"]).toMatchObject({ state: "note", text: expect.stringContaining("behind it") });
  const account = await stand.account("east");
  await stand.store.write((tx) =>
    tx.putAccount({ ...account, health: "suspended", healthText: "wrong key" }, "sealed otherwise"),
  );
  const seen = await checks(stand);
  expect(seen["accounts"]).toMatchObject({ state: "wrong", text: "east is suspended: wrong key" });
  expect(seen["key"]).toMatchObject({ state: "wrong", text: "does not open the credentials of east" });
  await stand.store.write((tx) => tx.putAccount({ ...account, enabled: false, health: "suspended" }, null));
  expect((await checks(stand))["accounts"]).toMatchObject({
    state: "note",
    text: "all are switched off, so nothing can be launched",
  });
});

test("a cloud that wants to be left alone is known", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.store.write(async (tx) =>
    tx.setLimiter(accountId("acc-east"), { parallel: 1, pausedUntil: (await tx.now()) + 600_000 }),
  );
  expect((await checks(stand))["accounts"]).toMatchObject({
    state: "note",
    text: "east is left alone for another 10 min, for its cloud throttles",
  });
});
