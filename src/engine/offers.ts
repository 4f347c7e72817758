// What the tracker reads of an account besides its machines: images that launches wait for, usage, and now and then all that
// it sells. A read of offers that takes longer than a poll goes on with the next one.

import type { AccountId } from "../core/ids.ts";
import { OFFERS_MS, USAGE_MS } from "../core/world/tracking.ts";
import { type OfferMark, readUsage as usageOf, walkOffers } from "../ports/offer-walk.ts";
import type { ImageFound, OffersRead, UsageRead } from "../ports/offers.ts";
import { type ImagesPage, ProviderFault } from "../ports/provider.ts";
import type { ClaimedPoll } from "../ports/claims.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./deps.ts";

/** Images asked for at once. */
const IMAGES_AT_ONCE = 4;
/** Names of images kept for hints, per account. */
const NAMES_MOST = 2_000;

export type OfferDeps = EngineDeps & { readonly cut: AbortSignal };

/** One poll's time. */
export interface Window {
  readonly claim: ClaimedPoll;
  /** Database's clock, ms since 1970. */
  readonly databaseNow: () => number;
  /** Of the poll's time what is left, in ms. */
  readonly leftMs: () => number;
}

interface Offered {
  /** Null: not due, or not at its end yet. */
  readonly offers: OffersRead | null;
  readonly usage: UsageRead | null;
}

export interface OfferReader {
  /** Answers what launches have asked; written at once, since they wait for it. */
  answerImages(at: Window, opened: Opened): Promise<void>;
  read(at: Window, opened: Opened): Promise<Offered>;
}

export function createOfferReader(deps: OfferDeps): OfferReader {
  const marks = new Map<AccountId, OfferMark>();
  const asking = (at: Window, opened: Opened) => {
    const { other } = opened.traits.callTimeoutMs;
    return <T>(what: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> =>
      ask({ ...deps, opened, ms: Math.max(1, Math.min(other, at.leftMs())), what, effect: "none" }, act);
  };

  async function readOffers(at: Window, opened: Opened): Promise<OffersRead | null> {
    const { id, offersAt } = at.claim.account;
    if (offersAt !== null && at.databaseNow() < offersAt + OFFERS_MS) return null;
    const from = marks.get(id) ?? null;
    marks.delete(id);
    // Half of a poll's time: the machines that we hold are looked at in any case.
    const half = at.leftMs() / 2;
    const walked = await walkOffers(opened, { ask: asking(at, opened), isOver: () => at.leftMs() < half, from });
    if ("cursor" in walked) {
      marks.set(id, walked);
      return null;
    }
    if (walked.leftOut.length > 0) deps.events.offersLeftOut(at.claim.account.name, walked.leftOut);
    return walked.read;
  }

  async function readUsage(at: Window, opened: Opened): Promise<UsageRead | null> {
    const { usageAt, health } = at.claim.account;
    const askedAt = at.databaseNow();
    if (usageAt !== null && health === "healthy" && askedAt < usageAt + USAGE_MS) return null;
    return { askedAt, quotas: await asking(at, opened)("usage", (signal) => usageOf(opened.cloud, signal)) };
  }

  async function nameImages(at: Window, opened: Opened): Promise<void> {
    const { cloud } = opened;
    const found: ImageFound[] = [];
    if (cloud.images === undefined) return;
    const images = cloud.images.bind(cloud);
    for (let cursor: string | null = null; found.length < NAMES_MOST;) {
      const from: string | null = cursor;
      const page: ImagesPage = await asking(at, opened)("images", (signal) => images(from, signal));
      found.push(...page.images.map((one) => ({ ...one, text: null })));
      cursor = page.next;
      if (cursor === null) break;
    }
    await deps.store.write((tx) => tx.putImages(at.claim.account.id, found.slice(0, NAMES_MOST)));
  }

  return {
    async answerImages(at, opened) {
      const { id } = at.claim.account;
      const questions = await deps.store.read((tx) => tx.imageQuestions(id));
      for (let from = 0; from < questions.length && at.leftMs() > 0; from += IMAGES_AT_ONCE) {
        const round = questions.slice(from, from + IMAGES_AT_ONCE);
        const found = await Promise.all(
          round.map(async ({ realm, choice }): Promise<ImageFound | null> => {
            const answer = await asking(at, opened)("image", (signal) =>
              opened.cloud.image(choice, realm, signal),
            ).catch(unlessOfAccount);
            if (answer === null) return null;
            return { realm, choice, image: answer.image, text: answer.image === null ? answer.text : null };
          }),
        );
        const known = found.filter((one) => one !== null);
        await deps.store.write((tx) => tx.putImages(id, known));
      }
    },
    async read(at, opened) {
      const [usage, offers] = await Promise.all([readUsage(at, opened), readOffers(at, opened)]);
      if (offers !== null) await nameImages(at, opened);
      return { offers, usage };
    },
  };
}

/** What says something of one image or one moment only leaves its question open; the rest is the account's fault. */
function unlessOfAccount(error: unknown): null {
  if (!(error instanceof ProviderFault)) throw error;
  const { class: kind } = error.fault;
  if (kind === "auth" || kind === "account" || kind === "throttle") throw error;
  return null;
}
