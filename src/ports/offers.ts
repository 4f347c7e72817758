// What is kept of accounts' offers, usage and images. Part of the port to the database (store.ts).

import type { AccountId } from "../core/ids.ts";
import type { Amount } from "../core/market/amount.ts";
import type { ImageQuestion } from "../core/market/ground.ts";
import type { CloudQuota } from "../core/market/market.ts";
import type { Conditions, Offer } from "../core/market/offer.ts";

/** All that an account sells, of one read that came to its end. */
export interface OffersRead extends Conditions {
  /** Also those that sell nothing. */
  readonly realms: readonly string[];
  readonly offers: readonly Offer[];
  /** Realms that could not be read: what was known of them stays. */
  readonly unlisted: readonly string[];
}

export interface UsageRead {
  /** When the cloud was asked, database's clock in ms: what was made later cannot have been counted. */
  readonly askedAt: number;
  readonly quotas: readonly CloudQuota[];
}

export interface ImageFound {
  readonly realm: string;
  /** The account's own name of it. */
  readonly choice: string;
  /** The cloud's own; null: nothing there has that name. */
  readonly image: string | null;
  /** Why not, where there is more to say than that. */
  readonly text: string | null;
}

/** An answer that counts for this long, in ms. One that says no is asked for again soon: somebody may be uploading it. */
export const IMAGE_KEPT = { foundMs: 3_600_000, absentMs: 60_000 } as const;

export interface OfferFilter {
  readonly limit: number;
  /** The place of the last one of the page before. */
  readonly after: Pick<Offer, "realm" | "size"> | null;
  readonly realm: string | null;
}

export interface Counted {
  readonly quotas: readonly CloudQuota[];
  /** What placements hold and the cloud cannot have counted, since it was not made when it was asked; by realm. */
  readonly uncounted: ReadonlyMap<string, Amount>;
}

export interface OfferReads {
  /** In order of realm and size, C collation. */
  offers(id: AccountId, filter: OfferFilter): Promise<readonly Offer[]>;
  realms(id: AccountId): Promise<readonly string[]>;
  /** Null: not read yet. */
  usage(id: AccountId): Promise<UsageRead | null>;
  /** What the clouds of all accounts have counted, of those that were asked. */
  counts(): Promise<ReadonlyMap<AccountId, Counted>>;
  /** Images that launches have asked for and that wait for an answer. */
  imageQuestions(id: AccountId): Promise<readonly ImageQuestion[]>;
  /** Answers about images that still count: found, and not there. */
  imagesKnown(id: AccountId): Promise<readonly ImageFound[]>;
}

export interface OfferWrites {
  /** Replaces all offers of an account whose row is locked; writes only what differs. */
  putOffers(id: AccountId, read: OffersRead): Promise<void>;
  /** Forgets offers, usage and images of an account whose row is locked: it leads to another cloud from now on. */
  forgetOffers(id: AccountId): Promise<void>;
  /** Replaces usage and quota of an account whose row is locked. */
  putUsage(id: AccountId, read: UsageRead): Promise<void>;
  /** Notes questions; those that wait already, or have an answer that counts, stay as they are. The accounts are due at once. */
  askImages(questions: readonly ImageQuestion[]): Promise<void>;
  /** Answers questions of an account. */
  putImages(id: AccountId, found: readonly ImageFound[]): Promise<void>;
}
