// What the tracker reads of an account besides its machines: what launches have asked for, usage, and now and then all that
// it sells. A read of offers that takes longer than a poll goes on with the next one. Each is read and written by itself, so that one
// which fails takes nothing from the others.

import type { Fault } from "../core/fault.ts";
import type { Enquiry } from "../core/market/market.ts";
import { readWhereChoice } from "../core/market/where.ts";
import { redactText } from "../core/secrecy/redact.ts";
import { brief } from "../core/story/brief.ts";
import { OFFERS_MS, USAGE_MS } from "../core/world/tracking.ts";
import { type OfferMark, readUsage as usageOf, walkOffers } from "../ports/offer-walk.ts";
import type { Told, Unanswered } from "../ports/offers.ts";
import { createTurns } from "../ports/page-turns.ts";
import { type Cloud, type ImagesPage, ProviderFault } from "../ports/provider.ts";
import type { ClaimedPoll } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { together } from "./apart.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./engine-deps.ts";

/** Enquiries made at once. */
const ENQUIRIES_AT_ONCE = 4;
/** Names of images kept for hints, per account, and the pages on which they are looked for. */
const NAMES_MOST = 2_000;
const NAME_PAGES_MOST = 100;
/** In less time nobody is asked. */
const LEAST_MS = 1_000;
/** After so long neither enquiries nor pages of offers are gone on with in the same poll: machines are to be looked at. */
const PART_MS = 20_000;

export type OfferDeps = EngineDeps & { readonly cut: AbortSignal };

/** One poll's time. */
export interface Window {
  readonly claim: ClaimedPoll;
  /** Database's clock, ms since 1970. */
  readonly databaseNow: () => number;
  /** Of the poll's time what is left, in ms. */
  readonly leftMs: () => number;
  /** Writes while the account is still this poll's to tell of, and makes the claim last on; false: it is somebody else's by now. */
  readonly write: (act?: (tx: Tx) => Promise<void>) => Promise<boolean>;
}

export interface OfferReader {
  /** Reads and writes what is due; the first fault that says something of the account. */
  read(at: Window, opened: Opened): Promise<Fault | null>;
}

/** What reads have in common. */
interface Reading {
  readonly at: Window;
  readonly opened: Opened;
  /** Asks the cloud for as long as a call may take. */
  readonly ask: <T>(what: string, act: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

export function createOfferReader(deps: OfferDeps): OfferReader {
  const marks: Marks = new WeakMap();
  return {
    async read(at, opened) {
      const { other } = opened.traits.callTimeoutMs;
      const reading: Reading = {
        at,
        opened,
        async ask(what, act) {
          const ms = Math.min(other, at.leftMs());
          if (ms < LEAST_MS) throw new Spent();
          return ask({ ...deps, opened, ms, what, effect: "none" }, act);
        },
      };
      // Each begins with a claim that is new, so that none waits for ever behind one that is slow.
      if (!(await at.write())) return null;
      const refusal = await faultOf(answerEnquiries(deps, reading));
      if (refusal !== null || !(await at.write())) return refusal;
      const faults = await Promise.all([faultOf(readUsage(deps, reading)), faultOf(readOffers(deps, reading, marks))]);
      return faults.find((fault) => fault !== null) ?? null;
    },
  };
}

function overAfter({ clock }: OfferDeps, ms: number): () => boolean {
  const begunAt = clock.monotonic();
  return () => clock.monotonic() - begunAt > ms;
}

/** Nothing is left of the poll's time: it is gone on with in the next one. */
class Spent extends Error {
  override readonly name = "Spent";
}

async function faultOf(read: Promise<void>): Promise<Fault | null> {
  try {
    await read;
    return null;
  } catch (error) {
    if (error instanceof ProviderFault) return error.fault;
    if (error instanceof Spent) return null;
    throw error;
  }
}

/** Writes it under the poll's fence. What the database will not have is told, and costs nothing else. */
async function keep<R>(deps: OfferDeps, { at }: Reading, kept: Kept<R>): Promise<void> {
  if (kept.rows.length === 0) return;
  const nameOf = (): string => `${kept.what} of ${at.claim.account.name}`;
  await together({ events: deps.events, kind: "poll", nameOf }, kept.rows, (rows) =>
    at.write((tx) => kept.put(tx, rows)),
  );
}

interface Kept<R> {
  readonly what: string;
  readonly rows: readonly R[];
  readonly put: (tx: Tx, rows: readonly R[]) => Promise<void>;
}

/** Answers what launches have asked; written at once, since they wait for it. */
async function answerEnquiries(deps: OfferDeps, reading: Reading): Promise<void> {
  const { at } = reading;
  const { id, name } = at.claim.account;
  const asked = await deps.store.read((tx) => tx.enquiries(id));
  // Not always the same first: one that never gets its answer would keep it from all behind it.
  const first = Math.floor(deps.random() * asked.length);
  const enquiries = [...asked.slice(first), ...asked.slice(0, first)];
  const isOver = overAfter(deps, PART_MS);
  for (let from = 0; from < enquiries.length && !isOver(); from += ENQUIRIES_AT_ONCE) {
    const round = enquiries.slice(from, from + ENQUIRIES_AT_ONCE);
    const replies = await Promise.all(round.map((enquiry) => answer(reading, enquiry)));
    const rows = replies.flatMap((reply) => ("found" in reply ? [reply] : []));
    await keep(deps, reading, { what: "answers", rows, put: (tx, some) => tx.putAnswers(id, some) });
    // What is noted already is no news.
    const failed = replies.flatMap((reply, place) =>
      "text" in reply && !("found" in reply) && reply.text !== round[place]?.text ? [reply] : [],
    );
    const put = (tx: Tx, some: readonly Unanswered[]) => tx.putUnanswered(id, some);
    await keep(deps, reading, { what: "faults of enquiries", rows: failed, put });
    for (const one of failed) deps.events.enquiryFailed(name, one);
    // What the others were told is kept by then: a cloud that takes fewer at once answers all of them in the end.
    const refusals = replies.filter((reply) => reply instanceof ProviderFault);
    const refusal = refusals.find(({ fault }) => fault.class !== "throttle") ?? refusals[0];
    if (refusal !== undefined) throw refusal;
  }
}

/** A fault where it says something of the account. */
async function answer(reading: Reading, enquiry: Enquiry): Promise<Told | Unanswered | Spent | ProviderFault> {
  const { kind, realm, choice } = enquiry;
  try {
    const { found, text } = await (kind === "image" ? findImage(reading, enquiry) : findPlace(reading, enquiry));
    const told = text === null ? null : brief(redactText(text, reading.opened.secrets));
    return { kind, realm, choice, found, text: told };
  } catch (error) {
    if (error instanceof Spent) return error;
    if (!(error instanceof ProviderFault)) throw error;
    // What says something of one name or one moment only leaves it open; the rest is the account's fault.
    const { class: kindOfFault } = error.fault;
    if (kindOfFault === "auth" || kindOfFault === "account" || kindOfFault === "throttle") return error;
    return { kind, realm, choice, text: brief(redactText(error.fault.text, reading.opened.secrets)) };
  }
}

async function findImage(
  { ask: asking, opened }: Reading,
  { realm, choice }: Enquiry,
): Promise<Pick<Told, "found" | "text">> {
  const answer = await asking("image", (signal) => opened.cloud.image(choice, realm, signal));
  return answer.image === null ? { found: null, text: answer.text } : { found: answer.image, text: null };
}

/** Found, as a word for all of it. */
const THERE = "there";

async function findPlace(
  { ask: asking, opened }: Reading,
  { realm, choice }: Enquiry,
): Promise<Pick<Told, "found" | "text">> {
  const { cloud, account } = opened;
  if (cloud.lacks === undefined) return { found: null, text: `${account.provider} takes no placement` };
  const lacks = cloud.lacks.bind(cloud);
  const text = await asking("placement", (signal) => lacks(readWhereChoice(choice), realm, signal));
  return { found: text === null ? THERE : null, text };
}

async function readUsage(deps: OfferDeps, reading: Reading): Promise<void> {
  const { at, opened } = reading;
  const { id, usageAt, health } = at.claim.account;
  const askedAt = at.databaseNow();
  if (usageAt !== null && health === "healthy" && askedAt < usageAt + USAGE_MS) return;
  const quotas = await reading.ask("usage", (signal) => usageOf(opened.cloud, signal));
  const put = (tx: Tx): Promise<void> => tx.putUsage(id, { askedAt, quotas });
  await keep(deps, reading, { what: "usage", rows: [quotas], put });
}

/** Where reads were left, by session: under other settings an account is read anew. */
type Marks = WeakMap<Cloud, { readonly mark: OfferMark; readonly begunAt: number }>;

/** What was read so long ago is not told as what is sold now: another process may have read it all meanwhile. */
const MARK_MS = OFFERS_MS / 2;

async function readOffers(deps: OfferDeps, reading: Reading, marks: Marks): Promise<void> {
  const { at, opened } = reading;
  const { id, name, offersAt } = at.claim.account;
  if (offersAt !== null && at.databaseNow() < offersAt + OFFERS_MS) return;
  const { cloud } = opened;
  const now = deps.clock.monotonic();
  const left = marks.get(cloud);
  const { mark: from, begunAt } =
    left !== undefined && now - left.begunAt < MARK_MS ? left : { mark: null, begunAt: now };
  marks.delete(cloud);
  const walk = walkOffers(opened, { ask: reading.ask, isOver: overAfter(deps, PART_MS), from });
  const walked = await walk.catch((error: unknown) => {
    if (error instanceof Spent && from !== null) marks.set(cloud, { mark: from, begunAt });
    throw error;
  });
  if ("cursor" in walked) {
    marks.set(cloud, { mark: walked, begunAt });
    if (walked.throttle !== null) throw walked.throttle;
    return;
  }
  const { read, leftOut } = walked;
  if (leftOut.length > 0) deps.events.offersLeftOut(name, leftOut);
  await keep(deps, reading, { what: "offers", rows: [read], put: (tx) => tx.putOffers(id, read) });
  await nameImages(deps, reading);
}

/** Names of images are for hints only: whatever is wrong with them is logged, and what came of them is kept. */
async function nameImages(deps: OfferDeps, reading: Reading): Promise<void> {
  const { at, opened } = reading;
  const { cloud } = opened;
  const { id, name } = at.claim.account;
  if (cloud.images === undefined) return;
  const images = cloud.images.bind(cloud);
  const turns = createTurns("images", NAME_PAGES_MOST);
  const found: Told[] = [];
  try {
    for (let cursor: string | null = null; found.length < NAMES_MOST;) {
      const from: string | null = cursor;
      const page: ImagesPage = await reading.ask("images", (signal) => images(from, signal));
      found.push(
        ...page.images.map(({ realm, choice, image }) => ({
          kind: "image" as const,
          realm,
          choice,
          found: image,
          text: null,
        })),
      );
      if (page.next === null) break;
      cursor = turns.turn(page.next);
    }
  } catch (error) {
    if (error instanceof ProviderFault) deps.events.imagesNotNamed(name, error.fault);
    else if (!(error instanceof Spent)) throw error;
  }
  // A name that is told twice counts as told last.
  const named = new Map(found.map((one) => [JSON.stringify([one.realm, one.choice]), one]));
  const put = (tx: Tx): Promise<void> => tx.putAnswers(id, [...named.values()].slice(0, NAMES_MOST));
  await keep(deps, reading, { what: "names of images", rows: [found], put });
}
