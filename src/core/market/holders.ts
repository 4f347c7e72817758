// Who may hold no more than so much of what all accounts sell: a user, each user of a pool, a pool.

import type { HolderKind, RefusalCode } from "../story/event.ts";
import type { Amount, QuotaLimit } from "./amount.ts";
import { limitedUser, type Market } from "./market.ts";

export interface Holder {
  readonly of: HolderKind;
  /** Of the pool, else of the user. */
  readonly name: string;
  readonly limit: QuotaLimit;
  readonly held: Amount;
  readonly code: RefusalCode;
  /** Whose limit it is, as "own limit of pool default". */
  readonly whose: string;
  /** How more may be had. */
  readonly remedy: string;
}

const CODES = { user: "user_quota", pool_user: "pool_user_quota", pool: "pool_quota" } as const satisfies Record<
  HolderKind,
  RefusalCode
>;

/** A refusal with it is theirs. */
export const isOfHolder = (code: RefusalCode): boolean => Object.values<RefusalCode>(CODES).includes(code);

/** Those that take a launch into account. `by`: who launched it, and when. */
export function holdersOf(market: Market, by: { readonly name: string; readonly at: number }): readonly Holder[] {
  const user = limitedUser(market, by);
  const { pool, poolHeld } = market;
  return [
    ...(user === null
      ? []
      : [
          {
            of: "user" as const,
            name: user.name,
            limit: user.limit,
            held: user.held,
            code: CODES.user,
            whose: `quota of user ${user.name}`,
            remedy: `raised by an admin with slipway user set ${user.name}, or freed when something that ${user.name} launched stops`,
          },
          {
            of: "pool_user" as const,
            name: user.name,
            limit: pool.userLimit,
            held: user.heldHere,
            code: CODES.pool_user,
            whose: `quota of user ${user.name} in pool ${pool.name}`,
            remedy: `raised for each user there by an admin with slipway pool set ${pool.name}, or freed when something that ${user.name} launched there stops`,
          },
        ]),
    {
      of: "pool",
      name: pool.name,
      limit: pool.limit,
      held: poolHeld,
      code: CODES.pool,
      whose: `own limit of pool ${pool.name}`,
      remedy: `raised by an admin with slipway pool set ${pool.name}, or freed when something in it stops`,
    },
  ];
}

/** A limit that leaves no room for a launch. */
export interface OverLimit extends Pick<Holder, "of" | "name"> {
  /** As the limit names it. */
  readonly quota: string;
  readonly needs: number;
  readonly used: number;
  readonly most: number;
  /** For people, with how more may be had. */
  readonly text: string;
}

/** Each limit once, with the least that any account would need of it. */
export function leastOf(all: readonly OverLimit[]): readonly OverLimit[] {
  const least = new Map<string, OverLimit>();
  for (const one of all) {
    const key = `${one.of} ${one.name} ${one.quota}`;
    const known = least.get(key);
    if (known === undefined || one.needs < known.needs) least.set(key, one);
  }
  return [...least.values()];
}
