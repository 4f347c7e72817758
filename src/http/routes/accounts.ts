// Provider accounts: what people write down of them. What the tracker finds out is written under the same lock.

import { createRoute } from "@hono/zod-openapi";
import { Account, AccountList, AccountPatch, CheckedAccount, NewAccount } from "../../contract/account.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { changeAccount, checkAccount, makeAccount, removeAccount } from "../acts/account-change.ts";
import { findAccount } from "../acts/find.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showAccount } from "../show/account.ts";
import { invariant } from "../../core/invariant.ts";
import type { Account as AccountRow } from "../../core/account.ts";
import type { CallRate, Reads } from "../../ports/store.ts";

const common = { tags: ["accounts"], security: SECURITY };
const responses = { 200: reply(Account, "The account"), ...PROBLEM };
const checkedResponses = { 200: reply(CheckedAccount, "The account, and what is due now"), ...PROBLEM };

const list = createRoute({
  method: "get",
  path: "/v1/accounts",
  summary: "List provider accounts with their health",
  ...common,
  responses: { 200: reply(AccountList, "All accounts"), ...PROBLEM },
});

const post = createRoute({
  method: "post",
  path: "/v1/accounts",
  summary: "Add a provider account; its cloud is contacted soon after",
  ...common,
  request: body(NewAccount),
  responses: { 201: reply(Account, "The account"), ...PROBLEM },
});

const get = createRoute({
  method: "get",
  path: "/v1/accounts/{name}",
  summary: "Show a provider account",
  ...common,
  request: { params: NameInPath },
  responses,
});

const patch = createRoute({
  method: "patch",
  path: "/v1/accounts/{name}",
  summary: "Change a provider account; what is left out stays as it is",
  ...common,
  request: { params: NameInPath, ...body(AccountPatch) },
  responses: checkedResponses,
});

const remove = createRoute({
  method: "delete",
  path: "/v1/accounts/{name}",
  summary: "Delete a provider account that never held a machine",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

const check = createRoute({
  method: "post",
  path: "/v1/accounts/{name}/check",
  summary: "Contact the account's cloud now; when it lets us in, all that waited for the account is due",
  ...common,
  request: { params: NameInPath },
  responses: checkedResponses,
});

export function addAccountRoutes(app: App, deps: HttpDeps): void {
  const { store } = deps;
  app.openapi(list, async (c) => {
    const accounts = await store.read(async (tx) => show(tx, await tx.accounts()));
    return c.json({ accounts }, 200);
  });

  app.openapi(get, async (c) => c.json(await showNamed(deps, c.req.valid("param").name), 200));

  app.openapi(post, async (c) => {
    const given = c.req.valid("json");
    await makeAccount(deps, given);
    return c.json(await showNamed(deps, given.name), 201);
  });

  app.openapi(patch, async (c) => {
    const { name } = c.req.valid("param");
    const checked = await changeAccount(deps, name, c.req.valid("json"));
    return c.json({ ...(await showNamed(deps, name)), ...checked }, 200);
  });

  app.openapi(remove, async (c) => {
    await removeAccount(deps, c.req.valid("param").name);
    return c.body(null, 204);
  });

  app.openapi(check, async (c) => {
    const { name } = c.req.valid("param");
    const checked = await checkAccount(deps, name);
    return c.json({ ...(await showNamed(deps, name)), ...checked }, 200);
  });
}

/** Of an account that was just made. */
const NO_RATE: CallRate = { perMinute: 0, underWay: 0 };

async function show(tx: Reads, accounts: readonly AccountRow[]): Promise<Account[]> {
  const pools = await tx.pools();
  const open = await tx.openMachines();
  const rates = await tx.callRates();
  const counts = await tx.counts();
  return accounts.map((account) => {
    const openMachines = open.get(account.id) ?? 0;
    const rate = rates.get(account.id) ?? NO_RATE;
    return showAccount({ account, pools, openMachines, rate, counted: counts.get(account.id) });
  });
}

async function showNamed({ store }: HttpDeps, name: string): Promise<Account> {
  return store.read(async (tx) => {
    const [shown] = await show(tx, [await findAccount(tx, name)]);
    invariant(shown !== undefined, "one account, one reply");
    return shown;
  });
}
