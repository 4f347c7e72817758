// Everything that choosing depends on, as of one moment. A batch decides several deployments under one lock: what one of
// them takes or gives back, the next must already see.

import { RETENTION } from "../people/retention.ts";
import type { Account, AccountVerdict, Block, Pool, PoolMember } from "../account.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { type Amount, plus, sumOf, UNLIMITED } from "./amount.ts";
import { triesEnded, withoutTries } from "./blocks.ts";
import type { OfferBook } from "./offer.ts";
import type { Placement } from "./placement.ts";

/** The cloud's own limit in one dimension, and what it has counted of it by anybody. */
export interface CloudQuota {
  /** Null: of the whole account. */
  readonly realm: string | null;
  readonly dimension: string;
  /** Null: not limited. */
  readonly most: number | null;
  readonly used: number;
}

/** What clouds are asked for by name before it is chosen: an image, or all that is said of where a machine is put (`whereChoice`). */
export const ENQUIRY_KINDS = ["image", "where"] as const;
export type EnquiryKind = (typeof ENQUIRY_KINDS)[number];

/** A question to an account's cloud, which the tracker asks. */
export interface Enquiry {
  readonly account: Account["id"];
  readonly kind: EnquiryKind;
  readonly realm: string;
  /** Of an image the account's own name of it. */
  readonly choice: string;
}

/** What an account answered to an enquiry. */
export type Answer =
  /** Of an image the cloud's own name of it. */
  | { readonly kind: "found"; readonly found: string }
  /** It is not there; `text` says more, or what of it. */
  | { readonly kind: "absent"; readonly text: string | null }
  /** Not asked yet, or no answer yet; `text`: what came in place of one. */
  | { readonly kind: "unread"; readonly text: string | null };

/** One account as selection sees it. */
export interface MarketAccount {
  readonly account: Account;
  readonly member: PoolMember;
  /** All that is held here. */
  readonly held: Amount;
  /** Of that, what the cloud cannot have counted: not made when it was asked for its usage. By realm. */
  readonly uncounted: ReadonlyMap<string, Amount>;
  readonly quotas: readonly CloudQuota[];
  /** Null: not read yet. */
  readonly offers: OfferBook | null;
  answer(kind: EnquiryKind, choice: string, realm: string): Answer;
}

export interface Market {
  readonly pool: Pool;
  readonly poolHeld: Amount;
  readonly accounts: readonly MarketAccount[];
  readonly blocks: readonly Block[];
}

/** One decision of the batch. */
export interface Decided {
  readonly before: Snapshot;
  readonly waves: readonly Changes[];
}

/** The market as the next decision of the same transaction sees it. */
export function marketAfter(market: Market, { before, waves }: Decided): Market {
  const { taken, returned } = shiftsOf(before, waves);
  const verdicts = waves.flatMap((changes) => changes.verdicts);
  const ofPool = before.deployment.pool === market.pool.name;
  return {
    ...market,
    poolHeld: ofPool ? shifted(market.poolHeld, taken, returned) : market.poolHeld,
    accounts: market.accounts.map((row) => accountAfter(row, { taken, returned, verdicts })),
    blocks: waves.reduce(blocksAfter, market.blocks),
  };
}

/** The market of a pool that was deleted while a launch was on its way there: nothing can be chosen from it. */
export function emptyMarket(name: string): Market {
  const pool = { name, enabled: false, members: [], limit: UNLIMITED, maxLeaseMs: null, retention: RETENTION };
  return { pool, poolHeld: {}, accounts: [], blocks: [] };
}

interface Shifts {
  readonly taken: readonly Placement[];
  readonly returned: readonly Placement[];
}

/** Placements that began to be held, or ceased to. */
function shiftsOf(before: Snapshot, waves: readonly Changes[]): Shifts {
  const keyOf = ({ attempt, instance, no }: Placement): string => `${attempt}/${instance}/${no}`;
  const held = new Set(before.placements.filter(isHeld).map(keyOf));
  const last = new Map(waves.flatMap(({ placements }) => placements.map((row) => [keyOf(row), row] as const)));
  const changed = [...last].filter(([key, row]) => held.has(key) !== isHeld(row)).map(([, row]) => row);
  return { taken: changed.filter(isHeld), returned: changed.filter((row) => !isHeld(row)) };
}

export function isHeld({ releasedAt }: Placement): boolean {
  return releasedAt === null;
}

function shifted(sum: Amount, taken: readonly Placement[], returned: readonly Placement[]): Amount {
  const added = plus(sum, sumOf(taken.map(({ takes }) => takes)));
  return plus(added, sumOf(returned.map(({ takes }) => takes)), -1);
}

function accountAfter(
  row: MarketAccount,
  { taken, returned, verdicts }: Shifts & { readonly verdicts: readonly AccountVerdict[] },
): MarketAccount {
  const { account } = row;
  const here = ({ account: id }: Placement): boolean => id === account.id;
  const added = taken.filter(here);
  const uncounted = new Map(row.uncounted);
  for (const { realm, takes } of added) uncounted.set(realm, plus(uncounted.get(realm) ?? {}, takes));
  // What is given back may have been counted by the cloud: it is free there once the cloud has counted again.
  const held = shifted(row.held, added, returned.filter(here));
  const verdict = verdicts.find((one) => one.account === account.id);
  if (verdict === undefined) return { ...row, held, uncounted };
  return { ...row, held, uncounted, account: { ...account, health: "suspended", healthText: verdict.fault.text } };
}

function blocksAfter(blocks: readonly Block[], changes: Changes): readonly Block[] {
  const replaced = (block: Block) =>
    changes.blocks.some((newer) => sameKey(newer, block) && newer.reason === block.reason);
  const proven = (block: Block) => changes.unblocks.some((offer) => sameKey(offer, block));
  const after = [...blocks.filter((block) => !replaced(block) && !proven(block)), ...changes.blocks];
  return withoutTries(after, triesEnded([changes]));
}

type Key = Changes["unblocks"][number];

const sameKey = (a: Key, b: Key): boolean => a.account === b.account && a.realm === b.realm && a.size === b.size;
