// Offers, usage and images of accounts, in memory.

import type { AccountId } from "../../core/ids.ts";
import type { ImageQuestion } from "../../core/market/ground.ts";
import type { ImageAnswer } from "../../core/market/market.ts";
import { type Offer, offerBook } from "../../core/market/offer.ts";
import { IMAGE_KEPT, type OfferReads, type OfferWrites } from "../../ports/offers.ts";
import { compare, imageKey, type ImageRow, type Views } from "./rows.ts";
import { guardAccount } from "./rules.ts";
import type { Transaction } from "./transaction.ts";

/** In the order of SQL. */
const byPlace = (a: Offer, b: Offer): number => compare(a.realm, b.realm) || compare(a.size, b.size);

export function readingOffers(tx: Transaction): Omit<OfferReads, "counts"> {
  const { views } = tx;
  const imagesOf = (id: AccountId): ImageRow[] =>
    views.images.group(id).sort((a, b) => compare(a.realm, b.realm) || compare(a.choice, b.choice));
  return {
    offers: (id, { limit, after, realm }) =>
      tx.statement(() => {
        const all = [...(views.offers.get(id)?.offers ?? [])].sort(byPlace);
        const within = all.filter((offer) => realm === null || offer.realm === realm);
        const isBehind = (offer: Offer): boolean =>
          after === null || (compare(offer.realm, after.realm) || compare(offer.size, after.size)) > 0;
        return within.filter(isBehind).slice(0, limit);
      }),
    realms: (id) => tx.statement(() => [...(views.offers.get(id)?.realms ?? [])].sort(compare)),
    usage: (id) => tx.statement(() => views.usages.get(id) ?? null),
    imageQuestions: (id) =>
      tx.statement(() =>
        imagesOf(id)
          .filter(({ answeredAt }) => answeredAt === null)
          .map(({ account, realm, choice }) => ({ account, realm, choice })),
      ),
    imagesKnown: (id) =>
      tx.statement(() =>
        imagesOf(id)
          .filter((row) => row.answeredAt !== null && !isOld(row, tx.now()))
          .map(({ realm, choice, image, text }) => ({ realm, choice, image, text })),
      ),
  };
}

export function imageAnswer(views: Views, question: ImageQuestion, now: number): ImageAnswer {
  const row = views.images.get(imageKey(question));
  if (row === undefined || row.answeredAt === null || isOld(row, now)) return { kind: "unread" };
  return row.image === null ? { kind: "absent", text: row.text } : { kind: "found", image: row.image };
}

function isOld({ answeredAt, image }: ImageRow, now: number): boolean {
  const keptMs = image === null ? IMAGE_KEPT.absentMs : IMAGE_KEPT.foundMs;
  return answeredAt !== null && answeredAt <= now - keptMs;
}

export function keepingOffers(tx: Transaction): OfferWrites {
  const { views } = tx;
  return {
    putOffers: (id, read) =>
      tx.statement(async () => {
        guardAccount(views, id);
        await tx.lock(views.accounts, id);
        const was = views.accounts.get(id);
        if (was === undefined) return;
        views.accounts.put(id, { ...was, row: { ...was.row, offersAt: tx.now() } });
        const known = views.offers.get(id)?.offers ?? [];
        const told = new Set(read.offers.map(keyOf));
        const kept = known.filter((offer) => read.unlisted.includes(offer.realm) && !told.has(keyOf(offer)));
        const all = { ...read, offers: [...kept, ...read.offers] };
        views.offers.put(id, { ...all, book: offerBook(all.offers, all) });
      }),
    forgetOffers: (id) =>
      tx.statement(async () => {
        await tx.lock(views.accounts, id);
        const was = views.accounts.get(id);
        if (was === undefined) return;
        views.accounts.put(id, { ...was, row: { ...was.row, offersAt: null, usageAt: null } });
        views.offers.delete(id);
        views.usages.delete(id);
        for (const image of views.images.group(id)) views.images.delete(imageKey(image));
      }),
    putUsage: (id, read) =>
      tx.statement(async () => {
        guardAccount(views, id);
        await tx.lock(views.accounts, id);
        const was = views.accounts.get(id);
        if (was === undefined) return;
        views.accounts.put(id, { ...was, row: { ...was.row, usageAt: read.askedAt } });
        views.usages.put(id, read);
      }),
    askImages: (questions) => tx.statement(() => askImages(tx, questions)),
    putImages: (id, found) =>
      tx.statement(() => {
        for (const one of found) {
          views.images.put(imageKey({ account: id, ...one }), { account: id, ...one, answeredAt: tx.now() });
        }
      }),
  };
}

export async function askImages(tx: Transaction, questions: readonly ImageQuestion[]): Promise<void> {
  const { views } = tx;
  const known = questions.filter(({ account }) => views.accounts.get(account) !== undefined);
  await tx.lockAll(
    views.accounts,
    known.map(({ account }) => account),
  );
  const now = tx.now();
  for (const question of known) {
    const was = views.images.get(imageKey(question));
    if (was !== undefined && (was.answeredAt === null || !isOld(was, now))) continue;
    const { account, realm, choice } = question;
    views.images.put(imageKey(question), { account, realm, choice, image: null, text: null, answeredAt: null });
    const row = views.accounts.get(account);
    if (row === undefined) continue;
    views.accounts.put(account, { ...row, row: { ...row.row, pollAt: Math.min(row.row.pollAt, now) } });
    tx.due = true;
  }
}

const keyOf = ({ realm, size }: Offer): string => JSON.stringify([realm, size]);
