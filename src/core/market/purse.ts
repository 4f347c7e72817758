// What is left to take, in every dimension that anybody limits: the launch's own cap, who launched it, pool,
// account, and the cloud's quotas.

import type { RefusalCode } from "../story/event.ts";
import { type Amount, amountIn, amountText, boundsOf, countText, plus, type QuotaLimit } from "./amount.ts";
import { type Holder, holdersOf, type OverLimit } from "./holders.ts";
import type { Market, MarketAccount } from "./market.ts";
import type { Fit } from "./offer.ts";
import type { Placement } from "./placement.ts";

interface Limit {
  readonly code: RefusalCode;
  /** Whose limit it is, as "own limit of pool default". */
  readonly whose: string;
  /** How more may be had. */
  readonly remedy: string;
  /** Whom it holds at every account; null: the launch itself, or this account alone. */
  readonly holder: Pick<Holder, "of" | "name"> | null;
  /** As the limit names it. */
  readonly name: string;
  readonly dimension: string;
  readonly most: number;
  readonly free: number;
  /** Told in place of what is free; null: it is not known. */
  readonly used: number | null;
  /** The deployment is not among those that are counted yet. */
  readonly isNew: boolean;
  /** Null: wherever it is placed. */
  readonly realm: string | null;
}

/** What stands in the way of one more placement. */
export interface Shortage {
  readonly code: RefusalCode;
  /** For people. `whole`: what all instances together would take, as far as they could be placed at all. */
  readonly text: (whole: Amount) => string;
  /** The same as numbers, where the limit is none of the account's or of the launch; null: it is. */
  readonly over: ((whole: Amount) => OverLimit) | null;
}

/** Limits with what was taken of them so far. A value: `take` returns the next one. */
export interface Purse {
  /** Null when one more fits. */
  shortFor(fit: Fit): Shortage | null;
  take(fit: Fit): Purse;
}

/** Who takes, and what they have already. */
export interface Taker {
  /** Name of who launched it, and when. */
  readonly by: { readonly name: string; readonly at: number };
  /** The launch's own cap; null: none. */
  readonly maxHourlyMicros: number | null;
  /** What the deployment holds already, anywhere. */
  readonly holds: readonly Placement[];
}

export function purseOf(market: Market, of: MarketAccount, taker: Taker): Purse {
  return purse(limitsOf(market, of, taker), { all: {}, byRealm: new Map() });
}

function limitsOf(market: Market, of: MarketAccount, taker: Taker): readonly Limit[] {
  const { account, held } = of;
  const { maxHourlyMicros: most, holds, by } = taker;
  const cap = {
    code: "spend_cap",
    whose: "most dollars per hour of this launch",
    remedy: "raised as launch.maxHourly in the blueprint, or where the launch is asked for",
    holder: null,
    name: "hourlyMicros",
    dimension: "hourlyMicros",
    realm: null,
    used: null,
    isNew: false,
  } as const;
  const isNew = holds.length === 0;
  return [
    ...(most === null ? [] : [{ ...cap, most, free: most }]),
    ...holdersOf(market, by).flatMap((one) => {
      const holder = { of: one.of, name: one.name };
      return ownLimits(one, { ...one, holder, isNew });
    }),
    ...ownLimits(
      { limit: account.limit, held },
      {
        code: "quota",
        whose: `own limit of account ${account.name}`,
        remedy: `raised by slipway account set ${account.name}`,
        holder: null,
        isNew: !holds.some((one) => one.account === account.id),
      },
    ),
    ...cloudLimits(of),
  ];
}

function cloudLimits({ uncounted, quotas }: MarketAccount): readonly Limit[] {
  const everywhere = [...uncounted.values()].reduce((sum, one) => plus(sum, one), {});
  return quotas.flatMap(({ realm, dimension, most, used }) => {
    if (most === null) return [];
    const ours = realm === null ? everywhere : (uncounted.get(realm) ?? {});
    const free = most - used - amountIn(ours, dimension);
    const remedy = "raised by its operator";
    return [
      {
        code: "quota" as const,
        whose: "quota at its cloud",
        remedy,
        holder: null,
        name: dimension,
        dimension,
        most,
        free,
        used: null,
        realm,
        isNew: false,
      },
    ];
  });
}

function ownLimits(
  { limit, held }: { readonly limit: QuotaLimit; readonly held: Amount },
  { code, whose, remedy, holder, isNew }: Pick<Limit, "code" | "whose" | "remedy" | "holder" | "isNew">,
): readonly Limit[] {
  return boundsOf(limit).map(({ name, dimension, most }) => {
    const used = amountIn(held, dimension);
    return { code, whose, remedy, holder, isNew, name, dimension, most, free: most - used, used, realm: null };
  });
}

interface Taken {
  readonly all: Amount;
  readonly byRealm: ReadonlyMap<string, Amount>;
}

function purse(limits: readonly Limit[], taken: Taken): Purse {
  const cap = limits.find(({ dimension }) => dimension === "hourlyMicros");
  return {
    shortFor(fit) {
      if (cap !== undefined && fit.hourlyMicros === null) {
        const text = `${fit.offer.size} has no known price, and dollars per hour are limited (${cap.whose})`;
        return { code: "spend_cap", text: () => text, over: null };
      }
      for (const limit of limits) {
        if (limit.realm !== null && limit.realm !== fit.offer.realm) continue;
        const sofar = limit.realm === null ? taken.all : (taken.byRealm.get(limit.realm) ?? {});
        const takes = limit.dimension === "deployments" ? Number(limit.isNew) : amountIn(fit.takes, limit.dimension);
        const needs = amountIn(sofar, limit.dimension) + takes;
        if (needs > limit.free + SLACK && takes > 0) return shortage(limit, needs);
      }
      return null;
    },
    take(fit) {
      // Nothing is counted where nothing is limited.
      if (limits.length === 0) return this;
      const { realm } = fit.offer;
      const byRealm = new Map(taken.byRealm).set(realm, plus(taken.byRealm.get(realm) ?? {}, fit.takes));
      return purse(limits, { all: plus(taken.all, fit.takes), byRealm });
    },
  };
}

/** Fractions of a processor do not add up to the last bit. */
const SLACK = 1e-6;

function shortage(limit: Limit, least: number): Shortage {
  const { code, whose, remedy, holder, name: quota, dimension, most, free, used } = limit;
  const count = Math.max(0, used ?? free);
  const needed = (whole: Amount): number => Math.max(least, amountIn(whole, dimension));
  const stands = standsText(count, { dimension, most, is: used === null ? "free" : "used" });
  const text = (whole: Amount): string =>
    `${whose}: needs ${amountText(needed(whole), dimension)}, ${stands} (${remedy})`;
  return {
    code,
    text,
    over:
      holder === null
        ? null
        : (whole) => ({ ...holder, quota, needs: needed(whole), used: count, most, text: text(whole) }),
  };
}

/** "9 of 10 are used". */
export function standsText(
  count: number,
  { dimension, most, is }: { readonly dimension: string; readonly most: number; readonly is: "free" | "used" },
): string {
  const isOne = dimension !== "hourlyMicros" && count === 1;
  return `${countText(count, dimension)} of ${countText(most, dimension)} ${isOne ? "is" : "are"} ${is}`;
}
