// The page's session: who gets one, how long it counts, and what it does not count for.

import { expect, test } from "vitest";
import { Deployment } from "../contract/deployment.ts";
import { About } from "../contract/operation.ts";
import { SESSION_MOST_MS, SESSION_MS } from "./session.ts";
import { createStand, SHOP, type Stand } from "./stand.testsuite.ts";

const HOUR_MS = 3_600_000;

/** Headers as a browser sends them with a change that our own page asks for. */
const ours = (stand: Stand) => ({ origin: stand.url, "sec-fetch-site": "same-origin" });

/** Signs in with the admin's token; the cookie as a browser sends it back. */
async function signIn(stand: Stand, headers: Record<string, string> = ours(stand)): Promise<string> {
  const answer = await stand.ask({ method: "POST", path: "/v1/session", body: { token: "admin" }, as: null, headers });
  expect(answer.status).toBe(200);
  return cookieFrom(answer.headers);
}

function cookieFrom(headers: Headers): string {
  return headers.get("set-cookie")?.split(";")[0] ?? "";
}

test("a token buys a session that reads and writes as the token does", async () => {
  const stand = await createStand();
  const cookie = await signIn(stand);
  const about = await stand.reply(About, 200, { path: "/v1/about", as: null, headers: { cookie } });
  expect(about.token).toEqual({ name: "the-admin", role: "admin" });
  const headers = { cookie, ...ours(stand) };
  const made = await stand.ask({
    method: "POST",
    path: "/v1/tokens",
    body: { name: "a", role: "viewer" },
    as: null,
    headers,
  });
  expect(made.status).toBe(201);
});

test("a wrong token buys nothing", async () => {
  const stand = await createStand();
  const asked = { method: "POST", path: "/v1/session", as: null, headers: ours(stand) };
  await stand.problem("not_authenticated", { ...asked, body: { token: "nobody" } });
  await stand.problem("bad_request", { ...asked, body: { token: 1 } });
  expect((await stand.ask({ ...asked, body: { token: "nobody" } })).headers.get("set-cookie")).toBeNull();
});

test("the cookie is out of reach of scripts and other sites, and over https it stays on https", async () => {
  const stand = await createStand();
  const asked = { method: "POST", path: "/v1/session", body: { token: "admin" }, as: null };
  const plain = await stand.ask({ ...asked, headers: ours(stand) });
  expect(plain.headers.get("set-cookie")).toMatch(
    /^slipway_\S+=\S+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const behindProxy = { origin: "https://slipway.example.org", "sec-fetch-site": "same-origin" };
  expect((await stand.ask({ ...asked, headers: behindProxy })).headers.get("set-cookie")).toContain("Secure");
});

test("a change with a session is taken from our own page alone", async () => {
  const stand = await createStand();
  const cookie = await signIn(stand);
  const asked = { method: "POST", path: "/v1/plan", body: {}, as: null };
  for (const headers of [
    {},
    { "sec-fetch-site": "cross-site", origin: stand.url },
    { "sec-fetch-site": "same-site", origin: stand.url },
    { "sec-fetch-site": "none" },
    { origin: "https://elsewhere.example" },
    { origin: "null" },
  ]) {
    await stand.problem("other_site", { ...asked, headers: { cookie, ...headers } });
    await stand.problem("other_site", { ...asked, path: "/v1/session", body: { token: "admin" }, headers });
  }
  for (const headers of [{ "sec-fetch-site": "same-origin" }, { origin: stand.url }]) {
    await stand.problem("bad_request", { ...asked, headers: { cookie, ...headers } });
  }
  const form = { "content-type": "text/plain", ...ours(stand) };
  await stand.problem("not_json", { ...asked, headers: { cookie, ...form } });
  // Without a body there is no type to refuse later: it must be refused for its lack.
  await stand.problem("not_json", {
    method: "POST",
    path: "/v1/accounts/a/check",
    as: null,
    headers: { cookie, ...ours(stand) },
  });
  // A token in a header is sent by no browser on its own.
  await stand.problem("bad_request", { ...asked, as: "admin", headers: { "sec-fetch-site": "cross-site" } });
});

test("a session ends half a day after its last use, and is renewed while it is used", async () => {
  const stand = await createStand();
  const first = await signIn(stand);
  await stand.clock.advance(SESSION_MS / 2 + HOUR_MS);
  const answer = await stand.ask({ path: "/v1/about", as: null, headers: { cookie: first } });
  const second = cookieFrom(answer.headers);
  expect(second).not.toBe("");
  await stand.clock.advance(SESSION_MS / 2);
  await stand.problem("not_authenticated", { path: "/v1/about", as: null, headers: { cookie: first } });
  const young = await stand.ask({ path: "/v1/about", as: null, headers: { cookie: second } });
  expect(young.status).toBe(200);
  await stand.clock.advance(SESSION_MS);
  await stand.problem("not_authenticated", { path: "/v1/about", as: null, headers: { cookie: second } });
});

test.each([-3 * HOUR_MS, 13 * HOUR_MS])("a session goes on when the database's clock is set by %i ms", async (byMs) => {
  const stand = await createStand();
  const cookie = await signIn(stand);
  stand.setClock(byMs);
  const { status, headers } = await stand.ask({ path: "/v1/about", as: null, headers: { cookie } });
  expect([status, cookieFrom(headers)]).toEqual([200, ""]);
});

test("a session that began over https stays on https when it is renewed, also behind a proxy that ends TLS", async () => {
  const stand = await createStand();
  const behindProxy = { origin: "https://slipway.example.org", "sec-fetch-site": "same-origin" };
  for (const [headers, isSecure] of [
    [behindProxy, true],
    [ours(stand), false],
  ] as const) {
    const cookie = await signIn(stand, headers);
    await stand.clock.advance(SESSION_MS / 2 + HOUR_MS);
    // Browsers send no Origin with a request to read.
    const renewed = await stand.ask({ path: "/v1/about", as: null, headers: { cookie } });
    expect([renewed.status, renewed.headers.get("set-cookie")?.includes("Secure")]).toEqual([200, isSecure]);
  }
});

test("a deleted token ends its sessions, and signing out takes the cookie away", async () => {
  const stand = await createStand();
  const headers = ours(stand);
  const body = { token: "viewer" };
  const cookie = cookieFrom(
    (await stand.ask({ method: "POST", path: "/v1/session", body, as: null, headers })).headers,
  );
  const out = { ...headers, cookie, "content-type": "application/json" };
  const left = await stand.ask({ method: "DELETE", path: "/v1/session", as: null, headers: out });
  expect([left.status, left.headers.get("set-cookie")]).toEqual([204, expect.stringMatching(/=; Max-Age=0; Path=\//)]);
  await stand.ask({ method: "DELETE", path: "/v1/tokens/the-viewer" });
  await stand.problem("not_authenticated", { path: "/v1/about", as: null, headers: { cookie } });
});

/** Signs out with this cookie; the server takes it away. */
async function signOut(stand: Stand, cookie: string): Promise<void> {
  const headers = { ...ours(stand), cookie, "content-type": "application/json" };
  expect((await stand.ask({ method: "DELETE", path: "/v1/session", as: null, headers })).status).toBe(204);
}

test("who has signed out is out, with a copy of the cookie too and with those from before its renewal; others are not", async () => {
  const stand = await createStand();
  const [first, other] = [await signIn(stand), await signIn(stand)];
  await stand.clock.advance(SESSION_MS / 2 + HOUR_MS);
  const answer = await stand.ask({ path: "/v1/about", as: null, headers: { cookie: first } });
  const renewed = cookieFrom(answer.headers);
  await signOut(stand, renewed);
  for (const cookie of [first, renewed]) {
    const problem = { path: "/v1/about", as: null, headers: { cookie } };
    await stand.problem("not_authenticated", problem);
    expect((await stand.ask(problem)).headers.get("set-cookie")).toBeNull();
  }
  expect((await stand.ask({ path: "/v1/about", as: null, headers: { cookie: other } })).status).toBe(200);
  // Whoever signs out twice, or with something else, is out all the same.
  await signOut(stand, renewed);
  await signOut(stand, "");
});

test("however much it is used, a session ends seven days after it began", async () => {
  const stand = await createStand();
  let cookie = await signIn(stand);
  let hours = 0;
  for (; hours < 400; hours += 7) {
    const answer = await stand.ask({ path: "/v1/about", as: null, headers: { cookie } });
    if (answer.status !== 200) break;
    const renewed = answer.headers.get("set-cookie");
    const seconds = Number(/Max-Age=(\d+)/.exec(renewed ?? "")?.[1] ?? 0);
    expect(hours * 3_600 + seconds).toBeLessThanOrEqual(SESSION_MOST_MS / 1000);
    if (renewed !== null) cookie = cookieFrom(answer.headers);
    await stand.clock.advance(7 * HOUR_MS);
  }
  expect(hours).toBe(7 * 24);
});

test("a stream that a session has opened ends when it is signed out", async () => {
  const stand = await createStand();
  const cookie = await signIn(stand);
  const { id } = await stand.reply(Deployment, 201, {
    method: "POST",
    path: "/v1/deployments",
    body: { blueprint: { source: SHOP } },
  });
  const response = await fetch(`${stand.url}/v1/deployments/${id}/stream`, { headers: { cookie } });
  await signOut(stand, cookie);
  expect(await stand.meanwhile(response.text())).not.toContain("event: end");
});

test("a cookie that is none of ours is no session", async () => {
  const stand = await createStand();
  const [name = "", value = ""] = (await signIn(stand)).split("=");
  const { secrets } = stand.deps;
  const forged = [`${value.slice(0, -4)}AAAA`, "", "v1.", secrets.seal("{}"), secrets.seal("no JSON")];
  for (const one of forged) {
    await stand.problem("not_authenticated", { path: "/v1/about", as: null, headers: { cookie: `${name}=${one}` } });
  }
});

test("a wrong token in the header is not saved by a session", async () => {
  const stand = await createStand();
  const cookie = await signIn(stand);
  const headers = { cookie, authorization: "Bearer nobody" };
  await stand.problem("not_authenticated", { path: "/v1/about", as: null, headers });
});
