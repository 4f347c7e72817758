// Accounts, pools and blocks as replies.

import type * as contract from "../../contract/account.ts";
import type { Block as ShownBlock } from "../../contract/block.ts";
import type { Account, Block, Pool } from "../../core/account.ts";
import { type Amount, amountIn } from "../../core/market/amount.ts";
import type { Offer } from "../../core/market/offer.ts";
import { callsAtOnce } from "../../core/world/limiter.ts";
import type { Counted } from "../../ports/offers.ts";
import type { CallRate } from "../../ports/store.ts";
import { dollarsOrNull, showLimit, showNear, showUsage, time, timeOrNull } from "./terms.ts";

export interface AccountRows {
  readonly account: Account;
  readonly pools: readonly Pool[];
  readonly openMachines: number;
  readonly rate: CallRate;
  /** Undefined: its cloud was not asked yet. */
  readonly counted: Counted | undefined;
}

export function showAccount({ account, pools, openMachines, rate, counted }: AccountRows): contract.Account {
  const { id, name, provider, enabled, health, healthText, alert, limit, limiter } = account;
  return {
    id,
    name,
    provider,
    settings: { ...account.settings },
    enabled,
    health,
    healthText,
    healthAt: timeOrNull(account.healthAt),
    alert: alert?.text ?? null,
    limit: showLimit(limit),
    images: { ...account.images },
    realms: { ...account.realms },
    pools: pools.filter(({ members }) => members.some((member) => member.account === id)).map((pool) => pool.name),
    openMachines,
    parallelCalls: callsAtOnce(limiter),
    callsUnderWay: rate.underWay,
    callsPerMinute: rate.perMinute,
    pausedUntil: timeOrNull(limiter.pausedUntil),
    quotas: fullest(showQuotas(counted)),
    usageAt: timeOrNull(account.usageAt),
    offersAt: timeOrNull(account.offersAt),
    createdAt: time(account.createdAt),
  };
}

export function showQuotas({ quotas, uncounted }: Counted = NOT_COUNTED): contract.CloudQuota[] {
  return quotas.map(({ realm, dimension, most, used }) => {
    const realms = realm === null ? [...uncounted.values()] : [uncounted.get(realm) ?? {}];
    const held = realms.reduce((sum, one) => sum + amountIn(one, dimension), 0);
    return { realm, dimension, limit: most, used, held };
  });
}

const NOT_COUNTED: Counted = { quotas: [], uncounted: new Map() };

/** A row stays small: the rest is to be had at …/usage. */
const QUOTAS_SHOWN = 6;

/** Those that are limited, the fullest first. */
function fullest(quotas: readonly contract.CloudQuota[]): contract.CloudQuota[] {
  const shareOf = ({ limit, used, held }: contract.CloudQuota): number =>
    limit === null || limit === 0 ? Infinity : (used + held) / limit;
  const limited = quotas.filter(({ limit }) => limit !== null);
  return limited.toSorted((a, b) => shareOf(b) - shareOf(a)).slice(0, QUOTAS_SHOWN);
}

export function showOffer(sold: Offer): contract.Offer {
  const { hourlyMicros, cut, takes: _, ...offer } = sold;
  const parts =
    cut === null
      ? null
      : {
          hourlyCostPerCpu: dollarsOrNull(cut.hourlyMicrosPerCpu),
          hourlyCostPerGib: dollarsOrNull(cut.hourlyMicrosPerGib),
          step: cut.step,
        };
  return { ...offer, hourlyCost: dollarsOrNull(hourlyMicros), cut: parts };
}

/** `names`: accounts' names by id. */
export function showPool(
  { name, enabled, members, limit, userLimit, maxLeaseMs, maxQuarantineMs, retention }: Pool,
  names: ReadonlyMap<string, string>,
  held: Amount,
): contract.Pool {
  const shown = members.map(({ account, group, weight }) => ({
    account: names.get(account) ?? account,
    group,
    weight,
  }));
  const quota = { limit: showLimit(limit), used: showUsage(limit, held), near: showNear(limit, held) };
  const longest = { maxLeaseMs, maxQuarantineMs };
  return { name, enabled, members: shown, ...quota, userLimit: showLimit(userLimit), ...longest, retention };
}

/** A try of it that is over, with or without a word, is none. */
export function showBlock(block: Block, names: ReadonlyMap<string, string>, now: number): ShownBlock {
  const { account, realm, size, reason, text, strikes, until, probe } = block;
  return {
    account: names.get(account) ?? account,
    realm,
    size,
    reason,
    text,
    strikes,
    until: time(until),
    triedBy: probe !== null && probe.until > now ? probe.deployment : null,
  };
}
