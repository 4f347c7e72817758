// Every route, asked by every role: in all pools, in one, in another. What no row below names fails here, so that a new route is thought about.

import { UNLIMITED } from "../core/market/amount.ts";
import { describe, expect, test } from "vitest";
import { Deployment } from "../contract/deployment.ts";
import type { Grant, Role } from "../core/people/grants.ts";
import { ROLES } from "../core/people/grants.ts";
import { accountId, type DeploymentId, deploymentId, machineId } from "../core/ids.ts";
import { sampleMachine, samplePool, sampleToken } from "../ports/store.samples.ts";
import { documentOf } from "./document.ts";
import { hashToken } from "./auth.ts";
import { createStand, SHOP, type Stand } from "./stand.testsuite.ts";

/** The least role for it; `whole`: over the installation, where a role in a pool is none. */
interface Row {
  readonly role: Role;
  readonly where: "whole" | "pool";
  readonly body?: unknown;
}

const whole = (role: Role, body?: unknown): Row => ({ role, where: "whole", body });
const pool = (role: Role, body?: unknown): Row => ({ role, where: "pool", body });
const blueprint = { source: SHOP };

const TABLE: Readonly<Record<string, Row>> = {
  "GET /v1/about": pool("viewer"),
  "GET /v1/openapi.json": pool("viewer"),
  "GET /v1/checkup": whole("viewer"),
  "GET /v1/accounts": whole("viewer"),
  "POST /v1/accounts": whole("admin", {}),
  "GET /v1/accounts/{name}": whole("viewer"),
  "PATCH /v1/accounts/{name}": whole("admin", { enabled: true }),
  "DELETE /v1/accounts/{name}": whole("admin"),
  "POST /v1/accounts/{name}/check": whole("admin", {}),
  "GET /v1/accounts/{name}/offers": whole("viewer"),
  "GET /v1/accounts/{name}/usage": whole("viewer"),
  "GET /v1/audit": whole("admin"),
  "GET /v1/backup": whole("admin"),
  "GET /v1/blocks": whole("viewer"),
  "DELETE /v1/blocks": whole("admin"),
  "POST /v1/blueprints/check": pool("viewer", blueprint),
  "GET /v1/blueprints": pool("viewer"),
  "GET /v1/blueprints/{name}": pool("viewer"),
  "GET /v1/blueprints/{name}/versions": pool("viewer"),
  "PUT /v1/blueprints/{name}": whole("admin", {}),
  "DELETE /v1/blueprints/{name}": whole("admin"),
  "GET /v1/debt": pool("viewer"),
  "POST /v1/debt/{machine}/retry": pool("operator", {}),
  "GET /v1/deployments": pool("viewer"),
  "POST /v1/deployments": pool("launcher", { blueprint, pool: "POOL" }),
  "GET /v1/deployments/{deployment}": pool("viewer"),
  "DELETE /v1/deployments/{deployment}": pool("operator"),
  "GET /v1/deployments/{deployment}/instances/{instance}/console": pool("viewer"),
  "GET /v1/deployments/{deployment}/events": pool("viewer"),
  "GET /v1/deployments/{deployment}/stream": pool("viewer"),
  "GET /v1/deployments/{deployment}/outputs": pool("viewer"),
  "GET /v1/deployments/{deployment}/blueprint": pool("operator"),
  "POST /v1/deployments/{deployment}/relaunch": pool("operator", {}),
  "POST /v1/deployments/{deployment}/update": pool("operator", {}),
  "POST /v1/deployments/{deployment}/update/plan": pool("operator", {}),
  "POST /v1/deployments/{deployment}/cancel": pool("operator"),
  "POST /v1/deployments/{deployment}/stop": pool("operator"),
  "POST /v1/deployments/{deployment}/release": pool("operator"),
  "POST /v1/deployments/{deployment}/retry-rollback": pool("operator"),
  "POST /v1/deployments/{deployment}/instances/{name}/retry": pool("operator"),
  "POST /v1/deployments/{deployment}/instances/{name}/release": pool("operator"),
  "POST /v1/deployments/{deployment}/instances/{name}/reboot": pool("operator"),
  "POST /v1/deployments/{deployment}/extend": pool("operator", { until: "2030-01-01T00:00:00.000Z" }),
  "POST /v1/deployments/{deployment}/repair": pool("operator", {}),
  "GET /v1/machines/{machine}/evidence": pool("viewer"),
  "GET /v1/export": pool("viewer"),
  "GET /v1/groups": whole("admin"),
  "POST /v1/groups": whole("admin", {}),
  "PATCH /v1/groups/{name}": whole("admin", {}),
  "DELETE /v1/groups/{name}": whole("admin"),
  "GET /v1/hold": pool("viewer"),
  "PUT /v1/hold": whole("admin", {}),
  "DELETE /v1/hold": whole("admin"),
  "POST /v1/plan": pool("viewer", { blueprint, pool: "POOL" }),
  "GET /v1/plans/{plan}": pool("viewer"),
  "POST /v1/plans/{plan}/apply": pool("launcher"),
  "GET /v1/pools": pool("viewer"),
  "POST /v1/pools": whole("admin", {}),
  "GET /v1/pools/{name}": pool("viewer"),
  "PATCH /v1/pools/{name}": pool("admin", { enabled: true }),
  "DELETE /v1/pools/{name}": whole("admin"),
  "GET /v1/profiles": pool("viewer"),
  "PUT /v1/profiles/{name}": whole("admin", {}),
  "DELETE /v1/profiles/{name}": whole("admin"),
  "GET /v1/providers": pool("viewer"),
  "GET /v1/tokens": whole("admin"),
  "POST /v1/tokens": whole("admin", {}),
  "DELETE /v1/tokens/{name}": whole("admin"),
  "GET /v1/users": whole("admin"),
  "POST /v1/users": whole("admin", {}),
  "PATCH /v1/users/{name}": whole("admin", {}),
  "DELETE /v1/users/{name}": whole("admin"),
  "GET /v1/webhooks": whole("admin"),
  "POST /v1/webhooks": whole("admin", {}),
  "PATCH /v1/webhooks/{name}": whole("admin", { kinds: null }),
  "DELETE /v1/webhooks/{name}": whole("admin"),
  "POST /v1/webhooks/{name}/test": whole("admin"),
  "GET /v1/webhooks/{name}/deliveries": whole("admin"),
  "POST /v1/webhooks/{name}/replay": whole("admin", {}),
};

/** It names what is in a pool. */
const names = (route: string): boolean =>
  /\{(deployment|machine)\}|pools\/\{/.test(route) || /(plan|POST \/v1\/deployments)$/.test(route);

interface Site {
  readonly stand: Stand;
  readonly shop: DeploymentId;
  readonly as: (grants: readonly Grant[]) => Promise<{ authorization: string }>;
  /** The route as asked of what is in pool web. */
  readonly ask: (route: string, row: Row, headers: { authorization: string }) => Promise<number>;
}

async function site(): Promise<Site> {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.store.write(async (tx) => {
    const [everything] = await tx.pools();
    const members = everything?.members ?? [];
    await tx.putPool(samplePool({ name: "web", members }));
    await tx.putPool(samplePool({ name: "lab", members }));
  });
  await stand.startEngine();
  const asked = { method: "POST", path: "/v1/deployments", body: { blueprint, pool: "web", name: "shop" } };
  const shop = deploymentId((await stand.reply(Deployment, 201, asked)).id);
  await stand.clock.advance(60_000);
  await stand.store.write(async (tx) => {
    const debt = { state: "made", externalId: "x", madeAt: 1, undoAskedAt: 1, debtSince: 2 } as const;
    await tx.putStray(
      sampleMachine({
        id: machineId("stray"),
        account: accountId("acc-east"),
        deployment: null,
        instance: null,
        ...debt,
      }),
    );
  });
  let count = 0;
  return {
    stand,
    shop,
    as: async (grants) => {
      const name = `u${(count += 1)}`;
      await stand.store.write(async (tx) => {
        await tx.putUser({
          name,
          enabled: true,
          groups: [],
          subject: null,
          claims: [],
          grants,
          limit: UNLIMITED,
          createdAt: 1,
        });
        await tx.putToken(sampleToken({ name: `t${count}`, hash: hashToken(name), owner: name, role: "admin" }));
      });
      return { authorization: `Bearer ${name}` };
    },
    ask: async (route, { body }, headers) => {
      const [method = "", path = ""] = route.split(" ");
      const url = path
        .replace("{deployment}", "shop")
        .replace("{machine}", path.includes("debt") ? "stray" : "nothing")
        .replace("pools/{name}", "pools/web")
        .replaceAll(/\{\w+\}/g, "nothing");
      const given =
        body === undefined ? {} : { body: JSON.parse(JSON.stringify(body).replace("POOL", "web")) as unknown };
      // A stream would never end.
      const isStream = path.endsWith("/stream");
      const answer = await stand.ask({ method: isStream ? "HEAD" : method, path: url, as: null, headers, ...given });
      return answer.status;
    },
  };
}

const isLetIn = (status: number): boolean => status !== 403 && status !== 401;

describe("every route", () => {
  test("is in the table", async () => {
    const { app } = await createStand();
    const documented = Object.entries(documentOf(app).paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...documented, "GET /v1/openapi.json"].toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  test("takes no stranger", async () => {
    const { ask } = await site();
    for (const [route, row] of Object.entries(TABLE)) {
      expect([route, await ask(route, row, { authorization: "Bearer nobody" })]).toEqual([route, 401]);
    }
  });

  test("takes whoever has its role everywhere or a higher one, and nobody with less", async () => {
    const { as, ask } = await site();
    for (const role of ROLES) {
      const headers = await as([{ role, pool: null }]);
      for (const [route, row] of Object.entries(TABLE)) {
        const may = ROLES.indexOf(role) >= ROLES.indexOf(row.role);
        // Users see and make tokens of their own.
        if (route.includes("/v1/tokens")) continue;
        const status = await ask(route, row, headers);
        expect([role, route, isLetIn(status)]).toEqual([role, route, may]);
      }
    }
  }, 60_000);

  test("takes a role in its pool for what is there, and never for what is elsewhere or spans pools", async () => {
    const { as, ask } = await site();
    for (const role of ROLES) {
      const [here, elsewhere] = [await as([{ role, pool: "web" }]), await as([{ role, pool: "lab" }])];
      for (const [route, row] of Object.entries(TABLE)) {
        if (route.includes("/v1/tokens")) continue;
        const may = row.where === "pool" && ROLES.indexOf(role) >= ROLES.indexOf(row.role);
        const status = await ask(route, row, here);
        expect([role, route, isLetIn(status)]).toEqual([role, route, may]);
        const other = await ask(route, row, elsewhere);
        // What somebody may not see is not there for them.
        if (names(route)) expect([role, route, other, other >= 400]).toEqual([role, route, other, true]);
        else if (row.where === "whole") expect([role, route, other]).toEqual([role, route, 403]);
      }
    }
  }, 60_000);

  test("takes no token that is over, gone, of nobody, or of somebody who is locked out", async () => {
    const { stand, as } = await site();
    const headers = await as([{ role: "admin", pool: null }]);
    const status = async () => (await stand.ask({ path: "/v1/about", as: null, headers })).status;
    expect(await status()).toBe(200);
    const [token] = (await stand.store.read((tx) => tx.tokens())).filter(({ name }) => name === "t1");
    expect(token?.lastUsedAt).not.toBeNull();
    const put = (given: object) =>
      stand.store.write((tx) => tx.putToken({ ...(token ?? expect.unreachable()), ...given }));
    await put({ expiresAt: await stand.store.read((tx) => tx.now()) });
    expect(await status()).toBe(401);
    await put({ expiresAt: (await stand.store.read((tx) => tx.now())) + 1_000 });
    expect(await status()).toBe(200);
    await stand.store.write((tx) =>
      tx.putUser({
        name: "u1",
        enabled: false,
        groups: [],
        subject: null,
        claims: [],
        grants: [{ role: "admin", pool: null }],
        limit: UNLIMITED,
        createdAt: 1,
      }),
    );
    expect(await status()).toBe(401);
    await stand.store.write((tx) =>
      tx.putUser({
        name: "u1",
        enabled: true,
        groups: [],
        subject: null,
        claims: [],
        grants: [],
        limit: UNLIMITED,
        createdAt: 1,
      }),
    );
    expect(await status()).toBe(403);
    await stand.store.write((tx) => tx.deleteUser("u1"));
    expect(await status()).toBe(401);
  });
});

test("lists hold what is in pools that somebody sees, and nothing else", async () => {
  const { stand, as, shop } = await site();
  const [web, lab] = [await as([{ role: "viewer", pool: "web" }]), await as([{ role: "viewer", pool: "lab" }])];
  for (const path of [
    "/v1/deployments",
    "/v1/pools",
    "/v1/export?table=deployments&format=json",
    "/v1/deployments?pool=web",
  ]) {
    const told = async (headers: { authorization: string }) =>
      JSON.stringify((await stand.ask({ path, as: null, headers })).body).includes(
        path === "/v1/pools" ? '"web"' : shop,
      );
    expect([path, await told(web), await told(lab)]).toEqual([path, true, false]);
  }
  // A stray is in no pool.
  const debts = async (headers: { authorization: string }) =>
    JSON.stringify((await stand.ask({ path: "/v1/debt", as: null, headers })).body).includes("stray");
  expect([await debts(web), await debts(await as([{ role: "viewer", pool: null }]))]).toEqual([false, true]);
});

test("a launcher acts on what they launched, and on nothing that others did", async () => {
  const { stand, as } = await site();
  const headers = await as([{ role: "launcher", pool: "web" }]);
  const own = await stand.reply(Deployment, 201, {
    method: "POST",
    path: "/v1/deployments",
    body: { blueprint, name: "own", pool: "web" },
    as: null,
    headers,
  });
  expect(own.actions).toContain("cancel");
  const others = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop", as: null, headers });
  expect(others.actions).toEqual([]);
  const refused = await stand.problem("not_permitted", {
    method: "POST",
    path: "/v1/deployments/shop/stop",
    as: null,
    headers,
  });
  expect(refused.detail).toContain("was launched by the-admin");
  expect((await stand.ask({ method: "POST", path: "/v1/deployments/own/cancel", as: null, headers })).status).toBe(200);
});

test("an open stream ends when its token, its user or their grant is gone", async () => {
  const { stand, as } = await site();
  for (const end of [
    () => stand.store.write((tx) => tx.deleteToken("t1")),
    () =>
      stand.store.write((tx) =>
        tx.putUser({
          name: "u2",
          enabled: false,
          groups: [],
          subject: null,
          claims: [],
          grants: [],
          limit: UNLIMITED,
          createdAt: 1,
        }),
      ),
    () =>
      stand.store.write((tx) =>
        tx.putUser({
          name: "u3",
          enabled: true,
          groups: [],
          subject: null,
          claims: [],
          grants: [{ role: "admin", pool: "lab" }],
          limit: UNLIMITED,
          createdAt: 1,
        }),
      ),
  ]) {
    const headers = await as([{ role: "viewer", pool: "web" }]);
    const response = await fetch(`${stand.url}/v1/deployments/shop/stream`, { headers });
    expect(response.status).toBe(200);
    await end();
    await stand.clock.advance(1_000);
    // It would never end otherwise: the deployment runs.
    expect(await response.text()).not.toContain("event: end");
  }
});

test("a pool's admin changes it, but neither its accounts nor its limits", async () => {
  const { stand, as } = await site();
  const headers = await as([{ role: "admin", pool: "web" }]);
  const patch = (body: object) => ({ method: "PATCH", path: "/v1/pools/web", as: null, headers, body });
  expect((await stand.ask(patch({ maxLeaseMs: 3_600_000 }))).status).toBe(200);
  await stand.problem("not_permitted", patch({ members: [] }));
  await stand.problem("not_permitted", patch({ limit: { instances: 1000 } }));
  await stand.problem("not_permitted", patch({ userLimit: { instances: 1000 } }));
});
