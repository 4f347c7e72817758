// Somebody whom the provider of identities vouches for: the user they are here, and a token of theirs that lets them in for a while.

import { UNLIMITED } from "../../core/market/amount.ts";
import { randomBytes } from "node:crypto";
import type { SignInRefusal } from "../../contract/identity.ts";
import { grantsOf, type User } from "../../core/people/grants.ts";
import type { Identity } from "../../ports/identity.ts";
import type { Access, Store, Token, Tx } from "../../ports/store.ts";
import { hashToken, makeToken } from "../auth.ts";
import { TOKENS_MOST } from "./people.ts";

/**
 * How long a sign-in counts. What the provider says of groups is asked at each sign-in alone, so whoever loses one there keeps what it gave
 * for so long at the most.
 */
const SIGN_IN_MS = 12 * 3_600_000;

export type SignedIn =
  | { readonly user: string; readonly token: Token; readonly text: string }
  | { readonly user: string; readonly refused: SignInRefusal };

/** `at`: where they sign in, for the token's name. */
export function signIn(store: Store, identity: Identity, at: "page" | "cli"): Promise<SignedIn> {
  return store.write(async (tx) => {
    const access = await tx.lockAccess();
    const user = await known(tx, identity, access);
    if (!user.enabled) return { user: user.name, refused: "locked_out" };
    if (grantsOf(user, access.groups).length === 0) return { user: user.name, refused: "no_role" };
    for (const { name } of overOf(user, access)) await tx.deleteToken(name);
    const text = makeToken();
    const token: Token = {
      name: `${user.name.slice(0, 40)}-${at}-${randomBytes(4).toString("hex")}`,
      hash: hashToken(text),
      // What they hold themselves says the rest.
      role: "admin",
      pool: null,
      owner: user.name,
      createdBy: user.name,
      createdAt: access.now,
      expiresAt: access.now + SIGN_IN_MS,
      lastUsedAt: null,
    };
    await tx.putToken(token);
    return { user: user.name, token, text };
  });
}

/** Of their tokens those that have ended, and of the others those that end first, as many as leave no room for one more. */
function overOf({ name }: User, { tokens, now }: Access): readonly Token[] {
  const own = tokens.filter(({ owner }) => owner === name);
  const ends = ({ expiresAt }: Token): number => expiresAt ?? Number.POSITIVE_INFINITY;
  const inOrder = own.filter(({ expiresAt }) => expiresAt !== null).sort((one, other) => ends(one) - ends(other));
  const tooMany = own.length - TOKENS_MOST.own + 1;
  return inOrder.filter((one, place) => ends(one) <= now || place < tooMany);
}

/** By what the provider never gives to two; names are given to others in time. */
async function known(tx: Tx, { subject, name, groups }: Identity, access: Access): Promise<User> {
  const before = access.users.find((one) => one.subject === subject);
  const user: User = before ?? {
    name: freeName(name, access),
    subject,
    enabled: true,
    groups: [],
    claims: [],
    grants: [],
    limit: UNLIMITED,
    createdAt: access.now,
  };
  const now = { ...user, claims: [...groups] };
  if (before === undefined || before.claims.join("\n") !== groups.join("\n")) await tx.putUser(now);
  return now;
}

/** What they are called there, as a name of ours; with a number behind it where somebody or a token has it. */
function freeName(given: string | null, { users, tokens }: Access): string {
  const plain = (given ?? "")
    .replace(/@.*/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  const name = plain === "" ? "user" : plain;
  const taken = new Set([...users, ...tokens].map((one) => one.name));
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}-${number}`;
    if (!taken.has(free)) return free;
  }
}
