// Who may speak to the engine, and what those get who may not.

import { expect, test } from "vitest";
import { login, ovirtStages } from "./ovirt.testsuite.ts";

const opened = ovirtStages();

test("a token is given for name, profile and password, and has no end of its own", async () => {
  const { url } = await opened();
  const answer = await login(url);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    access_token: expect.stringMatching(/^[0-9a-f]{32}$/),
    scope: "ovirt-app-api",
    exp: "9223372036854775807",
    token_type: "bearer",
  });
});

test.each([
  ["a wrong password", { password: "no" }, "access_denied"],
  ["somebody else", { username: "nobody@internal" }, "access_denied"],
  ["another grant", { grant_type: "client_credentials" }, "unsupported_grant_type"],
  ["another scope", { scope: "ovirt-app-admin" }, "invalid_scope"],
  ["nobody", { username: "" }, "invalid_request"],
])("%s: always a 400 with the reason", async (_, changes, code) => {
  const { url } = await opened();
  const answer = await login(url, changes);
  expect([answer.status, Object(answer.json).error_code]).toEqual([400, code]);
});

test("a list of types that would be accepted is not understood", async () => {
  const { url } = await opened();
  const answer = await login(url, {}, "application/json, */*");
  expect([answer.status, Object(answer.json).error_code]).toEqual([400, "invalid_request"]);
});

test("a token that is over is a page with 401, and nothing was done; each use begins its time anew", async () => {
  const { ask, clock, operator, datacentre } = await opened();
  await clock.advance(29 * 60_000);
  expect((await ask("/clusters")).status).toBe(200);
  await clock.advance(29 * 60_000);
  expect((await ask("/clusters")).status).toBe(200);
  operator.addFaults([{ on: "create", do: { kind: "expire_session" } }]);
  const body = { name: "db", cluster: { name: "roomy" }, template: { name: "debian-12" } };
  const refused = await ask("/vms", { body });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toBe('Basic realm="RESTAPI"');
  expect(refused.headers.get("correlation-id")).toBeNull();
  expect(refused.text).toContain("<html>");
  expect(datacentre.billing.entries()).toEqual([]);
});

test("name and password do with every request, too; a logout ends a token", async () => {
  const { url, ask, token } = await opened();
  const basic = `Basic ${Buffer.from("admin@internal:engine-password").toString("base64")}`;
  expect((await ask("", { headers: { authorization: basic } })).status).toBe(200);
  expect((await ask("", { headers: { authorization: "" } })).status).toBe(401);
  const ended = await fetch(`${url}/ovirt-engine/services/sso-logout`, {
    method: "POST",
    body: new URLSearchParams({ token }),
  });
  expect(ended.status).toBe(200);
  expect((await ask("")).status).toBe(401);
});

test("an engine that is out of order is a page with 503, whoever asks for what", async () => {
  const { url, ask, operator } = await opened();
  const health = async () => (await fetch(`${url}/ovirt-engine/services/health`)).text();
  expect(await health()).toBe("DB Up!Welcome to Health Status!");
  operator.setOutage(true);
  expect(await health()).toContain("503");
  expect((await login(url)).status).toBe(503);
  const refused = await ask("/vms");
  expect([refused.status, refused.headers.get("content-type")]).toEqual([503, "text/html;charset=UTF-8"]);
});
