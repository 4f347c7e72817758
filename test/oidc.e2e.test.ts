// Signing in with a provider of identities, a real one: oidc-provider in this process, `slipway serve` and `slipway login` in theirs.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { GroupList, TokenList, UserList } from "../src/contract/access.ts";
import { AuditPage } from "../src/contract/audit.ts";
import { About } from "../src/contract/operation.ts";
import { freePort, ROOT, startChild } from "./stage/child.ts";
import { CLIENT, type IdentityStage, openBrowser, startIdentities } from "./stage/identities.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let identities: IdentityStage;
let server: ServerStage;

beforeAll(async () => {
  const port = await freePort();
  identities = await startIdentities([`http://127.0.0.1:${port}/v1/oidc/callback`]);
  const secret = join(mkdtempSync(join(tmpdir(), "slipway-oidc-")), "secret");
  writeFileSync(secret, `${CLIENT.secret}\n`);
  const env = {
    SLIPWAY_OIDC_ISSUER: identities.issuer,
    SLIPWAY_OIDC_CLIENT_ID: CLIENT.id,
    SLIPWAY_OIDC_SECRET_FILE: secret,
  };
  server = await startServer({ port, env });
  identities.people.set("sub-ada", { name: "Ada.Lovelace@example.org", groups: ["ops"] });
  identities.people.set("sub-bob", { name: "bob", groups: [] });
  await server.call(z.unknown(), "POST /v1/groups", {
    name: "operators",
    claim: "ops",
    grants: [{ role: "operator", pool: "default" }],
  });
});
afterAll(async () => {
  await server?.child.end("SIGTERM");
  await identities?.close();
});

const start = (to: string): string => `${server.url}/v1/oidc/start?${new URLSearchParams({ to }).toString()}`;

async function signIn(who: string, to = "/pools") {
  const browser = openBrowser();
  const reached = await browser.follow(start(to), who);
  return { browser, reached: reached.split("\n")[0] ?? "" };
}

const about = async (browser: ReturnType<typeof openBrowser>): Promise<Response> =>
  browser.visit(`${server.url}/v1/about`);

test("who is in a group there has its grants here, comes back to the page they wanted, and is let out by signing out", async () => {
  const { browser, reached } = await signIn("sub-ada");
  expect(reached).toBe(`${server.url}/pools`);
  const shown = About.parse(await (await about(browser)).json());
  expect(shown).toMatchObject({
    user: "ada-lovelace",
    token: { role: "operator" },
    grants: [{ role: "operator", pool: "default" }],
  });
  const { users } = await server.call(UserList, "GET /v1/users");
  expect(users).toMatchObject([{ name: "ada-lovelace", provider: identities.issuer, claims: ["ops"] }]);
  const { tokens } = await server.call(TokenList, "GET /v1/tokens");
  const own = tokens.find(({ owner }) => owner === "ada-lovelace");
  expect(Date.parse(own?.expiresAt ?? "") - Date.parse(own?.createdAt ?? "")).toBe(12 * 3_600_000);
  const { entries } = await server.call(AuditPage, "GET /v1/audit?kind=user");
  expect(entries[0]).toMatchObject({ by: "Ada.Lovelace@example.org", via: "sign_in", subject: "ada-lovelace" });
  const out = await fetch(`${server.url}/v1/session`, {
    method: "DELETE",
    headers: {
      "content-type": "application/json",
      origin: server.url,
      cookie: [...(browser.jar.get(new URL(server.url).host) ?? [])].map((pair) => pair.join("=")).join("; "),
    },
  });
  expect(out.status).toBe(204);
  expect((await about(browser)).status).toBe(401);
});

test("a group that is gone at the provider gives nothing from the next sign-in on; who has no role is told so", async () => {
  const ada = identities.people.get("sub-ada");
  if (ada === undefined) expect.unreachable();
  ada.groups = [];
  expect((await signIn("sub-ada")).reached).toBe(`${server.url}/login?to=%2Fpools&refused=no_role`);
  ada.groups = ["ops"];
  expect((await signIn("sub-ada")).reached).toBe(`${server.url}/pools`);
  expect((await signIn("sub-bob")).reached).toContain("refused=no_role");
  await server.call(z.unknown(), "PATCH /v1/users/bob", { grants: [{ role: "viewer" }], enabled: false });
  expect((await signIn("sub-bob")).reached).toContain("refused=locked_out");
});

test("a group of ours that has the provider's name, and a user that has somebody's, are not theirs", async () => {
  await server.call(z.unknown(), "POST /v1/groups", { name: "admins", grants: [{ role: "admin" }] });
  await server.call(z.unknown(), "POST /v1/users", { name: "eve", grants: [{ role: "admin" }] });
  identities.people.set("sub-eve", { name: "eve", groups: ["admins", "ops"] });
  const { browser } = await signIn("sub-eve");
  expect(About.parse(await (await about(browser)).json())).toMatchObject({
    user: "eve-2",
    grants: [{ role: "operator", pool: "default" }],
  });
  expect((await server.call(GroupList, "GET /v1/groups")).groups).toHaveLength(2);
});

test.each([
  "//evil.example",
  "https://evil.example/",
  "/\\evil.example",
  "/ /evil.example",
  "javascript:alert(1)",
  "/v1/export?table=audit",
])("nobody is sent elsewhere afterwards: %s", async (to) => {
  expect((await signIn("sub-ada", to)).reached).toBe(`${server.url}/`);
});

test("an answer counts once, in the browser that began, with its own state", async () => {
  const isBack = (url: string): boolean => url.startsWith(`${server.url}/v1/oidc/callback`);
  const [victim, attacker] = [openBrowser(), openBrowser()];
  const back = await attacker.follow(start("/pools"), "sub-ada", isBack);
  // Signing somebody in as oneself: they have not begun.
  const other = await victim.visit(back);
  expect(other.headers.get("location")).toBe("/login?refused=expired");
  // Or they have begun something else.
  await victim.visit(start("/pools"));
  expect((await victim.visit(back)).headers.get("location")).toBe("/login?to=%2Fpools&refused=refused");
  const changed = new URL(back);
  changed.searchParams.set("code", "another");
  const kept = new Map(attacker.jar.get(new URL(server.url).host));
  expect((await attacker.visit(back)).headers.get("location")).toBe("/pools");
  // The code is used up, and so is what the browser kept; with that kept by hand the provider says no.
  expect((await attacker.visit(back)).headers.get("location")).toBe("/login?refused=expired");
  attacker.jar.set(new URL(server.url).host, new Map(kept));
  expect((await attacker.visit(back)).headers.get("location")).toBe("/login?to=%2Fpools&refused=refused");
  attacker.jar.set(new URL(server.url).host, new Map(kept));
  expect((await attacker.visit(changed.href)).headers.get("location")).toBe("/login?to=%2Fpools&refused=refused");
});

test("the way out asks for PKCE, state and nonce, and the Host that a browser names leads nobody astray", async () => {
  const response = await fetch(start("/"), { redirect: "manual", headers: { "x-forwarded-host": "evil.example" } });
  const url = new URL(response.headers.get("location") ?? "");
  expect(url.searchParams.get("code_challenge_method")).toBe("S256");
  expect(url.searchParams.get("redirect_uri")).toBe(`${server.url}/v1/oidc/callback`);
  for (const name of ["state", "nonce", "code_challenge"]) expect(url.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
  expect(response.headers.get("set-cookie")).toMatch(
    /^slipway_oidc=\S+; Max-Age=600; Path=\/v1\/oidc; HttpOnly; SameSite=Lax$/,
  );
});

test("the command line signs in by a code on another screen", async () => {
  const home = mkdtempSync(join(tmpdir(), "slipway-login-"));
  const child = startChild(join(ROOT, "bin/slipway"), ["login", server.url, "--browser"], {
    SLIPWAY_CONFIG: join(home, "config.json"),
  });
  const [, place = ""] = await child.printed(/Open (\S+) in a browser, and enter the code (\S+)/);
  expect(await openBrowser().follow(place, "sub-ada")).toContain("Sign-in Success");
  await child.ended;
  expect(child.output()).toContain("as ada-lovelace (operator); kept in");
});

test("codes that are none are refused", async () => {
  for (const handle of ["nonsense", "v1.AAAA"]) {
    expect((await server.ask("POST /v1/oidc/device/poll", { handle })).status).toBe(401);
  }
  expect((await server.ask("POST /v1/oidc/device/poll", {})).status).toBe(400);
});

test("while the provider is down whoever has a token gets in, and the log holds no secret", async () => {
  const browser = openBrowser();
  const out = new URL((await browser.visit(start("/pools"))).headers.get("location") ?? "");
  await identities.close();
  const answer = new URLSearchParams({
    code: "any",
    state: out.searchParams.get("state") ?? "",
    iss: identities.issuer,
  });
  const back = await browser.visit(`${server.url}/v1/oidc/callback?${answer.toString()}`);
  expect(back.headers.get("location")).toBe("/login?to=%2Fpools&refused=away");
  expect((await server.ask("GET /v1/about")).status).toBe(200);
  expect((await server.ask("POST /v1/oidc/device", {})).status).toBe(503);
  expect(server.child.output()).toContain("sign-in failed");
  expect(server.child.output()).not.toMatch(/slipway_[\w-]{40}|test-secret-of-the-client|eyJ/);
});
