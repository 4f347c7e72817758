// Reading what an account sells, page by page, and what it has counted. No number gets further that could not be true,
// whichever provider has read it.

import type { WhereKey } from "../core/blueprint/model.ts";
import type { CloudQuota } from "../core/market/market.ts";
import type { Offer } from "../core/market/offer.ts";
import { brief } from "../core/story/brief.ts";
import { isName } from "../core/world/plausible.ts";
import { isSound, NAME_SHOWN, soundQuotas } from "../core/market/sound.ts";
import type { OffersRead } from "./offers.ts";
import { createTurns, type PageTurns } from "./page-turns.ts";
import { type Cloud, ProviderFault, type ProviderTraits } from "./provider.ts";

/** Of one whole read, however often it is taken up again: 10,000 pages of 100 are a million offers. */
const PAGES_MOST = 10_000;

/** What was read so far of a read that could not be ended in time. */
export interface OfferMark {
  readonly cursor: string | null;
  readonly offers: readonly Offer[];
  readonly unlisted: readonly string[];
  /** All pages so far. */
  readonly turns: PageTurns;
  /** The throttle that ended it; null: its time was over. */
  readonly throttle: ProviderFault | null;
}

/** Asks for one page; throws what it throws. */
type Ask = <T>(what: string, act: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** A read that came to its end, and the names of sizes that were left out of it, for the log. */
export interface WholeRead {
  readonly read: OffersRead;
  readonly leftOut: readonly string[];
}

interface Walk {
  /** Bounds each single call. */
  readonly ask: Ask;
  /** Once it says so no further page is asked for. */
  readonly isOver: () => boolean;
  readonly from: OfferMark | null;
}

/**
 * All offers, or where to go on: a read of more pages than its cloud answers in a row would never come to its end if it began anew after each
 * throttle. What a cloud tells twice counts as told last. Throws a ProviderFault where the pages have no end: what
 * came of them must not pass for all that is sold.
 */
export async function walkOffers(
  {
    cloud,
    traits,
    where,
  }: { readonly cloud: Cloud; readonly traits: ProviderTraits; readonly where: readonly WhereKey[] },
  { ask, isOver, from }: Walk,
): Promise<WholeRead | OfferMark> {
  const realms = await ask("realms", (signal) => cloud.realms(signal));
  const unlisted = new Set(from?.unlisted ?? []);
  const found = new Map((from?.offers ?? []).map((offer) => [keyOf(offer), offer]));
  const turns = from?.turns ?? createTurns("sizes", PAGES_MOST);
  for (let cursor = from?.cursor ?? null; ;) {
    const at: string | null = cursor;
    const mark = (next: string | null, throttle: ProviderFault | null): OfferMark => {
      return { cursor: next, offers: [...found.values()], unlisted: [...unlisted], turns, throttle };
    };
    const sold = await ask("sizes", (signal) => cloud.sizes(at, signal)).catch(throttleOf);
    if (sold instanceof ProviderFault) {
      if (at === null) throw sold;
      return mark(at, sold);
    }
    for (const offer of sold.offers) found.set(keyOf(offer), offer);
    for (const realm of sold.unlisted) unlisted.add(realm);
    if (sold.next === null) break;
    cursor = turns.turn(sold.next);
    if (isOver()) return mark(cursor, null);
  }
  const all = [...found.values()];
  const offers = all.filter(isSound);
  const odd = all.filter((offer) => !isSound(offer)).map(({ size }) => size);
  const leftOut = [...new Set([...odd, ...realms.filter((realm) => !isName(realm))])];
  // An offer in a realm that the cloud did not name proves the realm.
  const named = [...new Set([...realms.filter(isName), ...offers.map(({ realm }) => realm)])];
  const { userDataBytesMost } = traits;
  const conditions = { userDataBytesMost, sharesLoopback: cloud.sharesLoopback, where };
  return {
    read: { realms: named, offers, unlisted: [...unlisted], ...conditions },
    leftOut: leftOut.map((name) => brief(name, NAME_SHOWN)),
  };
}

function throttleOf(error: unknown): ProviderFault {
  if (error instanceof ProviderFault && error.fault.class === "throttle") return error;
  throw error;
}

const keyOf = ({ realm, size }: Offer): string => JSON.stringify([realm, size]);

/** The account's quotas; throws a ProviderFault when they cannot be read. */
export async function readUsage(cloud: Pick<Cloud, "usage">, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const sound = soundQuotas(await cloud.usage(signal));
  if (!("wrong" in sound)) return sound;
  const nothing = { scope: "account", effect: "none", retryAfterMs: null, requestId: null } as const;
  const text = `the cloud's answer cannot be read: ${sound.wrong}`;
  throw new ProviderFault({ ...nothing, class: "transient", code: "unreadable_answer", text });
}
