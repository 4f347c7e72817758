// Who is let in, and to what: users, groups and their grants, tokens, sessions that were ended.

import type { Grant } from "../../core/people/grants.ts";
import { ROLES } from "../../core/people/grants.ts";
import type { Access, Reads, Tx } from "../../ports/store.ts";
import { compare, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** A token is written on this seldom, however much it is used. */
const USED_EVERY_MS = 60_000;

export function accessAt(views: Views, now: number): Access {
  return {
    tokens: byName(views.tokens.all()),
    users: byName(views.users.all()),
    groups: byName(views.groups.all()),
    endedSessions: new Set(views.endedSessions.all().map(({ id }) => id)),
    now,
  };
}

export function accessOf(views: Views, now: number, { hash, session }: Parameters<Reads["accessOf"]>[0]): Access {
  const all = accessAt(views, now);
  const tokens = all.tokens.filter((token) => token.hash === hash);
  const users = all.users.filter(({ name }) => tokens.some(({ owner }) => owner === name));
  const groups = all.groups.filter(({ name, claim }) =>
    users.some((user) => user.groups.includes(name) || (claim !== null && user.claims.includes(claim))),
  );
  const ended = session !== null && all.endedSessions.has(session) ? [session] : [];
  return { tokens, users, groups, endedSessions: new Set(ended), now };
}

export function byName<R extends { readonly name: string }>(rows: Iterable<R>): R[] {
  return [...rows].sort((a, b) => compare(a.name, b.name));
}

/** As SQL gives them. */
function inOrder(grants: readonly Grant[]): Grant[] {
  return [...grants].sort(
    (a, b) => compare(a.pool ?? "", b.pool ?? "") || compare(ROLES.indexOf(a.role), ROLES.indexOf(b.role)),
  );
}

type KeepingAccess = Pick<
  Tx,
  | "lockAccess"
  | "putToken"
  | "deleteToken"
  | "useToken"
  | "putUser"
  | "deleteUser"
  | "putGroup"
  | "deleteGroup"
  | "endSession"
>;

export function keepingAccess(tx: Transaction): KeepingAccess {
  const { tokens, users, groups, endedSessions, settings } = tx.views;
  return {
    lockAccess: () =>
      tx.statement(async () => {
        await tx.lock(settings, "installation");
        return accessAt(tx.views, tx.now());
      }),
    putToken: (token) =>
      tx.statement(async () => {
        await tx.lock(tokens, token.name);
        tokens.put(token.name, token);
      }),
    deleteToken: (name) =>
      tx.statement(async () => {
        await tx.lock(tokens, name);
        tokens.delete(name);
      }),
    useToken: (hash) =>
      tx.statement(async () => {
        const token = tokens.all().find((one) => one.hash === hash);
        if (token === undefined) return;
        await tx.lock(tokens, token.name);
        const now = tx.now();
        const found = tokens.get(token.name);
        if (found === undefined || (found.lastUsedAt !== null && found.lastUsedAt > now - USED_EVERY_MS)) return;
        tokens.put(token.name, { ...found, lastUsedAt: now });
      }),
    putUser: (user) =>
      tx.statement(async () => {
        await tx.lock(users, user.name);
        users.put(user.name, { ...user, grants: inOrder(user.grants) });
      }),
    deleteUser: (name) =>
      tx.statement(async () => {
        await tx.lock(users, name);
        users.delete(name);
        for (const token of byName(tokens.all())) if (token.owner === name) await dropToken(tx, token.name);
      }),
    putGroup: (group) =>
      tx.statement(async () => {
        await tx.lock(groups, group.name);
        groups.put(group.name, { ...group, grants: inOrder(group.grants) });
      }),
    deleteGroup: (name) =>
      tx.statement(async () => {
        await tx.lock(groups, name);
        groups.delete(name);
        for (const user of byName(users.all())) {
          if (!user.groups.includes(name)) continue;
          await tx.lock(users, user.name);
          users.put(user.name, { ...user, groups: user.groups.filter((one) => one !== name) });
        }
      }),
    endSession: (id, until) =>
      tx.statement(async () => {
        await tx.lock(endedSessions, id);
        for (const over of endedSessions.all()) if (over.until <= tx.now()) endedSessions.delete(over.id);
        endedSessions.put(id, { id, until });
      }),
  };
}

async function dropToken(tx: Transaction, name: string): Promise<void> {
  await tx.lock(tx.views.tokens, name);
  tx.views.tokens.delete(name);
}

/** What goes with a pool: within the statement that deletes it. */
export async function dropGrantsIn(tx: Transaction, pool: string): Promise<void> {
  const { tokens, users, groups } = tx.views;
  for (const token of byName(tokens.all())) if (token.pool === pool) await dropToken(tx, token.name);
  for (const table of [users, groups] as const) {
    for (const { name } of byName<{ readonly name: string; readonly grants: readonly Grant[] }>(table.all())) {
      await tx.lock(table, name);
    }
  }
  const left = (grants: readonly Grant[]) => grants.filter((grant) => grant.pool !== pool);
  for (const user of users.all()) users.put(user.name, { ...user, grants: left(user.grants) });
  for (const group of groups.all()) groups.put(group.name, { ...group, grants: left(group.grants) });
}
