// A batch decides several deployments under one lock: what one of them takes or gives back, the next must already see.

import type { AccountVerdict, Amount, Block, Market, MarketAccount } from "./account.ts";
import type { Attempt } from "./deployment.ts";
import type { AccountId } from "./ids.ts";
import type { Changes, Snapshot } from "./snapshot.ts";

/** One decision of the batch. */
export interface Decided {
  readonly before: Snapshot;
  readonly waves: readonly Changes[];
}

/** The market as the next decision of the same transaction sees it. */
export function marketAfter(market: Market, { before, waves }: Decided): Market {
  const shifts = shiftsOf(before, waves);
  const verdicts = waves.flatMap((changes) => changes.verdicts);
  const ofPool = before.deployment.pool === market.pool.name ? shifts : [];
  return {
    ...market,
    poolReserved: ofPool.reduce(shifted, market.poolReserved),
    accounts: market.accounts.map((row) => accountAfter(row, shifts, verdicts)),
    blocks: waves.reduce(blocksAfter, market.blocks),
  };
}

/** The market of a pool that was deleted while a launch was on its way there: nothing can be chosen from it. */
export function emptyMarket(name: string): Market {
  const limit = { instances: null, cpu: null, memoryMib: null };
  const poolReserved = { instances: 0, cpu: 0, memoryMib: 0 };
  return { pool: { name, enabled: false, members: [], limit }, poolReserved, accounts: [], blocks: [] };
}

interface Shift {
  readonly account: AccountId;
  readonly amount: Amount;
  readonly sign: 1 | -1;
}

/** Attempts that began to hold their reservation, or ceased to. */
function shiftsOf(before: Snapshot, waves: readonly Changes[]): Shift[] {
  const held = new Set(before.attempts.filter(holds).map(({ no }) => no));
  const last = new Map(waves.flatMap((changes) => changes.attempts.map((attempt) => [attempt.no, attempt] as const)));
  return [...last.values()]
    .filter((attempt) => held.has(attempt.no) !== holds(attempt))
    .map((attempt) => ({
      account: attempt.match.account,
      amount: attempt.match.amount,
      sign: holds(attempt) ? 1 : -1,
    }));
}

function holds(attempt: Attempt): boolean {
  return attempt.releasedAt === null;
}

function accountAfter(
  row: MarketAccount,
  shifts: readonly Shift[],
  verdicts: readonly AccountVerdict[],
): MarketAccount {
  const { account } = row;
  const reserved = shifts.filter((shift) => shift.account === account.id).reduce(shifted, row.reserved);
  const verdict = verdicts.find((one) => one.account === account.id);
  if (verdict === undefined) return { ...row, reserved };
  return { ...row, reserved, account: { ...account, health: "suspended", healthText: verdict.fault.text } };
}

function blocksAfter(blocks: readonly Block[], changes: Changes): readonly Block[] {
  const replaced = (block: Block) =>
    changes.blocks.some((newer) => sameKey(newer, block) && newer.reason === block.reason);
  const proven = (block: Block) => changes.unblocks.some((offer) => sameKey(offer, block));
  return [...blocks.filter((block) => !replaced(block) && !proven(block)), ...changes.blocks];
}

type Offer = Changes["unblocks"][number];

const sameKey = (a: Offer, b: Offer): boolean => a.account === b.account && a.realm === b.realm && a.size === b.size;

function shifted(sum: Amount, { amount, sign }: Shift): Amount {
  return {
    instances: sum.instances + sign * amount.instances,
    cpu: sum.cpu + sign * amount.cpu,
    memoryMib: sum.memoryMib + sign * amount.memoryMib,
  };
}
