import { expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { sampleBlock, samplePool } from "../../ports/store.samples.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "./amount.ts";
import { type Asked, blueprintOf, group, limitedTo, one, questionOf } from "./asking.testsuite.ts";
import { candidates } from "./candidates.ts";
import { overLimits, overText } from "./over.ts";

function over(...asked: Asked) {
  const question = questionOf(...asked);
  const found = candidates(question);
  const limits = overLimits(question, found);
  const numbers = limits.map(({ of, name, quota, needs, used, most }) => ({ of, name, quota, needs, used, most }));
  return { limits: numbers, text: overText(limits, found) };
}

const THREE = blueprintOf(group("web", 3));
const named = (name: string, given: Parameters<typeof one>[0] = {}) =>
  one({ ...given, account: { id: accountId(name), name, ...given.account } });
const sells = (hourlyMicros: number) => [sampleOffer({ realm: "r1", hourlyMicros })];
const DEAR = { market: { users: [limitedTo({ hourlyMicros: 50_000 }, { hourlyMicros: 30_000 })] }, blueprint: THREE };

test("a launch that its user's limit keeps out everywhere is over it, by the least that any account would take", () => {
  const accounts = [named("east", { offers: sells(20_000) }), named("west", { offers: sells(10_000) })];
  expect(over(accounts, DEAR)).toEqual({
    limits: [{ of: "user", name: "ada", quota: "hourlyMicros", needs: 30_000, used: 30_000, most: 50_000 }],
    text: "quota of user ada: needs $0.0300 per hour, $0.0300 of $0.0500 are used (raised by an admin with slipway user set ada, or freed when something that ada launched stops)",
  });
  expect(over(accounts.toReversed(), DEAR).limits).toMatchObject([{ needs: 30_000 }]);
});

test("one that has room at some account, or that no such limit keeps out, is not", () => {
  expect(over([named("east", { offers: sells(20_000) }), named("west", { offers: sells(1) })], DEAR).limits).toEqual(
    [],
  );
  expect(over([one({ offers: [] })], DEAR).limits).toEqual([]);
});

test("what keeps it from the other accounts is told behind it", () => {
  const west = accountId("west");
  const { limits, text } = over([named("east", { offers: sells(20_000) }), named("west")], {
    ...DEAR,
    market: { ...DEAR.market, blocks: [sampleBlock({ account: west, realm: "*", size: "*" })] },
  });
  expect(limits).toHaveLength(1);
  expect(text).toMatch(/^quota of user ada: .*; west: capacity was refused: /);
});

test("while an account may still turn out to have room, only what it takes wherever it goes counts", () => {
  const unread = [one({ image: () => ({ kind: "unread", text: null }) })];
  const pool = samplePool({
    limit: { ...UNLIMITED, instances: 2, cpu: 0, deployments: 1 },
    userLimit: { ...UNLIMITED, deployments: 1 },
  });
  const held = { deployments: 1, instances: 1, cpu: 1 };
  const market = { pool, poolHeld: { instances: 1 }, users: [limitedTo({ instances: 4 }, held, held)] };
  expect(over(unread, { market, blueprint: THREE })).toEqual({
    limits: [
      { of: "pool_user", name: "ada", quota: "deployments", needs: 1, used: 1, most: 1 },
      { of: "pool", name: "default", quota: "instances", needs: 3, used: 1, most: 2 },
    ],
    text: [
      "quota of user ada in pool default: needs 1 deployment, 1 of 1 is used (raised for each user there by an admin with slipway pool set default, or freed when something that ada launched there stops)",
      "own limit of pool default: needs 3 instances, 1 of 2 is used (raised by an admin with slipway pool set default, or freed when something in it stops)",
    ].join("; "),
  });
});
