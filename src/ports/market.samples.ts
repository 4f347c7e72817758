// Offers and what selection sees of accounts, as tests need them.

import { sampleAccount, samplePool } from "./store.samples.ts";
import type { Account, PoolMember } from "../core/account.ts";
import { WHERE_KEYS, type WhereKey } from "../core/blueprint/model.ts";
import type { Answer, Market, MarketAccount } from "../core/market/market.ts";
import { ANY_STEP, type Cut, type Offer, offerBook } from "../core/market/offer.ts";

export function sampleOffer(given: Partial<Offer> = {}): Offer {
  return {
    realm: "east-1",
    size: "s1",
    cpu: 1,
    memoryMib: 2048,
    storageGib: 20,
    architecture: "x86_64",
    accelerators: 0,
    acceleratorKind: null,
    family: null,
    spot: false,
    hourlyMicros: 10_000,
    takes: {},
    cut: null,
    ...given,
  };
}

export function sampleCut(given: Partial<Cut> = {}): Cut {
  return { hourlyMicrosPerCpu: 10_000, hourlyMicrosPerGib: 5_000, step: ANY_STEP, takesPer: {}, ...given };
}

/** A small and a larger size in each realm. */
export function sampleOffers(realms: readonly string[] = ["east-1", "east-2"]): Offer[] {
  const large = { size: "s4", cpu: 4, memoryMib: 8192, storageGib: 80, hourlyMicros: 40_000 };
  return realms.flatMap((realm) => [sampleOffer({ realm }), sampleOffer({ realm, ...large })]);
}

/** Every image is there under its own name. */
const anyImage = (choice: string): Answer => ({ kind: "found", found: choice });
const anywhere = (): Answer => ({ kind: "found", found: "there" });

interface Sampled extends Partial<Omit<MarketAccount, "account" | "member" | "offers" | "answer">> {
  readonly account?: Partial<Account>;
  readonly member?: Partial<PoolMember>;
  /** Null: not read yet. */
  readonly offers?: readonly Offer[] | null;
  readonly realms?: readonly string[];
  readonly userDataBytesMost?: number;
  readonly sharesLoopback?: boolean;
  /** What its provider takes of where machines are put: all of it, unless told. */
  readonly takes?: readonly WhereKey[];
  readonly image?: (choice: string, realm: string) => Answer;
  readonly where?: (choice: string, realm: string) => Answer;
}

/** An account with offers in two realms, every image, no quota, and nothing held. */
export function sampleMarketAccount(sampled: Sampled = {}): MarketAccount {
  const { account, member, offers, realms, userDataBytesMost = 16_384, sharesLoopback = false, ...rest } = sampled;
  const { takes = WHERE_KEYS, image = anyImage, where = anywhere, ...given } = rest;
  const row = sampleAccount({ images: {}, ...account });
  const sold = offers === undefined ? sampleOffers(realms) : offers;
  const all = realms ?? [...new Set((sold ?? []).map(({ realm }) => realm))];
  return {
    account: row,
    member: { account: row.id, group: 0, weight: 0, ...member },
    held: {},
    uncounted: new Map(),
    quotas: [],
    offers: sold === null ? null : offerBook(sold, { realms: all, userDataBytesMost, sharesLoopback, where: takes }),
    answer: (kind, choice, realm) => (kind === "image" ? image(choice, realm) : where(choice, realm)),
    ...given,
  };
}

export function sampleMarket(given: Partial<Market> = {}): Market {
  const accounts = given.accounts ?? [sampleMarketAccount()];
  return { pool: samplePool(), poolHeld: {}, users: [], blocks: [], ...given, accounts };
}
