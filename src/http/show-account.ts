// Accounts, pools and blocks as replies.

import type * as contract from "../contract/account.ts";
import type { Block as ShownBlock } from "../contract/block.ts";
import type { Account, Block, Catalogue, Pool, Size } from "../core/account.ts";
import type { CallRate } from "../ports/store.ts";
import { dollars, time, timeOrNull } from "./terms.ts";

export interface AccountRows {
  readonly account: Account;
  readonly pools: readonly Pool[];
  readonly openMachines: number;
  readonly rate: CallRate;
}

export function showAccount({ account, pools, openMachines, rate }: AccountRows): contract.Account {
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
    alert,
    limit: { ...limit },
    images: { ...account.images },
    realms: { ...account.realms },
    pools: pools.filter(({ members }) => members.some((member) => member.account === id)).map((pool) => pool.name),
    openMachines,
    parallelCalls: Math.floor(limiter.parallel),
    callsUnderWay: rate.underWay,
    callsPerMinute: rate.perMinute,
    pausedUntil: timeOrNull(limiter.pausedUntil),
    catalogue: account.catalogue === null ? null : showCatalogue(account.catalogue),
    createdAt: time(account.createdAt),
  };
}

function showCatalogue(catalogue: Catalogue): contract.Catalogue {
  const { realms, sizes, flexible, images, limit, used, sharesLoopback, userDataBytesMost, readAt } = catalogue;
  return {
    realms: [...realms],
    sizes: sizes.map(showSize),
    flexible:
      flexible === null
        ? null
        : {
            max: { ...flexible.max },
            architecture: flexible.architecture,
            hourlyCostPerCpu: dollars(flexible.hourlyMicrosPerCpu),
            hourlyCostPerGib: dollars(flexible.hourlyMicrosPerGib),
          },
    images: [...images],
    limit: { ...limit },
    used: { ...used },
    sharesLoopback,
    userDataBytesMost,
    readAt: time(readAt),
  };
}

function showSize({ hourlyMicros, realms, ...size }: Size): contract.Size {
  return { ...size, hourlyCost: dollars(hourlyMicros), realms: [...realms] };
}

/** `names`: accounts' names by id. */
export function showPool({ name, enabled, members, limit }: Pool, names: ReadonlyMap<string, string>): contract.Pool {
  const shown = members.map(({ account, group, weight }) => ({
    account: names.get(account) ?? account,
    group,
    weight,
  }));
  return { name, enabled, members: shown, limit: { ...limit } };
}

export function showBlock(block: Block, names: ReadonlyMap<string, string>): ShownBlock {
  const { account, realm, size, reason, text, strikes, until, probe } = block;
  return {
    account: names.get(account) ?? account,
    realm,
    size,
    reason,
    text,
    strikes,
    until: time(until),
    triedBy: probe === null ? null : probe.deployment,
  };
}
