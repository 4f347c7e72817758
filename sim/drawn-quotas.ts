// Who launches where, and how much people and pools may hold, drawn from a seed.

import { type QuotaLimit, UNLIMITED } from "../src/core/market/amount.ts";
import type { Draws } from "./draws.ts";
import { type Launch, POOLS, type Quotas } from "./scenario.ts";

const USERS = ["bob", "cleo", "dan"] as const;

type Drawn = Pick<Launch, "by" | "pool">;

/** A draw of its own for each launch, so that they share what is limited in ever other ways. */
export const drawnLauncher = ({ pick }: Draws): Drawn => ({
  by: pick(USERS),
  pool: pick([POOLS[0], POOLS[0], POOLS[1]]),
});

export function drawnQuotas(draws: Draws): Quotas {
  const { chance } = draws;
  const limit = (): QuotaLimit => (chance(0.5) ? drawnLimit(draws) : UNLIMITED);
  return {
    users: Object.fromEntries(USERS.map((name) => [name, limit()])),
    pools: Object.fromEntries(POOLS.map((name) => [name, { limit: limit(), userLimit: limit() }])),
  };
}

/** In one dimension, or in two; near what some launches take. */
function drawnLimit(draws: Draws): QuotaLimit {
  const one = (): Partial<QuotaLimit> => {
    const { between, pick } = draws;
    switch (pick(["instances", "cpu", "memoryMib", "deployments", "hourlyMicros"] as const)) {
      case "instances":
        return { instances: between(1, 12) };
      case "cpu":
        return { cpu: between(2, 24) };
      case "memoryMib":
        return { memoryMib: between(2, 40) * 1024 };
      case "deployments":
        return { deployments: between(1, 4) };
      case "hourlyMicros":
        return { hourlyMicros: between(2, 40) * 10_000 };
    }
  };
  return { ...UNLIMITED, ...one(), ...(draws.chance(0.3) ? one() : {}) };
}
