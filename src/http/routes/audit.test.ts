// The audit log: what is in it, what is not, and in which transaction it is written.

import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { AuditPage } from "../../contract/audit.ts";
import { MadeToken } from "../../contract/access.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const log = async (stand: Stand, filter = "") =>
  (await stand.reply(AuditPage, 200, { path: `/v1/audit?limit=200${filter}` })).entries;

test("every kind of change says who, from where, and what was before and after; what changes nothing is not in it", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  const ask = async (request: string, body?: unknown) => {
    const [method = "", path = ""] = request.split(" ");
    const answer = await stand.ask({ method, path: `/v1/${path}`, ...(body === undefined ? {} : { body }) });
    expect([request, answer.status < 300]).toEqual([request, true]);
  };
  await ask("POST pools", { name: "web", members: [{ account: "east" }] });
  await ask("PATCH pools/web", { enabled: false });
  await ask("PATCH pools/web", { enabled: false });
  await ask("DELETE pools/web");
  await ask("POST groups", { name: "crew", grants: [{ role: "viewer" }] });
  await ask("POST users", { name: "ada", groups: ["crew"] });
  await ask("PATCH users/ada", { enabled: false });
  await ask("DELETE groups/crew");
  await ask("DELETE users/ada");
  await ask("POST tokens", { name: "ci", role: "viewer" });
  await ask("DELETE tokens/ci");
  await ask("PUT profiles/huge", { cpu: 32, memoryMib: 65_536, storageGib: 100 });
  await ask("DELETE profiles/huge");
  await ask("PUT blueprints/shop", { source: SHOP });
  await ask("DELETE blueprints/shop");
  await ask("PATCH accounts/east", { enabled: false });
  await ask("POST deployments", { blueprint: { source: SHOP }, anyway: true });
  await ask("POST deployments/shop/cancel");
  await ask("POST plan", { blueprint: { source: SHOP } });
  await stand.problem("name_taken", {
    method: "POST",
    path: "/v1/tokens",
    body: { name: "the-admin", role: "viewer" },
  });
  const entries = await log(stand);
  expect(entries.map(({ request, kind, subject }) => `${request}: ${kind} ${subject}`).toReversed()).toEqual([
    "POST /v1/pools: pool web",
    "PATCH /v1/pools/web: pool web",
    "DELETE /v1/pools/web: pool web",
    "POST /v1/groups: group crew",
    "POST /v1/users: user ada",
    "PATCH /v1/users/ada: user ada",
    "DELETE /v1/groups/crew: group crew",
    "DELETE /v1/users/ada: user ada",
    "POST /v1/tokens: token ci",
    "DELETE /v1/tokens/ci: token ci",
    "PUT /v1/profiles/huge: profile huge",
    "DELETE /v1/profiles/huge: profile huge",
    "PUT /v1/blueprints/shop: blueprint shop",
    "DELETE /v1/blueprints/shop: blueprint shop",
    "PATCH /v1/accounts/east: account east",
    "POST /v1/deployments: deployment shop",
    "POST /v1/deployments/shop/cancel: deployment shop",
  ]);
  expect(entries.every(({ by, token, via }) => by === "the-admin" && token === "the-admin" && via === "token")).toBe(
    true,
  );
  expect(new Set(entries.map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  const of = (request: string) => entries.find((one) => one.request === request);
  expect(of("PATCH /v1/pools/web")).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
  expect(of("POST /v1/pools")).toMatchObject({ before: null, after: { members: [{ account: "east" }] } });
  expect(of("DELETE /v1/tokens/ci")).toMatchObject({ before: { role: "viewer" }, after: null });
  expect(of("POST /v1/deployments/shop/cancel")).toMatchObject({
    before: { cancelAskedAt: null },
    after: { cancelAskedAt: expect.any(String), steps: expect.arrayContaining(["cancel_asked"]) },
  });
  // The default of the secret parameter, and what tokens and their hashes look like.
  expect(JSON.stringify(entries)).not.toMatch(/hunter22|slipway_|[0-9a-f]{64}/);
});

test("what was not done is not in it", async () => {
  const stand = await createStand();
  await stand.problem("in_use", { method: "DELETE", path: "/v1/tokens/the-admin" });
  await stand.problem("not_found", { method: "DELETE", path: "/v1/pools/nowhere" });
  expect(await log(stand)).toEqual([]);
});

test("it is read page by page and by whom, and written as a table for admins alone", async () => {
  const stand = await createStand();
  const made = async (name: string, headers?: Record<string, string>) =>
    stand.reply(MadeToken, 201, {
      method: "POST",
      path: "/v1/tokens",
      body: { name, role: "admin" },
      ...(headers === undefined ? {} : { as: null, headers }),
    });
  const { token } = await made("one");
  await made("two", { authorization: `Bearer ${token}` });
  await made("three");
  const first = await stand.reply(AuditPage, 200, { path: "/v1/audit?limit=2" });
  expect(first.entries.map(({ subject }) => subject)).toEqual(["three", "two"]);
  const rest = await stand.reply(AuditPage, 200, { path: `/v1/audit?limit=2&cursor=${first.next}` });
  expect([...first.entries, ...rest.entries].map(({ subject }) => subject).toSorted()).toEqual(["one", "three", "two"]);
  expect(rest.next).toBeNull();
  expect((await log(stand, "&by=one")).map(({ subject }) => subject)).toEqual(["two"]);
  expect((await log(stand, "&kind=pool")).length).toBe(0);
  const rows = await stand.ask({ path: "/v1/export?table=audit&format=json" });
  expect(rows.body).toMatchObject([{ kind: "token" }, { kind: "token" }, { kind: "token", before: null }]);
  const csv = await fetch(`${stand.url}/v1/export?table=audit`, { headers: { authorization: "Bearer admin" } });
  expect((await csv.text()).split("\r\n")[0]).toBe("at,by,token,via,address,request,kind,subject,before,after");
  await stand.problem("not_permitted", { path: "/v1/export?table=audit", as: "operator" });
  await stand.problem("bad_request", { path: "/v1/export?table=audit&pool=default" });
});

test("what is told of where a request comes from is believed of proxies that the server knows, and of nobody else", async () => {
  const proxies = new BlockList();
  proxies.addAddress("127.0.0.1");
  proxies.addSubnet("10.0.0.0", 8);
  for (const [given, told, address] of [
    [null, "203.0.113.7", "127.0.0.1"],
    [proxies, "203.0.113.7", "203.0.113.7"],
    [proxies, "1.1.1.1, 203.0.113.7, 10.0.0.3", "203.0.113.7"],
    [proxies, "1.1.1.1, nonsense, 10.0.0.3", "10.0.0.3"],
    [proxies, "::ffff:203.0.113.9", "203.0.113.9"],
    [proxies, "", "127.0.0.1"],
  ] as const) {
    const stand = await createStand({}, { proxies: given });
    await stand.ask({
      method: "POST",
      path: "/v1/tokens",
      body: { name: "a", role: "viewer" },
      headers: { "x-forwarded-for": told },
    });
    expect([told, (await log(stand))[0]?.address]).toEqual([told, address]);
  }
});

test("what a webhook is told of, and what it is told again, is in the log", async () => {
  const stand = await createStand();
  const ask = (method: string, path: string, body: object) => stand.ask({ method, path: `/v1/webhooks${path}`, body });
  await ask("POST", "", { name: "chat", url: "https://chat.example/hook" });
  await ask("PATCH", "/chat", { kinds: ["quota_near"] });
  await ask("PATCH", "/chat", { kinds: ["quota_near"] });
  await ask("POST", "/chat/replay", {});
  const entries = (await log(stand, "&kind=webhook")).toReversed();
  expect(entries.map(({ request, before, after }) => ({ request, before, after })).slice(1)).toEqual([
    { request: "PATCH /v1/webhooks/chat", before: { kinds: null }, after: { kinds: ["quota_near"] } },
    {
      request: "POST /v1/webhooks/chat/replay",
      before: { toldAgain: null, deployment: null },
      after: { toldAgain: 0, deployment: "all" },
    },
  ]);
});

test("who signs in at the page and out again is in the log, by name and address, without what lets them in", async () => {
  const stand = await createStand();
  const headers = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const signIn = await stand.ask({
    method: "POST",
    path: "/v1/session",
    as: null,
    headers,
    body: { token: "operator" },
  });
  const cookie = signIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const signOut = { method: "DELETE", path: "/v1/session", as: null, headers: { ...headers, cookie } } as const;
  expect((await stand.ask(signOut)).status).toBe(204);
  // What lets nobody in any more ends nothing.
  expect((await stand.ask(signOut)).status).toBe(204);
  const [out, come, ...more] = await log(stand, "&kind=session");
  expect(more).toEqual([]);
  const who = { by: "the-operator", token: "the-operator", via: "session", address: "127.0.0.1" };
  expect(come).toMatchObject({ ...who, request: "POST /v1/session", before: null });
  expect(out).toMatchObject({ ...who, request: "DELETE /v1/session", subject: come?.subject, after: null });
  expect(come?.after?.["endsAt"]).toBe(out?.before?.["endsAt"]);
  expect(cookie).not.toContain(String(come?.subject));
});

test("of limits only what differs is told, money in dollars", async () => {
  const stand = await createStand();
  const limits = { limit: { cpu: 4, hourlyCost: 2 }, userLimit: { deployments: 1 } };
  const patch = { method: "PATCH", path: "/v1/pools/default" } as const;
  await stand.ask({ ...patch, body: limits });
  await stand.ask({ ...patch, body: { ...limits, userLimit: { deployments: 1, hourlyCost: 0.5 } } });
  const [second, first] = await log(stand);
  expect(first).toMatchObject({
    before: { limit: { cpu: null, hourlyCost: null }, userLimit: { deployments: null } },
    after: { limit: { cpu: 4, hourlyCost: 2 }, userLimit: { deployments: 1 } },
  });
  expect([second?.before, second?.after]).toEqual([
    { userLimit: { hourlyCost: null } },
    { userLimit: { hourlyCost: 0.5 } },
  ]);
});
