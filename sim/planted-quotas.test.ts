// Decisions that do not see what somebody holds: the checker of quotas names each.

import { expect, test } from "vitest";
import { UNLIMITED } from "../src/core/market/amount.ts";
import type { LimitedUser, Market } from "../src/core/market/market.ts";
import { quotas } from "./checkers/quotas.ts";
import { found, inTransactions } from "./plants.samples.ts";
import type { Mishap } from "./scenario.ts";
import { LAUNCH_MS, plainScenario } from "./scenario.samples.ts";

test.each<[string, (market: Market) => Market, RegExp]>([
  ["a user", withHeld({ held: {} }), /^quotas: bob holds 4 instances, and may hold 3$/],
  ["a user in a pool", withHeld({ heldHere: {} }), /^quotas: bob in pool default holds 4 instances, and may hold 3$/],
  ["a pool", (market) => ({ ...market, poolHeld: {} }), /^quotas: pool default holds 4 instances, and may hold 3$/],
])("quotas: decisions that do not see what %s holds", async (who, change, text) => {
  const plant = inTransactions((tx) => ({
    markets: async (...asked) => new Map([...(await tx.markets(...asked))].map(([name, one]) => [name, change(one)])),
  }));
  const three = { ...UNLIMITED, instances: 3 };
  const of = (name: string) => (who === name ? three : UNLIMITED);
  const pools = { default: { limit: of("a pool"), userLimit: of("a user in a pool") } };
  const [first] = plainScenario().launches;
  const launches = [LAUNCH_MS, LAUNCH_MS + 5_000].flatMap((atMs) =>
    first === undefined ? [] : { ...first, atMs, by: "bob" },
  );
  // Until it is over they are limited.
  const mishaps: Mishap[] = [{ kind: "deaf", atMs: 0, forMs: 60_000, probability: 0 }];
  const given = { launches, mishaps, quotas: { users: { bob: of("a user") }, pools } };
  expect(await found(quotas, plant, given)).toContainEqual(expect.stringMatching(text));
});

/** Whatever the users of a market hold, it says this. */
function withHeld(held: Partial<LimitedUser>): (market: Market) => Market {
  return (market) => ({ ...market, users: market.users.map((user) => ({ ...user, ...held })) });
}
