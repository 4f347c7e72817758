import { expect, test } from "vitest";
import { MadeToken, ROLES, TokenList } from "../../contract/access.ts";
import { About, DebtList, Debt } from "../../contract/operation.ts";
import { accountId } from "../../core/ids.ts";
import { sampleMachine } from "../../ports/store.samples.ts";
import { documentOf } from "../document.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

test("a token is shown once, works at once, and only its hash is kept", async () => {
  const stand = await createStand();
  const made = await stand.reply(MadeToken, 201, {
    method: "POST",
    path: "/v1/tokens",
    body: { name: "ci", role: "operator" },
  });
  expect(made.token).toMatch(/^slipway_[\w-]{43}$/);
  const headers = { authorization: `Bearer ${made.token}` };
  const about = await stand.reply(About, 200, { path: "/v1/about", as: null, headers });
  expect(about).toMatchObject({
    version: "1.2.3",
    embedded: true,
    providers: ["sim"],
    token: { name: "ci", role: "operator" },
  });
  const { tokens } = await stand.reply(TokenList, 200, { path: "/v1/tokens" });
  expect(tokens.map(({ name, role }) => [name, role])).toContainEqual(["ci", "operator"]);
  const kept = await stand.store.read((tx) => tx.tokens());
  expect(JSON.stringify([tokens, kept])).not.toContain(made.token);
});

/** Asked with POST, and changing nothing. */
const QUESTIONS = ["/v1/plan", "/v1/blueprints/check"];

test("what a token may change, as the server tells it, is what the server lets it change", async () => {
  const stand = await createStand();
  const { paths } = documentOf(stand.app);
  const asked = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((method) =>
      method === "get" || QUESTIONS.includes(path) ? [] : { method: method.toUpperCase(), path },
    ),
  );
  expect(asked.length).toBeGreaterThan(20);
  for (const role of ROLES) {
    const { may } = await stand.reply(About, 200, { path: "/v1/about", as: role });
    for (const { method, path } of asked) {
      const { status } = await stand.ask({ method, path: path.replaceAll(/[{}]/g, ""), as: role });
      // Who may launch may launch what was planned.
      const changed = path.replace(/^\/v1\/plans\//, "/v1/deployments/");
      const isAllowed = may.some((resource) => changed.startsWith(`/v1/${resource}`));
      expect([role, method, path, status === 403]).toEqual([role, method, path, !isAllowed]);
    }
    expect((await stand.ask({ path: "/v1/tokens", as: role })).status === 200).toBe(may.includes("tokens"));
    for (const path of QUESTIONS) expect((await stand.ask({ method: "POST", path, as: role })).status).not.toBe(403);
  }
});

test("names are taken once, and the last admin stays", async () => {
  const stand = await createStand();
  const make = (name: string, role: string) => ({ method: "POST", path: "/v1/tokens", body: { name, role } });
  await stand.problem("name_taken", make("the-viewer", "viewer"));
  await stand.problem("in_use", { method: "DELETE", path: "/v1/tokens/the-admin" });
  await stand.ask(make("other", "admin"));
  expect((await stand.ask({ method: "DELETE", path: "/v1/tokens/other" })).status).toBe(204);
  await stand.problem("not_found", { method: "DELETE", path: "/v1/tokens/other" });
});

test("debt is listed with what it costs, and tried again on wish", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  stand.operator("east").addFaults([{ on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" }]);
  const body = { blueprint: { source: SHOP } };
  await stand.ask({ method: "POST", path: "/v1/deployments", body });
  await stand.clock.advance(2_000);
  await stand.ask({ method: "POST", path: "/v1/deployments/shop/cancel" });
  await stand.clock.advance(60 * 60_000);
  const list = await stand.reply(DebtList, 200, { path: "/v1/debt", as: "viewer" });
  const observed = { observed: "running", observedAt: expect.any(String) };
  expect(list.debts).toMatchObject([
    { deploymentName: "shop", instance: "db", account: "east", call: "destroy", ...observed },
  ]);
  const [debt] = list.debts;
  expect(list.hourlyCost).toBe(debt?.hourlyCost);
  expect(list.cost).toBeCloseTo(debt?.cost ?? 0, 9);
  expect(debt?.cost).toBeGreaterThan(0);
  stand.operator("east").clearFaults();
  const retry = { method: "POST", path: `/v1/debt/${debt?.machine}/retry`, as: "operator" } as const;
  const due = await stand.reply(Debt, 200, retry);
  expect([due.failures, Date.parse(due.nextTryAt ?? "") <= stand.clock.now()]).toEqual([0, true]);
  await stand.clock.advance(5 * 60_000);
  expect((await stand.reply(DebtList, 200, { path: "/v1/debt" })).debts).toEqual([]);
  await stand.problem("not_found", retry);
});

test("debt without a deployment is tried again as well", async () => {
  const stand = await createStand();
  const made = { state: "made", externalId: "x", madeAt: 1, undoAskedAt: 1, debtSince: 2 } as const;
  const due = { call: "destroy", callAt: stand.clock.now() + 900_000, failures: 9 } as const;
  const stray = sampleMachine({ account: accountId("acc-east"), deployment: null, instance: null, ...made, ...due });
  await stand.store.write((tx) => tx.putStray(stray));
  const debt = await stand.reply(Debt, 200, { method: "POST", path: `/v1/debt/${stray.id}/retry` });
  expect(debt).toMatchObject({ machine: stray.id, deployment: null, account: "east", failures: 0 });
  expect(Date.parse(debt.nextTryAt ?? "")).toBe(stand.clock.now());
});

test("a machine calls home with its nonce, without a token", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const source = `slipway: 1
name: shop
instances:
  db:
    image: debian-12
    profile: small
    ready: callback
    userData: curl \${{ self.callbackUrl }}
`;
  await stand.ask({ method: "POST", path: "/v1/deployments", body: { blueprint: { source } } });
  await stand.clock.advance(50);
  const machines = () =>
    stand.store.read(async (tx) => tx.machinesOf((await tx.deploymentsNamed("shop"))[0]?.id ?? expect.unreachable()));
  const [asked] = await machines();
  const path = `/v1/callback/${asked?.nonce}`;
  await stand.problem("unavailable", { method: "POST", path, as: null });
  await stand.clock.advance(20_000);
  expect((await stand.ask({ path: "/v1/deployments/shop" })).body).toMatchObject({
    state: "pending",
    instances: [{ ready: false }],
  });
  expect((await stand.ask({ method: "POST", path, as: null, body: "whatever" })).status).toBe(204);
  await stand.clock.advance(1_000);
  expect((await stand.ask({ path: "/v1/deployments/shop" })).body).toMatchObject({
    state: "running",
    instances: [{ ready: true }],
  });
  await stand.problem("not_found", { path: "/v1/callback/guessed", as: null });
});
