// What is left to take, in every dimension that anybody limits: the launch's own cap, pool, account, and the cloud's quotas.

import type { RefusalCode } from "../story/event.ts";
import { type Amount, amountIn, amountText, countText, OWN_DIMENSIONS, plus, type QuotaLimit } from "./amount.ts";
import type { Market, MarketAccount } from "./market.ts";
import type { Fit } from "./offer.ts";

interface Limit {
  readonly code: RefusalCode;
  /** Whose limit it is, as "own limit of pool default: ". */
  readonly of: string;
  /** How more may be had. */
  readonly remedy: string;
  readonly dimension: string;
  readonly most: number;
  readonly free: number;
  /** Null: wherever it is placed. */
  readonly realm: string | null;
}

/** What stands in the way of one more placement. */
export interface Shortage {
  readonly code: RefusalCode;
  /** For people. `whole`: what all instances together would take, as far as they could be placed at all. */
  readonly text: (whole: Amount) => string;
}

/** Limits with what was taken of them so far. A value: `take` returns the next one. */
export interface Purse {
  /** Null when one more fits. */
  shortFor(fit: Fit): Shortage | null;
  take(fit: Fit): Purse;
}

export function purseOf(market: Market, of: MarketAccount, maxHourlyMicros: number | null): Purse {
  const limits = limitsOf(market, of, maxHourlyMicros);
  const hasCap = limits.some(({ dimension }) => dimension === "hourlyMicros");
  return purse(limits, hasCap, { all: {}, byRealm: new Map() });
}

function limitsOf(market: Market, of: MarketAccount, maxHourlyMicros: number | null): readonly Limit[] {
  const { pool, poolHeld } = market;
  const { account, held, uncounted, quotas } = of;
  const everywhere = [...uncounted.values()].reduce((sum, one) => plus(sum, one), {});
  const cap = {
    code: "spend_cap",
    of: "launch.maxHourly: ",
    remedy: "raised in the blueprint",
    dimension: "hourlyMicros",
    realm: null,
  } as const;
  return [
    ...(maxHourlyMicros === null ? [] : [{ ...cap, most: maxHourlyMicros, free: maxHourlyMicros }]),
    ...ownLimits(pool.limit, poolHeld, {
      code: "pool_quota",
      of: `own limit of pool ${pool.name}: `,
      remedy: `raised by slipway pool set ${pool.name}`,
    }),
    ...ownLimits(account.limit, held, {
      code: "quota",
      of: `own limit of account ${account.name}: `,
      remedy: `raised by slipway account set ${account.name}`,
    }),
    ...quotas.flatMap(({ realm, dimension, most, used }) => {
      if (most === null) return [];
      const ours = realm === null ? everywhere : (uncounted.get(realm) ?? {});
      const free = most - used - amountIn(ours, dimension);
      return [
        {
          code: "quota" as const,
          of: "quota at its cloud: ",
          remedy: "raised by its operator",
          dimension,
          most,
          free,
          realm,
        },
      ];
    }),
  ];
}

function ownLimits(limit: QuotaLimit, held: Amount, of: Pick<Limit, "code" | "of" | "remedy">): readonly Limit[] {
  return OWN_DIMENSIONS.flatMap((dimension) => {
    const most = limit[dimension];
    if (most === null) return [];
    return [{ ...of, dimension, most, free: most - amountIn(held, dimension), realm: null }];
  });
}

interface Taken {
  readonly all: Amount;
  readonly byRealm: ReadonlyMap<string, Amount>;
}

function purse(limits: readonly Limit[], hasCap: boolean, taken: Taken): Purse {
  return {
    shortFor(fit) {
      if (hasCap && fit.hourlyMicros === null) {
        const text = `${fit.offer.size} has no known price, and dollars per hour are limited`;
        return { code: "spend_cap", text: () => text };
      }
      for (const limit of limits) {
        if (limit.realm !== null && limit.realm !== fit.offer.realm) continue;
        const sofar = limit.realm === null ? taken.all : (taken.byRealm.get(limit.realm) ?? {});
        const needs = amountIn(sofar, limit.dimension) + amountIn(fit.takes, limit.dimension);
        if (needs > limit.free + SLACK && amountIn(fit.takes, limit.dimension) > 0) return shortage(limit, needs);
      }
      return null;
    },
    take(fit) {
      // Nothing is counted where nothing is limited.
      if (limits.length === 0) return this;
      const { realm } = fit.offer;
      const byRealm = new Map(taken.byRealm).set(realm, plus(taken.byRealm.get(realm) ?? {}, fit.takes));
      return purse(limits, hasCap, { all: plus(taken.all, fit.takes), byRealm });
    },
  };
}

/** Fractions of a processor do not add up to the last bit. */
const SLACK = 1e-6;

function shortage({ code, of, remedy, dimension, most, free }: Limit, needs: number): Shortage {
  const isOne = dimension !== "hourlyMicros" && Math.max(0, free) === 1;
  const left = `${countText(Math.max(0, free), dimension)} of ${countText(most, dimension)} ${isOne ? "is" : "are"} free`;
  return {
    code,
    text: (whole) =>
      `${of}needs ${amountText(Math.max(needs, amountIn(whole, dimension)), dimension)}, ${left} (${remedy})`,
  };
}
