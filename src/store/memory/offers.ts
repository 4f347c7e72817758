// Offers, usage and answers of accounts, in memory.

import type { AccountId } from "../../core/ids.ts";
import type { Answer, Enquiry } from "../../core/market/market.ts";
import { type Offer, offerBook } from "../../core/market/offer.ts";
import { type WaitingEnquiry, ANSWER_KEPT, type OfferReads, type OfferWrites } from "../../ports/offers.ts";
import { compare, enquiryKey, type EnquiryRow, type Views } from "./rows.ts";
import { guardAccount } from "./rules.ts";
import type { Transaction } from "./transaction.ts";

/** In the order of SQL. */
const byPlace = (a: Offer, b: Offer): number => compare(a.realm, b.realm) || compare(a.size, b.size);

export function readingOffers(tx: Transaction): Omit<OfferReads, "counts"> {
  const { views } = tx;
  const enquiriesOf = (id: AccountId): EnquiryRow[] =>
    views.enquiries
      .group(id)
      .sort((a, b) => compare(a.kind, b.kind) || compare(a.realm, b.realm) || compare(a.choice, b.choice));
  const waitingAt = (id: AccountId): WaitingEnquiry[] =>
    enquiriesOf(id)
      .filter(({ answeredAt }) => answeredAt === null)
      .map(({ account, kind, realm, choice, text }) => ({ account, kind, realm, choice, text }));

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
    enquiries: (id) => tx.statement(() => waitingAt(id)),
    unanswered: (pool) =>
      tx.statement(() => {
        const members = (views.pools.get(pool)?.members ?? []).map(({ account }) => account).sort(compare);
        return members.flatMap(waitingAt).sort((a, b) => compare(a.account, b.account) || compare(a.realm, b.realm));
      }),
    answers: (id, kind) =>
      tx.statement(() =>
        enquiriesOf(id)
          .filter((row) => row.kind === kind && row.answeredAt !== null && !isOld(row, tx.now()))
          .map(({ realm, choice, found, text }) => ({ kind, realm, choice, found, text })),
      ),
  };
}

export function answerTo(views: Views, enquiry: Enquiry, now: number): Answer {
  const row = views.enquiries.get(enquiryKey(enquiry));
  if (row === undefined || isOld(row, now)) return { kind: "unread", text: null };
  if (row.answeredAt === null) return { kind: "unread", text: row.text };
  return row.found === null ? { kind: "absent", text: row.text } : { kind: "found", found: row.found };
}

function isOld({ answeredAt, found }: EnquiryRow, now: number): boolean {
  const keptMs = found === null ? ANSWER_KEPT.absentMs : ANSWER_KEPT.foundMs;
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
        for (const one of views.enquiries.group(id)) views.enquiries.delete(enquiryKey(one));
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
    enquire: (enquiries) => tx.statement(() => enquire(tx, enquiries)),
    putUnanswered: (id, unanswered) =>
      tx.statement(() => {
        for (const { text, ...enquiry } of unanswered) {
          const key = enquiryKey({ account: id, ...enquiry });
          const was = views.enquiries.get(key);
          if (was?.answeredAt === null) views.enquiries.put(key, { ...was, text });
        }
      }),
    putAnswers: (id, told) =>
      tx.statement(() => {
        for (const one of told) {
          views.enquiries.put(enquiryKey({ account: id, ...one }), { account: id, ...one, answeredAt: tx.now() });
        }
      }),
  };
}

export async function enquire(tx: Transaction, enquiries: readonly Enquiry[]): Promise<void> {
  const { views } = tx;
  const known = enquiries.filter(({ account }) => views.accounts.get(account) !== undefined);
  await tx.lockAll(
    views.accounts,
    known.map(({ account }) => account),
  );
  const now = tx.now();
  for (const enquiry of known) {
    const key = enquiryKey(enquiry);
    const was = views.enquiries.get(key);
    if (was !== undefined && (was.answeredAt === null || !isOld(was, now))) continue;
    const { account, kind, realm, choice } = enquiry;
    views.enquiries.put(key, { account, kind, realm, choice, found: null, text: null, answeredAt: null });
    const row = views.accounts.get(account);
    if (row === undefined) continue;
    views.accounts.put(account, { ...row, row: { ...row.row, pollAt: Math.min(row.row.pollAt, now) } });
    tx.due = true;
  }
}

const keyOf = ({ realm, size }: Offer): string => JSON.stringify([realm, size]);
