// Pools: which accounts a launch may choose from, and in which order.

import { createRoute, type z } from "@hono/zod-openapi";
import { NewPool, Pool, PoolList, PoolPatch, type RetentionPatch } from "../../contract/account.ts";
import { noSuch } from "../../contract/no-such.ts";
import type { PoolMember } from "../../core/account.ts";
import type { AccountId } from "../../core/ids.ts";
import { RETENTION, type Retention } from "../../core/people/retention.ts";
import { DEPLOYMENT, DEPLOYMENT_STATES, finalStates } from "../../core/states.ts";
import type { Reads } from "../../ports/store.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { accountNames, findPool } from "../acts/find.ts";
import { badField, Refused } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showPool } from "../show/account.ts";
import { UNLIMITED } from "../../core/market/amount.ts";
import { readLimit } from "../show/terms.ts";

const common = { tags: ["pools"], security: SECURITY };
const responses = { 200: reply(Pool, "The pool"), ...PROBLEM };

const list = createRoute({
  method: "get",
  path: "/v1/pools",
  summary: "List pools",
  ...common,
  responses: { 200: reply(PoolList, "All pools"), ...PROBLEM },
});

const post = createRoute({
  method: "post",
  path: "/v1/pools",
  summary: "Make a pool",
  ...common,
  request: body(NewPool),
  responses: { 201: reply(Pool, "The pool"), ...PROBLEM },
});

const get = createRoute({
  method: "get",
  path: "/v1/pools/{name}",
  summary: "Show a pool",
  ...common,
  request: { params: NameInPath },
  responses,
});

const patch = createRoute({
  method: "patch",
  path: "/v1/pools/{name}",
  summary: "Change a pool; what is left out stays as it is",
  ...common,
  request: { params: NameInPath, ...body(PoolPatch) },
  responses,
});

const remove = createRoute({
  method: "delete",
  path: "/v1/pools/{name}",
  summary: "Delete a pool in which nothing is up or under way",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addPoolRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { pools, names } = await store.read(async (tx) => ({
      pools: await tx.pools(),
      names: await accountNames(tx),
    }));
    return c.json({ pools: pools.map((pool) => showPool(pool, names)) }, 200);
  });

  app.openapi(get, async (c) => {
    const shown = await store.read(async (tx) => {
      return showPool(await findPool(tx, c.req.valid("param").name), await accountNames(tx));
    });
    return c.json(shown, 200);
  });

  app.openapi(post, async (c) => {
    const { name, enabled, members, limit, maxLeaseMs = null, retention } = c.req.valid("json");
    const shown = await store.write(async (tx) => {
      if ((await tx.pools()).some((pool) => pool.name === name)) {
        throw badField("/name", `pool ${name} exists already`, "name_taken");
      }
      const names = await accountNames(tx);
      const pool = {
        name,
        enabled,
        members: membersOf(members, names),
        limit: limit === undefined ? UNLIMITED : readLimit(limit),
        maxLeaseMs,
        retention: retentionOf(retention, RETENTION),
      };
      await tx.putPool(pool);
      return showPool(pool, names);
    });
    return c.json(shown, 201);
  });

  app.openapi(patch, async (c) => {
    const { enabled, members, limit, maxLeaseMs, retention } = c.req.valid("json");
    const shown = await store.write(async (tx) => {
      const before = await findPool(tx, c.req.valid("param").name);
      const names = await accountNames(tx);
      const pool = {
        name: before.name,
        enabled: enabled ?? before.enabled,
        members: members === undefined ? before.members : membersOf(members, names),
        limit: limit === undefined ? before.limit : readLimit(limit),
        maxLeaseMs: maxLeaseMs === undefined ? before.maxLeaseMs : maxLeaseMs,
        retention: retentionOf(retention, before.retention),
      };
      await tx.putPool(pool);
      return showPool(pool, names);
    });
    return c.json(shown, 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      await findPool(tx, name);
      await refuseWhileUsed(tx, name);
      await tx.deletePool(name);
    });
    return c.body(null, 204);
  });
}

function retentionOf(given: RetentionPatch | undefined, kept: Retention): Retention {
  const { stepsDays = kept.stepsDays, consolesDays = kept.consolesDays, ledgerDays = kept.ledgerDays } = given ?? {};
  return { stepsDays, consolesDays, ledgerDays };
}

const FINAL: readonly string[] = finalStates(DEPLOYMENT);
const LIVE = DEPLOYMENT_STATES.filter((state) => !FINAL.includes(state));

async function refuseWhileUsed(tx: Reads, pool: string): Promise<void> {
  const { rows } = await tx.deployments({ pool, states: LIVE, limit: 5 });
  if (rows.length === 0) return;
  const names = rows.map(({ deployment }) => deployment.name).join(", ");
  throw new Refused("in_use", `Pool ${pool} has deployments that have not ended: ${names}; stop them first.`);
}

/** Throws bad_request for an account that does not exist or is named twice. */
function membersOf(
  given: readonly z.output<typeof NewPool>["members"][number][],
  names: ReadonlyMap<AccountId, string>,
): PoolMember[] {
  const members: PoolMember[] = [];
  for (const [place, { account: name, group, weight }] of given.entries()) {
    const [account] = [...names].find(([, known]) => known === name) ?? [];
    const pointer = `/members/${place}/account`;
    if (account === undefined) throw badField(pointer, noSuch("account", name, [...names.values()]));
    if (members.some((member) => member.account === account)) throw badField(pointer, `${name} is in the list already`);
    members.push({ account, group, weight });
  }
  return members;
}
