// Everything that choosing depends on, as of one moment. A batch decides several deployments under one lock: what one of
// them takes or gives back, the next must already see.

import { RETENTION } from "../people/retention.ts";
import type { Account, AccountVerdict, Block, Pool, PoolMember } from "../account.ts";
import type { Deployment } from "../deployment.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { type Amount, plus, type QuotaLimit, sumOf, UNLIMITED } from "./amount.ts";
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
  /** All that is held here; `deployments` at least where some limit of the market counts them. */
  readonly held: Amount;
  /** Of that, what the cloud cannot have counted: not made when it was asked for its usage. By realm; empty where no quota bounds anything. */
  readonly uncounted: ReadonlyMap<string, Amount>;
  readonly quotas: readonly CloudQuota[];
  /** Null: not read yet. */
  readonly offers: OfferBook | null;
  answer(kind: EnquiryKind, choice: string, realm: string): Answer;
}

/** A user with a limit of their own, or in a pool that limits each user. */
export interface LimitedUser {
  readonly name: string;
  /** Since when the name is theirs. */
  readonly since: number;
  readonly limit: QuotaLimit;
  /** By all that they launched, in any pool. */
  readonly held: Amount;
  /** By what they launched in this pool; nothing where it does not limit each user. */
  readonly heldHere: Amount;
}

export interface Market {
  readonly pool: Pool;
  /** `deployments` at least where some limit of the market counts them. */
  readonly poolHeld: Amount;
  /** Of those who were asked for. */
  readonly users: readonly LimitedUser[];
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
  const placed = { before: before.placements, after: waves.flatMap((changes) => changes.placements) };
  const verdicts = waves.flatMap((changes) => changes.verdicts);
  const after = moved(market, before.deployment, shiftsOf(placed));
  return {
    ...after,
    accounts: after.accounts.map((row) => judged(row, verdicts)),
    blocks: waves.reduce(blocksAfter, market.blocks),
  };
}

/**
 * The market as the next choice of one decision sees it: what its deployment takes by now is taken. What it has given back since the decision
 * began leaves nothing behind, so that cloud's quotas have room for it as well.
 */
export function marketMeanwhile(market: Market, deployment: Owner, placed: Placed): Market {
  const shifts = shiftsOf(placed);
  const now = moved(market, deployment, shifts);
  return { ...now, accounts: now.accounts.map((row) => ({ ...row, uncounted: freedBy(row, shifts) })) };
}

type Owner = Pick<Deployment, "createdBy" | "createdAt" | "pool">;

function moved(market: Market, { createdBy: name, createdAt: at, pool }: Owner, shifts: Shifts): Market {
  const user = limitedUser(market, { name, at });
  const here = (held: Amount) => (pool === market.pool.name ? shifted(held, shifts) : held);
  return {
    ...market,
    poolHeld: here(market.poolHeld),
    users: market.users.map((one) =>
      one === user ? { ...one, held: shifted(one.held, shifts), heldHere: here(one.heldHere) } : one,
    ),
    accounts: market.accounts.map((row) => accountAfter(row, shifts)),
  };
}

/** Whose limit holds for what somebody of that name launched then. */
export function limitedUser(
  { users }: Pick<Market, "users">,
  by: { readonly name: string; readonly at: number },
): LimitedUser | null {
  return users.find(({ name, since }) => name === by.name && since <= by.at) ?? null;
}

/** The market of a pool that was deleted while a launch was on its way there: nothing can be chosen from it. */
export function emptyMarket(name: string): Market {
  const limits = { limit: UNLIMITED, userLimit: UNLIMITED, maxLeaseMs: null, maxQuarantineMs: null };
  const pool = { name, enabled: false, members: [], ...limits, retention: RETENTION };
  return { pool, poolHeld: {}, users: [], accounts: [], blocks: [] };
}

/** What one deployment held before, and holds now; by the placement's key. */
interface Shifts {
  readonly before: ReadonlyMap<string, Placement>;
  readonly after: ReadonlyMap<string, Placement>;
}

/** Those that there were, and those that were set since. */
export interface Placed {
  readonly before: readonly Placement[];
  readonly after: readonly Placement[];
}

function shiftsOf(placed: Placed): Shifts {
  const byKey = (rows: readonly Placement[]) =>
    new Map(rows.map((row) => [`${row.attempt}/${row.instance}/${row.no}`, row] as const));
  const held = (rows: ReadonlyMap<string, Placement>) => new Map([...rows].filter(([, row]) => isHeld(row)));
  const before = byKey(placed.before);
  const after = new Map([...before, ...byKey(placed.after)]);
  return { before: held(before), after: held(after) };
}

export function isHeld({ releasedAt }: Placement): boolean {
  return releasedAt === null;
}

const takesOf = (placements: readonly Placement[]): Amount => sumOf(placements.map(({ takes }) => takes));

/** What placements hold together, of as many deployments as they are of. */
export function heldBy(placements: readonly Placement[]): Amount {
  const deployments = new Set(placements.map(({ deployment }) => deployment)).size;
  return { ...takesOf(placements), ...(deployments > 0 ? { deployments } : {}) };
}

/** Those of `some` that are not in `others`. */
const without = (some: Shifts["before"], others: Shifts["before"]): readonly Placement[] =>
  [...some].flatMap(([key, row]) => (others.has(key) ? [] : [row]));

function shifted(sum: Amount, { before, after }: Shifts): Amount {
  const added = plus(sum, takesOf(without(after, before)));
  const left = plus(added, takesOf(without(before, after)), -1);
  const more = Math.sign(after.size) - Math.sign(before.size);
  return more === 0 ? left : plus(left, { deployments: more });
}

function atAccount({ account: { id } }: MarketAccount, { before, after }: Shifts): Shifts {
  const here = (rows: Shifts["before"]) => new Map([...rows].filter(([, one]) => one.account === id));
  return { before: here(before), after: here(after) };
}

function accountAfter(row: MarketAccount, shifts: Shifts): MarketAccount {
  const { before, after } = atAccount(row, shifts);
  const uncounted = without(after, before).reduce((sum, one) => uncountedWith(sum, one, 1), row.uncounted);
  // What is given back may have been counted by the cloud: it is free there once the cloud has counted again.
  return { ...row, held: shifted(row.held, { before, after }), uncounted };
}

function freedBy(row: MarketAccount, shifts: Shifts): MarketAccount["uncounted"] {
  const { before, after } = atAccount(row, shifts);
  return without(before, after).reduce((sum, one) => uncountedWith(sum, one, -1), row.uncounted);
}

/** What its cloud has not counted in that realm, with so much more or less. */
export function uncountedWith(
  uncounted: MarketAccount["uncounted"],
  { realm, takes }: Pick<Placement, "realm" | "takes">,
  sign: 1 | -1,
): MarketAccount["uncounted"] {
  return new Map(uncounted).set(realm, plus(uncounted.get(realm) ?? {}, takes, sign));
}

function judged(row: MarketAccount, verdicts: readonly AccountVerdict[]): MarketAccount {
  const { account } = row;
  const verdict = verdicts.find((one) => one.account === account.id);
  if (verdict === undefined) return row;
  return { ...row, account: { ...account, health: "suspended", healthText: verdict.fault.text } };
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
