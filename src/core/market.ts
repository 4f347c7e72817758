// A batch decides several deployments under one lock: what one of them takes or gives back, the next must already see.

import type { Amount, Block, Market, MarketAccount } from "./account.ts";
import type { Attempt } from "./deployment.ts";
import type { Changes, Snapshot } from "./snapshot.ts";

/** What one decision took from, or gave back to, each account; and what it said about offers and accounts. */
export interface Decided {
  readonly before: Snapshot;
  readonly changes: Changes;
}

/** The market as the next decision of the same transaction sees it. */
export function marketAfter(market: Market, { before, changes }: Decided): Market {
  const shifts = shiftsOf(before, changes);
  const samePool = before.deployment.pool === market.pool.name;
  return {
    ...market,
    poolReserved: samePool
      ? shifts.reduce((sum, { amount, sign }) => add(sum, amount, sign), market.poolReserved)
      : market.poolReserved,
    accounts: market.accounts.map((row) => accountAfter(row, shifts, changes)),
    blocks: blocksAfter(market.blocks, changes),
  };
}

interface Shift {
  readonly account: string;
  readonly amount: Amount;
  readonly sign: 1 | -1;
}

/** Attempts that began to hold their reservation, or ceased to. */
function shiftsOf(before: Snapshot, changes: Changes): Shift[] {
  return changes.attempts.flatMap((attempt) => {
    const was = before.attempts.find(({ no }) => no === attempt.no);
    const held = was !== undefined && holds(was);
    if (held === holds(attempt)) return [];
    return [{ account: attempt.match.account, amount: attempt.match.amount, sign: held ? -1 : 1 }];
  });
}

function holds(attempt: Attempt): boolean {
  return attempt.releasedAt === null;
}

function accountAfter(row: MarketAccount, shifts: readonly Shift[], changes: Changes): MarketAccount {
  const { id } = row.account;
  const reserved = shifts
    .filter(({ account }) => account === id)
    .reduce((sum, { amount, sign }) => add(sum, amount, sign), row.reserved);
  const verdict = changes.verdicts.find(({ account }) => account === id);
  if (verdict === undefined) return { ...row, reserved };
  return { ...row, reserved, account: { ...row.account, health: "suspended", healthText: verdict.fault.text } };
}

function blocksAfter(blocks: readonly Block[], changes: Changes): readonly Block[] {
  const kept = blocks.filter(
    (block) =>
      !changes.blocks.some((newer) => keyOf(newer) === keyOf(block)) &&
      !changes.unblocks.some(
        ({ account, realm, size }) => block.account === account && block.realm === realm && block.size === size,
      ),
  );
  return [...kept, ...changes.blocks];
}

const keyOf = ({ account, realm, size, reason }: Block): string => JSON.stringify([account, realm, size, reason]);

function add(sum: Amount, amount: Amount, sign: 1 | -1): Amount {
  return {
    instances: sum.instances + sign * amount.instances,
    cpu: sum.cpu + sign * amount.cpu,
    memoryMib: sum.memoryMib + sign * amount.memoryMib,
  };
}
