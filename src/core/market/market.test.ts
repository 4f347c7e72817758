import { expect, test } from "vitest";
import {
  sampleAccount,
  sampleAttempt,
  sampleBlock,
  sampleChanges,
  sampleDeployment,
  sampleFault,
  samplePlacement,
} from "../../ports/store.samples.ts";
import { accountId, deploymentId } from "../ids.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { amountIn, plus, sumOf, UNLIMITED } from "./amount.ts";
import { emptyMarket, type Market, marketAfter } from "./market.ts";
import { sampleMarket, sampleMarketAccount } from "../../ports/market.samples.ts";

const EAST = sampleAccount();
const WEST = sampleAccount({ id: accountId("acc-west") });
const PLACED = samplePlacement();
const market: Market = sampleMarket({
  accounts: [EAST, WEST].map((account) => sampleMarketAccount({ account })),
  blocks: [sampleBlock()],
});
const deployment = sampleDeployment();
const before: Snapshot = { deployment, instances: [], revisions: [], attempts: [], machines: [], placements: [] };
const wave = (given: Partial<Changes>): Changes => ({ ...sampleChanges(deployment), newMachines: [], ...given });
const heldIn = ({ poolHeld, accounts }: Market) => [poolHeld, ...accounts.map(({ held }) => held)];
const none = { cpu: 0, hourlyMicros: 0, instances: 0, memoryMib: 0, deployments: 0 };
const ONE = { ...PLACED.takes, deployments: 1 };

test("what a decision places is held by its account and pool, and the cloud has not counted it", () => {
  const after = marketAfter(market, { before, waves: [wave({ placements: [PLACED] })] });
  expect(heldIn(after)).toEqual([ONE, ONE, {}]);
  expect(after.accounts.map(({ uncounted }) => [...uncounted])).toEqual([[["east-1", PLACED.takes]], []]);
  const twice = marketAfter(after, { before, waves: [wave({ placements: [{ ...PLACED, realm: "east-2" }] })] });
  expect(twice.accounts[0]?.uncounted.get("east-2")).toEqual(PLACED.takes);
  const again = marketAfter(after, { before, waves: [wave({ placements: [{ ...PLACED, instance: "web" }] })] });
  expect(again.accounts[0]?.uncounted.get("east-1")).toEqual(plus(PLACED.takes, PLACED.takes));
});

test("what is given back is free here, and not yet at the cloud, which may have counted it", () => {
  const [row] = market.accounts;
  const uncounted = new Map([["east-1", PLACED.takes]]);
  const held: Market = {
    ...market,
    poolHeld: ONE,
    accounts: [{ ...sampleMarketAccount(), ...row, held: ONE, uncounted }],
  };
  const waves = [wave({ placements: [{ ...PLACED, releasedAt: 1 }] })];
  const after = marketAfter(held, { before: { ...before, placements: [PLACED] }, waves });
  expect(heldIn(after)).toEqual([none, none]);
  expect(after.accounts[0]?.uncounted).toEqual(uncounted);
});

test("a placement that is only refused goes on being held, and one that comes and goes in one decision counts for nothing", () => {
  const refused = [wave({ placements: [{ ...PLACED, refused: "offer" }] })];
  expect(marketAfter(market, { before: { ...before, placements: [PLACED] }, waves: refused })).toEqual(market);
  const brief = [wave({ placements: [PLACED] }), wave({ placements: [{ ...PLACED, releasedAt: 1 }] })];
  expect(heldIn(marketAfter(market, { before, waves: brief }))).toEqual([{}, {}, {}]);
});

test("a launch of another pool takes from the account, not from this pool", () => {
  const other = { ...before, deployment: sampleDeployment({ pool: "other" }) };
  const after = marketAfter(market, { before: other, waves: [wave({ placements: [PLACED] })] });
  expect(heldIn(after)).toEqual([{}, ONE, {}]);
});

test("who launched it holds what is placed, unless another had the name then", () => {
  const { createdBy: name, createdAt } = deployment;
  const user = { name, since: createdAt, limit: UNLIMITED, held: {}, heldHere: {} };
  const users = [{ ...user, name: "somebody" }, user];
  const placed = (all: Market["users"], deployed = before) =>
    marketAfter({ ...market, users: all }, { before: deployed, waves: [wave({ placements: [PLACED] })] }).users;
  expect(placed(users).map(({ held, heldHere }) => [held, heldHere])).toEqual([
    [{}, {}],
    [ONE, ONE],
  ]);
  const elsewhere = { ...before, deployment: sampleDeployment({ pool: "other" }) };
  expect(placed([user], elsewhere)).toMatchObject([{ held: ONE, heldHere: {} }]);
  expect(placed([{ ...user, since: createdAt + 1 }])[0]?.held).toEqual({});
});

test("a deployment counts once, however much it holds, until it holds nothing", () => {
  const two = [PLACED, { ...PLACED, instance: "web" }];
  const placed = marketAfter(market, { before, waves: [wave({ placements: two })] });
  expect(placed.poolHeld).toMatchObject({ instances: 2, deployments: 1 });
  const half = [wave({ placements: [{ ...PLACED, releasedAt: 1 }] })];
  expect(marketAfter(placed, { before: { ...before, placements: two }, waves: half }).poolHeld).toMatchObject({
    instances: 1,
    deployments: 1,
  });
});

test("a verdict suspends its account for the next decision as well", () => {
  const fault = sampleFault({ class: "auth", text: "key revoked" });
  const after = marketAfter(market, { before, waves: [wave({ verdicts: [{ account: EAST.id, fault }] })] });
  expect(after.accounts[0]?.account).toMatchObject({ health: "suspended", healthText: "key revoked" });
  expect(after.accounts[1]?.account).toEqual(market.accounts[1]?.account);
});

test("blocks are replaced by account, realm, size and reason", () => {
  const newer = sampleBlock({ strikes: 2 });
  const others = [sampleBlock({ size: "s4" }), sampleBlock({ reason: "quota" })];
  const after = marketAfter(market, { before, waves: [wave({ blocks: [newer, ...others] })] });
  expect(after.blocks).toEqual([newer, ...others]);
  expect(marketAfter(market, { before, waves: [wave({ blocks: others })] }).blocks).toHaveLength(3);
});

test("blocks of another account, realm or size are neither replaced nor lifted", () => {
  const { account, realm, size } = sampleBlock();
  const others = [
    { account: WEST.id, realm, size },
    { account, realm: "west-1", size },
    { account, realm, size: "s4" },
  ];
  for (const other of others) {
    expect(marketAfter(market, { before, waves: [wave({ unblocks: [other] })] }).blocks).toEqual(market.blocks);
    const newer = sampleBlock(other);
    const after = marketAfter(market, { before, waves: [wave({ blocks: [newer] })] });
    expect(after.blocks).toEqual([...market.blocks, newer]);
  }
});

test("an offer that has proven good is free again", () => {
  const { account, realm, size } = sampleBlock();
  expect(marketAfter(market, { before, waves: [wave({ unblocks: [{ account, realm, size }] })] }).blocks).toEqual([]);
});

test("what a launch tried is free for the next decision as soon as its attempt has ended, and what others try is not", () => {
  const probe = { deployment: deployment.id, until: 9 };
  const others = [
    sampleBlock({ size: "s4", probe: { ...probe, deployment: deploymentId("other") } }),
    sampleBlock({ size: "s5" }),
  ];
  const tried: Market = { ...market, blocks: [sampleBlock({ probe }), ...others] };
  const blocksAfter = (endedAt: number | null) =>
    marketAfter(tried, { before, waves: [wave({ attempts: [sampleAttempt({ endedAt })] })] }).blocks;
  expect(blocksAfter(null)).toEqual(tried.blocks);
  expect(blocksAfter(1)).toEqual([sampleBlock(), ...others]);
});

test("a pool that is gone offers nothing, whatever others give back", () => {
  const gone = emptyMarket("gone");
  expect(gone).toMatchObject({ pool: { name: "gone", enabled: false, members: [] }, accounts: [], blocks: [] });
});

test("amounts add up per dimension; what is not named is zero, also when it is called like what every object has", () => {
  expect(sumOf([{ a: 1 }, { b: 2, a: 3 }])).toEqual({ a: 4, b: 2 });
  expect(plus({ a: 1 }, { a: 3, b: 1 }, -1)).toEqual({ a: -2, b: -1 });
  expect([amountIn({ a: 1 }, "a"), amountIn({}, "constructor"), amountIn({}, "b")]).toEqual([1, 0, 0]);
});
