// Limits of pools and users, and what is held of them, as in SQL.

import type { Pool } from "../../core/account.ts";
import { type Amount, boundsOf } from "../../core/market/amount.ts";
import { heldBy, isHeld, type LimitedUser } from "../../core/market/market.ts";
import type { User } from "../../core/people/grants.ts";
import type { QuotaUse } from "../../ports/store.ts";
import { byName } from "./access.ts";
import type { Views } from "./rows.ts";

export function isLimited(views: Views, name: string): boolean {
  const user = views.users.get(name);
  return user !== undefined && boundsOf(user.limit).length > 0;
}

export function limitedUsers(views: Views, names: readonly string[], pool: Pool): readonly LimitedUser[] {
  const limitsEach = boundsOf(pool.userLimit).length > 0;
  const users = byName(views.users.all()).filter(
    ({ name }) => names.includes(name) && (limitsEach || isLimited(views, name)),
  );
  return users.map((user) => {
    const { name, createdAt: since, limit } = user;
    const held = isLimited(views, name) ? heldByUser(views, user) : {};
    const heldHere = limitsEach ? heldByUser(views, user, pool.name) : {};
    return { name, since, limit, held, heldHere };
  });
}

/** In this pool, or in all. */
function heldByUser(views: Views, { name, createdAt }: User, pool?: string): Amount {
  return heldBy(
    views.placements.all().filter((row) => {
      const launched = views.deployments.get(row.deployment)?.row;
      if (launched === undefined || !isHeld(row) || launched.createdBy !== name) return false;
      return launched.createdAt >= createdAt && (pool ?? launched.pool) === launched.pool;
    }),
  );
}

export function quotas(views: Views): readonly QuotaUse[] {
  const holding = views.placements.all().filter(isHeld);
  const inPool = (pool: string) => holding.filter((row) => views.deployments.get(row.deployment)?.row.pool === pool);
  return [
    ...byName(views.pools.all()).map(({ name, limit }) => ({
      of: "pool" as const,
      name,
      limit,
      held: heldBy(inPool(name)),
    })),
    ...byName(views.users.all()).map((user) => ({
      of: "user" as const,
      name: user.name,
      limit: user.limit,
      held: heldByUser(views, user),
    })),
  ];
}
