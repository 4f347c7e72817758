// The tracker: one poll of one account lists what we own there page by page, writes only what changed, and concludes
// absence only from complete clean lists, and only in realms that they show. A list that fails changes nothing but the account's health.

import { STOPPED } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import { backoffMs } from "../core/world/backoff.ts";
import { slowedBeside } from "../core/world/limiter.ts";
import type { PolledNews } from "../ports/spans.ts";
import { createTurns } from "../ports/page-turns.ts";
import { type Listing, ProviderFault } from "../ports/provider.ts";
import { ask } from "./ask.ts";
import type { Clouds, Opened } from "./clouds.ts";
import { conclude, type Polled } from "./conclude.ts";
import type { DecidingDeps } from "./follow.ts";
import { createOfferReader, type OfferReader, type Window } from "./offers.ts";
import { type Comparing, createComparing } from "./comparing.ts";
import { KnownList } from "./known-list.ts";
import { recordPage } from "./page.ts";
import { type Patience, patiently } from "./patience.ts";
import { type HeldPoll, holdPoll, POLL_CLAIM_MS } from "./poll-claim.ts";
import type { Work } from "./pump.ts";
import type { Sighting } from "./sweep.ts";
import { LEAST_MS, lookAtTransit, type WholeLists } from "./transit.ts";
import type { Watches } from "./watch.ts";

/** Of accounts, each of which has one poll at a time: those that hang leave room for others. */
const BOUND = 256;
/** A list that shows nothing new for longer is a fault of the account; as long as it does it may take any time. */
const NEWS_MOST_MS = 10 * 60_000;
/** So often it is looked which accounts were removed. */
const SWEEP_MS = 60_000;
const PAGES_MOST = 100_000;

export type TrackDeps = DecidingDeps & {
  readonly clouds: Clouds;
  readonly watches: Watches;
  readonly cut: AbortSignal;
};

export function trackWork(given: TrackDeps): Work {
  const wholeLists: WholeLists = new Map();
  const knownLists: KnownLists = new Map();
  const deps = { ...given, offers: createOfferReader(given), wholeLists, knownLists };
  const { store, clock, clouds, watches } = given;
  let sweptAt = clock.monotonic();
  const sweep = async (): Promise<void> => {
    if (clock.monotonic() - sweptAt < SWEEP_MS) return;
    sweptAt = clock.monotonic();
    const ids = new Set((await store.read((tx) => tx.accounts())).map(({ id }) => id));
    clouds.retain(ids);
    watches.retain(ids);
    for (const lists of [wholeLists, knownLists]) {
      for (const id of lists.keys()) if (!ids.has(id)) lists.delete(id);
    }
  };
  return {
    kind: "poll",
    bound: BOUND,
    async take(free) {
      await sweep();
      const claims = await deps.store.write((tx) => tx.claimPolls(free, POLL_CLAIM_MS));
      const claimedAt = deps.clock.monotonic();
      const tasks = claims.map((claim) => {
        const held = holdPoll(deps, claim, claimedAt);
        const run = async (): Promise<void> => {
          try {
            await poll({ ...deps, store: held.store }, held);
          } finally {
            await held.release();
          }
        };
        return { row: claim.account.name, run };
      });
      return { rows: claims.length, tasks };
    },
  };
}

type KnownLists = Map<AccountId, KnownList>;
type PollDeps = TrackDeps & {
  readonly offers: OfferReader;
  readonly wholeLists: WholeLists;
  readonly knownLists: KnownLists;
};
type Poll = Window & { readonly patience: Patience; readonly note: (news: PolledNews) => void };

async function poll(deps: PollDeps, held: HeldPoll): Promise<void> {
  const news = new Map<string, PolledNews>();
  const note = (one: PolledNews): void => void news.set(`${one.of.id}/${one.attempt}/${one.instance}`, one);
  const at = { ...held.window, patience: held.patience, note };
  const sight = await look(deps, at);
  // What ends the claim and what makes it last must not come at the same time.
  await held.release();
  // Of the account it says nothing that our own end has cut the poll short: somebody else looks at it at once.
  if (sight.fault?.code === STOPPED) await deps.store.write((tx) => tx.renewPoll(at.claim, 0));
  else await conclude(deps, at.claim, sight);
  // What was concluded is part of what is known, so no other poll goes by it before.
  if (sight.seen?.kind === "all") deps.knownLists.set(at.claim.account.id, sight.seen.known);
  tellOf(deps, at, { sight, news: [...news.values()] });
}

/** Only of a poll that brought news, or that fails anew: most find all as it was. */
function tellOf(deps: PollDeps, at: Poll, of: { readonly sight: Polled; readonly news: readonly PolledNews[] }): void {
  const { account, pollNo } = at.claim;
  const { fault, seen, startedAt: from } = of.sight;
  const failsAnew = fault !== null && fault.code !== STOPPED && account.healthText === null;
  if (of.news.length === 0 && !failsAnew) return;
  const labels = { account: account.name, provider: account.provider };
  const machines = seen?.kind === "all" ? seen.machines : null;
  const told = { account: labels, id: account.id, pollNo, machines, fault, news: of.news };
  deps.events.polled({ ...told, from, to: at.databaseNow() });
}

/** The machines before all else: whatever is wrong with what an account sells, they are watched. A cloud that does not list them is asked nothing more. */
async function look(deps: PollDeps, at: Poll): Promise<Polled> {
  let sight: Polled = { seen: null, overlooked: false, fault: null, startedAt: at.databaseNow(), opened: null };
  try {
    using opened = await patiently(at.patience, () => deps.clouds.open(at.claim.account.id, "fresh"));
    sight = { ...sight, opened, startedAt: at.databaseNow() };
    deps.watches.watch(opened);
    const transit = await readTransit(deps, at, opened);
    const isLacking = transit === "lacking";
    sight = { ...sight, ...(typeof transit === "object" ? transit : await readPages(deps, at, { opened, isLacking })) };
    // Who throttles looks is asked for nothing else now.
    return sight.fault === null ? { ...sight, fault: await deps.offers.read(at, opened) } : sight;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (sight.opened === null) deps.watches.leave(at.claim.account.id);
    return { ...sight, fault: error.fault };
  }
}

type Sight = Pick<Polled, "seen" | "overlooked">;

async function readTransit(
  deps: PollDeps,
  at: Poll,
  opened: Opened,
): Promise<(Sight & Pick<Polled, "fault">) | "due" | "lacking"> {
  const glimpse = await lookAtTransit(deps, at, opened);
  if (typeof glimpse === "string") return glimpse;
  const { machines, askedAt, partial, throttle: fault } = glimpse;
  const page = { machines, sighting: sightingOf(opened, askedAt), secrets: opened.secrets, note: at.note };
  const { overlooked } = await recordPage(deps, page);
  return { seen: { kind: "transit", partial }, overlooked, fault };
}

function sightingOf({ account, traits }: Opened, askedAt: number): Sighting {
  return { account: account.id, accountName: account.name, askedAt, visibilityMs: traits.visibilityMs };
}

type Listed = Pick<Extract<Polled["seen"], { kind: "all" }>, "unlisted" | "pages">;

interface Whole {
  readonly opened: Opened;
  /** A look has just lacked one of those on their way up. */
  readonly isLacking: boolean;
}

/** What is left of a list that broke off goes on with the next one. */
async function readPages(deps: PollDeps, at: Poll, whole: Whole): Promise<Sight> {
  const { opened } = whole;
  const { id, name } = opened.account;
  const known = knownOf(deps, id);
  known.begin();
  const sighting = { account: id, accountName: name, visibilityMs: opened.traits.visibilityMs };
  const comparing = createComparing(deps, { known, sighting, secrets: opened.secrets, note: at.note });
  let listed: Listed | null = null;
  try {
    listed = await turnPages(deps, at, { opened, known, comparing });
  } catch (error) {
    // What the pages before have shown counts all the same.
    if (error instanceof ProviderFault) {
      await comparing.end();
      deps.knownLists.set(id, known);
    }
    throw error;
  }
  const overlooked = await comparing.end();
  if (listed === null) {
    deps.knownLists.set(id, known);
    return { seen: null, overlooked };
  }
  const { isLacking } = whole;
  return { seen: { kind: "all", known, machines: known.named, ...listed, isLacking }, overlooked };
}

/** Taken from where it is kept until the poll has ended, so that no other poll goes by it, nor one after a failure that nobody foresaw. */
function knownOf({ knownLists, clock }: PollDeps, id: AccountId): KnownList {
  const kept = knownLists.get(id);
  knownLists.delete(id);
  const now = clock.monotonic();
  return kept === undefined || kept.isOver(now) ? new KnownList(id, now) : kept;
}

interface Turning {
  readonly opened: Opened;
  readonly known: KnownList;
  readonly comparing: Comparing;
}

/** Null: this process stood still, or the poll is somebody else's. */
async function turnPages(deps: PollDeps, at: Poll, { opened, known, comparing }: Turning): Promise<Listed | null> {
  const { account, cloud, traits } = opened;
  const unlisted = new Set<string>();
  let grownAt = at.databaseNow();
  let named = 0;
  let throttled = 0;
  const turns = createTurns("its machines", PAGES_MOST);
  let cursor: string | null = null;
  for (let page = 0; ; page += 1) {
    // As long as there are pages the claim is made to last: accounts of any size come to their end.
    if (at.leftMs() < traits.callTimeoutMs.other && !(await at.write())) return null;
    if (at.databaseNow() - grownAt > NEWS_MOST_MS) throw tooLong(page);
    const ms = Math.min(traits.callTimeoutMs.other, at.leftMs());
    // The next poll begins anew.
    if (ms < LEAST_MS) return null;
    const asking = { ...deps, opened, ms, what: "list", effect: "none" } as const;
    const from: string | null = cursor;
    const askedAt = at.databaseNow();
    let listing: Listing;
    try {
      listing = await ask(asking, (signal) => cloud.list(deps.installation, from, signal));
    } catch (error) {
      const pauseMs = page === 0 ? null : pauseOf(error, (throttled += 1), account.id);
      if (pauseMs === null) throw error;
      await comparing.end();
      if (!(await slowDown(at, error))) return null;
      await deps.clock.sleep(pauseMs, deps.cut);
      page -= 1;
      continue;
    }
    throttled = 0;
    await comparing.take(listing.machines, { askedAt, cameAt: at.databaseNow() });
    if (known.named > named) grownAt = at.databaseNow();
    named = known.named;
    for (const realm of listing.unlisted) unlisted.add(realm);
    if (listing.next === null) return { unlisted: [...unlisted], pages: page + 1 };
    cursor = turns.turn(listing.next);
  }
}

const PAGE_BACKOFF = { firstMs: 1_000, mostMs: 15_000 } as const;
/** A cloud that wishes to be left alone for longer is asked for the whole list anew by then. */
const PAUSE_MOST_MS = 30_000;

/**
 * How long to wait before a page is asked for again: a list of more pages than its cloud answers in a row would never come to its end if it began
 * anew each time. Null: it was no throttle, or the cloud wishes for more.
 */
function pauseOf(error: unknown, times: number, key: string): number | null {
  if (!(error instanceof ProviderFault) || error.fault.class !== "throttle") return null;
  const pauseMs = backoffMs(PAGE_BACKOFF, times, { key, retryAfterMs: error.fault.retryAfterMs });
  return pauseMs > PAUSE_MOST_MS ? null : pauseMs;
}

/** Calls of the account wait as well. False: the poll is somebody else's by now. */
function slowDown(at: Poll, error: unknown): Promise<boolean> {
  return at.write(async (tx) => {
    const locked = await tx.lockAccount(at.claim.account.id);
    if (locked === null || !(error instanceof ProviderFault)) return;
    await tx.setLimiter(locked.id, slowedBeside(locked.limiter, error.fault, await tx.now()));
  });
}

function tooLong(pages: number): ProviderFault {
  return new ProviderFault({
    class: "transient",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "list_too_long",
    text: `the list of its machines is not at its end after ${pages} pages, and has shown no other for ${NEWS_MOST_MS / 60_000} min`,
    requestId: null,
  });
}
