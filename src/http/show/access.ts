// Tokens, users and groups as replies.

import type * as contract from "../../contract/access.ts";
import type { Amount } from "../../core/market/amount.ts";
import type { Grant, Group, User } from "../../core/people/grants.ts";
import type { Token } from "../../ports/store.ts";
import { showLimit, showNear, showUsage, time, timeOrNull } from "./terms.ts";

export function showToken(token: Token): contract.TokenList["tokens"][number] {
  const { name, role, pool, owner, createdBy, createdAt, expiresAt, lastUsedAt } = token;
  const times = { createdAt: time(createdAt), expiresAt: timeOrNull(expiresAt), lastUsedAt: timeOrNull(lastUsedAt) };
  return { name, role, pool, owner, createdBy, ...times };
}

const showGrants = (grants: readonly Grant[]): Grant[] => grants.map(({ role, pool }) => ({ role, pool }));

export function showUser(user: User, held: Amount): contract.User {
  const { name, enabled, groups, subject, claims, grants, limit, createdAt } = user;
  return {
    name,
    enabled,
    groups: [...groups],
    provider: subject?.split(" ", 1).join("") ?? null,
    claims: [...claims],
    grants: showGrants(grants),
    limit: showLimit(limit),
    used: showUsage(limit, held),
    near: showNear(limit, held),
    createdAt: time(createdAt),
  };
}

export function showGroup({ name, claim, grants, createdAt }: Group): contract.Group {
  return { name, claim, grants: showGrants(grants), createdAt: time(createdAt) };
}
