// Pools: which accounts a launch may choose from, and in which order.

import { createRoute, type z } from "@hono/zod-openapi";
import { NewPool, Pool, PoolList, PoolPatch, type RetentionPatch } from "../../contract/account.ts";
import type { Limit } from "../../contract/terms.ts";
import { noSuch } from "../../contract/no-such.ts";
import type { PoolMember, Pool as CorePool } from "../../core/account.ts";
import { allows } from "../../core/people/grants.ts";
import type { AccountId } from "../../core/ids.ts";
import { RETENTION, type Retention } from "../../core/people/retention.ts";
import { DEPLOYMENT, DEPLOYMENT_STATES, finalStates } from "../../core/states.ts";
import type { Reads } from "../../ports/store.ts";
import type { App, Caller, HttpDeps } from "../http-deps.ts";
import { accountNames, findPool, heldBy, notPermitted, poolsSeen } from "../acts/find.ts";
import { badField, Refused } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showPool } from "../show/account.ts";
import { type QuotaLimit, UNLIMITED } from "../../core/market/amount.ts";
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
    const pools = await store.read(async (tx) => {
      const seen = await poolsSeen(tx, c.get("caller"));
      const [names, held] = [await accountNames(tx), await heldBy(tx, "pool")];
      return seen.map((pool) => showPool(pool, names, held.get(pool.name) ?? {}));
    });
    return c.json({ pools }, 200);
  });

  app.openapi(get, async (c) => {
    const shown = await store.read(async (tx) => {
      const pool = await findPool(tx, c.req.valid("param").name, c.get("caller"));
      return showPool(pool, await accountNames(tx), (await heldBy(tx, "pool")).get(pool.name) ?? {});
    });
    return c.json(shown, 200);
  });

  app.openapi(post, async (c) => {
    const given = c.req.valid("json");
    const shown = await store.write(async (tx) => {
      const names = await accountNames(tx);
      const pool = await newPool(tx, given, names);
      await tx.putPool(pool);
      return showPool(pool, names, {});
    });
    return c.json(shown, 201);
  });

  app.openapi(patch, async (c) => {
    const [caller, given] = [c.get("caller"), c.req.valid("json")];
    const shown = await store.write(async (tx) => {
      const before = await findPool(tx, c.req.valid("param").name, caller);
      refuseUnlessTheirs(caller, given, before.name);
      const names = await accountNames(tx);
      const pool = patched(before, given, names);
      await tx.putPool(pool);
      return showPool(pool, names, (await heldBy(tx, "pool")).get(pool.name) ?? {});
    });
    return c.json(shown, 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      // Grants and tokens in it go with it.
      await tx.lockAccess();
      await findPool(tx, name, c.get("caller"));
      await refuseWhileUsed(tx, name);
      await tx.deletePool(name);
    });
    return c.body(null, 204);
  });
}

type Names = ReadonlyMap<AccountId, string>;

/** Throws name_taken. */
async function newPool(tx: Reads, given: z.output<typeof NewPool>, names: Names): Promise<CorePool> {
  const { name, enabled, members, limit, userLimit, retention, maxLeaseMs = null, maxQuarantineMs = null } = given;
  if ((await tx.pools()).some((pool) => pool.name === name)) {
    throw badField("/name", `pool ${name} exists already`, "name_taken");
  }
  return {
    name,
    enabled,
    members: membersOf(members, names),
    ...limitsOf({ limit, userLimit }, { limit: UNLIMITED, userLimit: UNLIMITED }),
    maxLeaseMs,
    maxQuarantineMs,
    retention: retentionOf(retention, RETENTION),
  };
}

/** Whose accounts a pool takes, and how much of them it and each of its users may take, concerns others too: that is not for its own admins to change. */
function refuseUnlessTheirs(caller: Caller, given: z.output<typeof PoolPatch>, pool: string): void {
  const isOurs = given.members === undefined && given.limit === undefined && given.userLimit === undefined;
  const needed = { role: "admin", pool: isOurs ? pool : null } as const;
  if (!allows(caller.grants, needed)) throw notPermitted(caller, needed);
}

function patched(before: CorePool, given: z.output<typeof PoolPatch>, names: Names): CorePool {
  const { enabled, members, limit, userLimit, maxLeaseMs, maxQuarantineMs, retention } = given;
  return {
    name: before.name,
    enabled: enabled ?? before.enabled,
    members: members === undefined ? before.members : membersOf(members, names),
    ...limitsOf({ limit, userLimit }, before),
    maxLeaseMs: maxLeaseMs === undefined ? before.maxLeaseMs : maxLeaseMs,
    maxQuarantineMs: maxQuarantineMs === undefined ? before.maxQuarantineMs : maxQuarantineMs,
    retention: retentionOf(retention, before.retention),
  };
}

type Limits<L> = Readonly<Record<"limit" | "userLimit", L>>;

/** What is not given stays. */
function limitsOf({ limit, userLimit }: Limits<Limit | undefined>, kept: Limits<QuotaLimit>): Limits<QuotaLimit> {
  return {
    limit: limit === undefined ? kept.limit : readLimit(limit),
    userLimit: userLimit === undefined ? kept.userLimit : readLimit(userLimit),
  };
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
