// Keystone: who is let in, for what, and where the services are.

import { expect, test } from "vitest";
import { credentialId } from "./keystone.ts";
import { projectId, userId } from "./names.ts";
import { login, NOVA, openstackStages, PASSWORD } from "./openstack.testsuite.ts";

const opened = openstackStages();

test("a token is for a project, and tells where each service is", async () => {
  const { url, ask } = await opened();
  const { status, json, headers } = await login(url);
  const { token } = Object(json);
  expect([status, headers.get("x-subject-token")?.length]).toEqual([201, expect.any(Number)]);
  expect(token.project).toMatchObject({ id: projectId("demo"), name: "demo" });
  const addresses = token.catalog.map(({ type, endpoints }: { type: string; endpoints: { url: string }[] }) => {
    return [type, endpoints[0]?.url.replace(url, "")];
  });
  expect(addresses).toEqual([
    ["identity", "/identity/v3"],
    ["compute", NOVA],
    ["image", "/image"],
    ["network", "/network"],
  ]);
  expect(Object((await ask("/identity/v3/auth/projects")).json).projects).toMatchObject([{ name: "demo" }]);
});

const WHO = { name: "demo", domain: { id: "default" }, password: "demo-password" };
const password = (user: object) => ({ identity: { ...PASSWORD, password: { user: { ...WHO, ...user } } } });

test.each<[string, Parameters<typeof login>[1], number]>([
  [
    "by the user's id",
    { identity: { methods: ["password"], password: { user: { id: userId("demo"), password: "demo-password" } } } },
    201,
  ],
  ["with a wrong password", password({ password: "wrong" }), 401],
  ["of another domain", password({ domain: { name: "Elsewhere" } }), 401],
  ["for another project", { scope: { project: { name: "other", domain: { id: "default" } } } }, 401],
  ["for a project by its id", { scope: { project: { id: projectId("demo") } } }, 201],
  [
    "by an application credential",
    {
      identity: {
        methods: ["application_credential"],
        application_credential: { id: credentialId("demo"), secret: "demo-password" },
      },
    },
    201,
  ],
  ["in a way that nobody knows", { identity: { methods: ["totp"] } }, 401],
  ["that makes no sense", { identity: { password: 1 } }, 400],
])("a login %s", async (_, given, expected) => {
  const { url } = await opened();
  const { status, json } = await login(url, given);
  expect(status).toBe(expected);
  if (status === 401) expect(json).toMatchObject({ error: { code: 401, title: "Unauthorized" } });
});

test("a token without a project opens no service but Keystone", async () => {
  const { url } = await opened();
  const { headers, json } = await login(url, { scope: "unscoped" });
  expect(Object(json).token).not.toHaveProperty("catalog");
  const own = { headers: { "x-auth-token": headers.get("x-subject-token") ?? "" } };
  expect((await fetch(`${url}/identity/v3/auth/projects`, own)).status).toBe(200);
  expect((await fetch(`${url}${NOVA}/servers`, own)).status).toBe(401);
});

test("a token that was given back, or is over, is refused", async () => {
  const { url, ask, operator } = await opened();
  const { headers } = await login(url);
  const own = { "x-auth-token": headers.get("x-subject-token") ?? "" };
  const taken = await fetch(`${url}/identity/v3/auth/tokens`, { method: "DELETE", headers: own });
  expect([taken.status, (await fetch(`${url}${NOVA}/limits`, { headers: own })).status]).toEqual([204, 401]);
  expect((await ask(`${NOVA}/limits`)).status).toBe(200);
  operator.expireSessions();
  expect((await ask(`${NOVA}/limits`)).status).toBe(401);
});

test("versions are told to anybody, and paths that nobody knows are a page", async () => {
  const { url, ask } = await opened();
  const statuses: [string, number][] = [];
  for (const path of [
    "/identity/v3",
    "/identity/",
    "/compute/",
    NOVA,
    "/image/",
    "/network/",
    "/",
    "/compute/v3/servers",
  ]) {
    statuses.push([path, (await fetch(`${url}${path}`)).status]);
  }
  expect(statuses.map(([, status]) => status)).toEqual([200, 300, 200, 200, 200, 200, 404, 404]);
  const nowhere = await ask(`${NOVA}/os-nothing`);
  expect([nowhere.status, nowhere.text]).toEqual([404, expect.stringContaining("<h1>404 Not Found</h1>")]);
});
