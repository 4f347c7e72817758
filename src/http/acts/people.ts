// What is true whoever is added, changed or taken away: somebody can always get in, names mean one, grants are in pools that exist.

import { noSuch } from "../../contract/no-such.ts";
import { allows, type Grant, grantText } from "../../core/people/grants.ts";
import type { Access, Reads, Token, Tx } from "../../ports/store.ts";
import type { Caller } from "../http-deps.ts";
import { badField, Refused } from "../problem.ts";
import { type Asking, notPermitted } from "./find.ts";

/** One that counts whatever becomes of users, groups, providers of identities and time. */
const isKey = ({ role, pool, owner, expiresAt }: Token): boolean =>
  role === "admin" && pool === null && owner === null && expiresAt === null;

/** Throws in_use for the last token by which somebody gets in, come what may. */
export function refuseLastKey(token: Token, { tokens }: Access): void {
  if (!isKey(token) || tokens.some((one) => one.name !== token.name && isKey(one))) return;
  const text = "with the role admin everywhere that is nobody's and has no end; make another one first";
  throw new Refused("in_use", `Token ${token.name} is the last ${text}.`);
}

/** The history knows users and the tokens of programs by name, so that no two of both may have one. */
export function refuseTakenName(kind: "user" | "token", name: string, { users, tokens }: Access): void {
  const user = users.some((one) => one.name === name);
  const token = tokens.find((one) => one.name === name);
  if (kind === "token" && token !== undefined) {
    throw badField("/name", `token ${name} exists already; delete it first, or take another name`, "name_taken");
  }
  if (user) throw badField("/name", `user ${name} exists already; take another name`, "name_taken");
  if (token !== undefined) {
    throw badField(
      "/name",
      `token ${name} exists already, and the history would mix them up; take another name`,
      "name_taken",
    );
  }
}

/** Throws bad_request for a grant in a pool that does not exist. */
export async function checkGrants(tx: Reads, grants: readonly Grant[]): Promise<void> {
  const pools = (await tx.pools()).map(({ name }) => name);
  for (const [place, { pool }] of grants.entries()) {
    if (pool !== null && !pools.includes(pool)) throw badField(`/grants/${place}/pool`, noSuch("pool", pool, pools));
  }
}

export function checkGroups(groups: readonly string[], access: Access): void {
  const names = access.groups.map(({ name }) => name);
  for (const [place, group] of groups.entries()) {
    if (!names.includes(group)) throw badField(`/groups/${place}`, noSuch("group", group, names));
  }
}

const isAdmin = ({ grants }: Asking): boolean => allows(grants, { role: "admin", pool: null });

/** Admins see all tokens, users their own. */
export const isTheirs = (asking: Asking, { owner }: Token): boolean =>
  isAdmin(asking) || (owner !== null && owner === asking.user);

/**
 * A token ends itself and those that it could have made: who has got hold of a weak one takes no strong one away. Throws not_permitted for
 * another, admins apart.
 */
export function refuseStronger(asking: Caller, token: Token): void {
  const { token: own } = asking;
  if (isAdmin(asking) || token.name === own.name) return;
  const isLonger = own.expiresAt !== null && (token.expiresAt === null || token.expiresAt > own.expiresAt);
  if (allows([own], token) && !isLonger) return;
  const why = isLonger
    ? `${token.name} lasts longer than ${own.name}, which asks`
    : `${own.name} is ${grantText(own)}, and ${token.name} is ${grantText(token)}`;
  const remedy = `ask with ${token.name} itself or one that does as much, or ask an admin for it`;
  throw new Refused("not_permitted", `A token deletes none that it could not have made: ${why}; ${remedy}.`);
}

/** So many a user, and all together, may have: each request looks at all of them. */
export const TOKENS_MOST = { own: 100, all: 1_000 } as const;

/** How long one that has ended is still listed. */
const ENDED_KNOWN_MS = 30 * 24 * 3_600_000;

/** Forgets tokens that ended long ago. Throws in_use when there are too many of that user's (null: a program's), or of all. */
export async function makeRoom(tx: Pick<Tx, "deleteToken">, owner: string | null, access: Access): Promise<void> {
  const [over = [], left = []] = [true, false].map((is) =>
    access.tokens.filter(({ expiresAt }) => (expiresAt !== null && expiresAt + ENDED_KNOWN_MS <= access.now) === is),
  );
  for (const { name } of over) await tx.deleteToken(name);
  const own = left.filter((one) => owner !== null && one.owner === owner);
  if (own.length >= TOKENS_MOST.own) {
    const text = `${owner} has ${own.length} tokens, and a user may have ${TOKENS_MOST.own}`;
    throw new Refused("in_use", `${text}: delete one that is not needed any more.`);
  }
  if (left.length >= TOKENS_MOST.all) {
    const text = `There are ${left.length} tokens, and there may be ${TOKENS_MOST.all}`;
    throw new Refused("in_use", `${text}: delete those that are not needed any more, or ask an admin for it.`);
  }
}

/** Whose a new token is. Throws not_permitted when somebody makes one for others. */
export function ownerOf(asking: Caller, given: string | undefined, { users }: Access): string | null {
  if (given === undefined) return asking.user;
  if (given !== asking.user && !isAdmin(asking)) throw notPermitted(asking, { role: "admin", pool: null });
  const names = users.map(({ name }) => name);
  if (!names.includes(given)) throw badField("/owner", noSuch("user", given, names));
  return given;
}

/** When a new token ends. A token makes none that can do more than itself, or for longer: who has got hold of one has that one alone. */
export function endOf(
  asking: Caller,
  { role, pool, expiresAt }: Grant & { readonly expiresAt: number | null },
  now: number,
): number | null {
  if (expiresAt !== null && expiresAt <= now) throw badField("/expiresAt", "must be later than now");
  const { token } = asking;
  if (isAdmin(asking) && token.expiresAt === null) return expiresAt;
  if (!allows([{ role: token.role, pool: token.pool }], { role, pool })) {
    const detail = `A token makes none that may do more: ${token.name} is ${grantText(token)}, and this would be ${grantText({ role, pool })}.`;
    throw new Refused("not_permitted", detail);
  }
  if (token.expiresAt === null) return expiresAt;
  if (expiresAt !== null && expiresAt > token.expiresAt) {
    throw badField(
      "/expiresAt",
      `must not be later than the end of ${token.name}, ${new Date(token.expiresAt).toISOString()}`,
    );
  }
  return expiresAt ?? token.expiresAt;
}
