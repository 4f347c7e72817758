// What is kept of accounts' offers, usage and answers. Part of the port to the database (store.ts).

import type { AccountId } from "../core/ids.ts";
import type { Amount } from "../core/market/amount.ts";
import type { CloudQuota, Enquiry } from "../core/market/market.ts";
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

/** An answer to an enquiry. */
export interface Told extends Omit<Enquiry, "account"> {
  /** Of an image the cloud's own name of it; null: it is not there. */
  readonly found: string | null;
  /** Why not, where there is more to say than that. */
  readonly text: string | null;
}

/** What came in place of an answer: the enquiry waits for one, and is asked again. */
export interface Unanswered extends Omit<Enquiry, "account"> {
  readonly text: string;
}

/** `text`: what came in place of an answer; null: nothing yet. */
export interface WaitingEnquiry extends Enquiry {
  readonly text: string | null;
}

/** An answer counts for this long, in ms. One that says no is asked for again soon: somebody may be seeing to it. */
export const ANSWER_KEPT = { foundMs: 3_600_000, absentMs: 60_000 } as const;

export interface OfferFilter {
  readonly limit: number;
  /** The place of the last one of the page before. */
  readonly after: Pick<Offer, "realm" | "size"> | null;
  readonly realm: string | null;
}

export interface Counted {
  readonly quotas: readonly CloudQuota[];
  /** What placements hold and the cloud cannot have counted, since it was not made when it was asked; by realm, and empty without quotas. */
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
  /** What launches have asked for and what waits for an answer. */
  enquiries(id: AccountId): Promise<readonly WaitingEnquiry[]>;
  /** What accounts of the pool have not answered yet, by account and realm. */
  unanswered(pool: string): Promise<readonly WaitingEnquiry[]>;
  /** Answers of one kind that still count: found, and not there. */
  answers(id: AccountId, kind: Enquiry["kind"]): Promise<readonly Told[]>;
}

export interface OfferWrites {
  /** Replaces all offers of an account whose row is locked; writes only what differs. */
  putOffers(id: AccountId, read: OffersRead): Promise<void>;
  /** Forgets offers, usage and answers of an account whose row is locked: it leads to another cloud from now on. */
  forgetOffers(id: AccountId): Promise<void>;
  /** Replaces usage and quota of an account whose row is locked. */
  putUsage(id: AccountId, read: UsageRead): Promise<void>;
  /** Notes what is to be asked; what waits already, or has an answer that counts, stays as it is. The accounts are due at once. */
  enquire(enquiries: readonly Enquiry[]): Promise<void>;
  /** Answers enquiries of an account. */
  putAnswers(id: AccountId, told: readonly Told[]): Promise<void>;
  /** Notes what came in place of answers, of enquiries that still wait for theirs. */
  putUnanswered(id: AccountId, unanswered: readonly Unanswered[]): Promise<void>;
}
