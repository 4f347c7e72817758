import { expect, test } from "vitest";
import {
  NOTHING,
  sampleAccount,
  sampleAttempt,
  sampleBlock,
  sampleChanges,
  sampleDeployment,
  sampleFault,
  samplePool,
} from "../ports/store.samples.ts";
import type { Market } from "./account.ts";
import { accountId } from "./ids.ts";
import { emptyMarket, marketAfter } from "./market.ts";
import type { Changes, Snapshot } from "./snapshot.ts";

const AMOUNT = sampleAttempt().match.amount;
const EAST = sampleAccount();
const WEST = sampleAccount({ id: accountId("acc-west") });
const member = (account: typeof EAST) => ({
  account,
  member: { account: account.id, group: 0, weight: 0 },
  reserved: NOTHING,
});
const market: Market = {
  pool: samplePool(),
  poolReserved: NOTHING,
  accounts: [member(EAST), member(WEST)],
  blocks: [sampleBlock()],
};
const deployment = sampleDeployment();
const before: Snapshot = { deployment, instances: [], attempts: [], machines: [] };
const wave = (given: Partial<Changes>): Changes => ({ ...sampleChanges(deployment), newMachines: [], ...given });

test("an attempt that begins takes its amount from its account and the pool", () => {
  const after = marketAfter(market, { before, waves: [wave({ attempts: [sampleAttempt()] })] });
  expect(after.accounts.map(({ reserved }) => reserved)).toEqual([AMOUNT, NOTHING]);
  expect(after.poolReserved).toEqual(AMOUNT);
});

test("an attempt that is released gives it back", () => {
  const held: Market = { ...market, poolReserved: AMOUNT, accounts: [{ ...member(EAST), reserved: AMOUNT }] };
  const after = marketAfter(held, {
    before: { ...before, attempts: [sampleAttempt()] },
    waves: [wave({ attempts: [sampleAttempt({ releasedAt: 1 })] })],
  });
  expect(after.accounts[0]?.reserved).toEqual(NOTHING);
  expect(after.poolReserved).toEqual(NOTHING);
});

test("an attempt that only ends goes on holding", () => {
  const attempts = [sampleAttempt()];
  const waves = [wave({ attempts: [sampleAttempt({ endedAt: 1 })] })];
  expect(marketAfter(market, { before: { ...before, attempts }, waves })).toEqual(market);
});

test("an attempt that begins and is released within one decision counts once, by its last row", () => {
  const waves = [wave({ attempts: [sampleAttempt()] }), wave({ attempts: [sampleAttempt({ releasedAt: 1 })] })];
  expect(marketAfter(market, { before, waves }).poolReserved).toEqual(NOTHING);
});

test("a launch of another pool takes from the account, not from this pool", () => {
  const other = { ...before, deployment: sampleDeployment({ pool: "other" }) };
  const after = marketAfter(market, { before: other, waves: [wave({ attempts: [sampleAttempt()] })] });
  expect(after.poolReserved).toEqual(NOTHING);
  expect(after.accounts[0]?.reserved).toEqual(AMOUNT);
});

test("a verdict suspends its account for the next decision as well", () => {
  const fault = sampleFault({ class: "auth", text: "key revoked" });
  const after = marketAfter(market, { before, waves: [wave({ verdicts: [{ account: EAST.id, fault }] })] });
  expect(after.accounts[0]?.account).toMatchObject({ health: "suspended", healthText: "key revoked" });
  expect(after.accounts[1]?.account).toBe(WEST);
});

test("blocks are replaced by account, realm, size and reason", () => {
  const newer = sampleBlock({ strikes: 2 });
  const others = [sampleBlock({ size: "s4" }), sampleBlock({ reason: "quota" })];
  const after = marketAfter(market, { before, waves: [wave({ blocks: [newer, ...others] })] });
  expect(after.blocks).toEqual([newer, ...others]);
  expect(marketAfter(market, { before, waves: [wave({ blocks: others })] }).blocks).toHaveLength(3);
});

test("an offer that has proven good is free again", () => {
  const { account, realm, size } = sampleBlock();
  expect(marketAfter(market, { before, waves: [wave({ unblocks: [{ account, realm, size }] })] }).blocks).toEqual([]);
});

test("a pool that is gone offers nothing, whatever others give back", () => {
  const gone = emptyMarket("gone");
  expect(gone).toMatchObject({ pool: { name: "gone", enabled: false, members: [] }, accounts: [], blocks: [] });
});
