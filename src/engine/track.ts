// The tracker: one poll of one account lists what we own there page by page, writes only what changed, and concludes
// absence only from complete clean lists, and only in realms that they show. A list that fails changes nothing but the account's health.

import { STOPPED } from "../core/fault.ts";
import { createTurns } from "../ports/page-turns.ts";
import { type Listing, ProviderFault } from "../ports/provider.ts";
import { ask } from "./ask.ts";
import type { Clouds, Opened } from "./clouds.ts";
import { conclude, type Polled } from "./conclude.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { createOfferReader, type OfferReader, type Window } from "./offers.ts";
import { recordPage } from "./page.ts";
import { type Patience, patiently, patientStore } from "./patience.ts";
import type { Work } from "./pump.ts";
import type { Sighting } from "./sweep.ts";
import { LEAST_MS, lookAtTransit, type WholeLists } from "./transit.ts";
import type { Watches } from "./watch.ts";

/** Of accounts, each of which has one poll at a time: those that hang leave room for others. */
const BOUND = 256;
const CLAIM_MS = 60_000;
/** Kept of the claim for writing. */
const WRITE_MS = 10_000;
/** A list that takes longer is a fault of the account. */
const LIST_MOST_MS = 10 * 60_000;
/** So often it is looked which accounts were removed. */
const SWEEP_MS = 60_000;
const PAGES_MOST = 10_000;

export type TrackDeps = EngineDeps & { readonly clouds: Clouds; readonly watches: Watches; readonly cut: AbortSignal };

export function trackWork(given: TrackDeps): Work {
  const wholeLists: WholeLists = new Map();
  const deps = { ...given, offers: createOfferReader(given), wholeLists };
  const { store, clock, clouds, watches } = given;
  let sweptAt = clock.monotonic();
  const sweep = async (): Promise<void> => {
    if (clock.monotonic() - sweptAt < SWEEP_MS) return;
    sweptAt = clock.monotonic();
    const ids = new Set((await store.read((tx) => tx.accounts())).map(({ id }) => id));
    clouds.retain(ids);
    watches.retain(ids);
    for (const id of wholeLists.keys()) if (!ids.has(id)) wholeLists.delete(id);
  };
  return {
    kind: "poll",
    bound: BOUND,
    async take(free) {
      await sweep();
      const claims = await deps.store.write((tx) => tx.claimPolls(free, CLAIM_MS));
      const claimedAt = deps.clock.monotonic();
      const tasks = claims.map((claim) => {
        // Never ahead of the database's clock: what is known since then must not count as older than the list.
        const databaseNow = (): number => claim.now + Math.floor(deps.clock.monotonic() - claimedAt);
        let expiresAt = claimedAt + CLAIM_MS;
        const patience = {
          ...deps,
          get expiresAt() {
            return expiresAt;
          },
          key: claim.account.id,
        };
        const leftMs = (): number => expiresAt - WRITE_MS - deps.clock.monotonic();
        const patient = patientStore(deps.store, patience);
        const write: Poll["write"] = async (act) => {
          const renewedAt = deps.clock.monotonic();
          const isHeld = await patient.write(async (tx) => {
            if (!(await tx.renewPoll(claim, CLAIM_MS))) return false;
            await act?.(tx);
            return true;
          });
          expiresAt = isHeld ? renewedAt + CLAIM_MS : renewedAt;
          return isHeld;
        };
        const run = () => poll({ ...deps, store: patient }, { claim, databaseNow, leftMs, patience, write });
        return { row: claim.account.name, run };
      });
      return { rows: claims.length, tasks };
    },
  };
}

type PollDeps = TrackDeps & { readonly offers: OfferReader; readonly wholeLists: WholeLists };
type Poll = Window & { readonly patience: Patience };

async function poll(deps: PollDeps, at: Poll): Promise<void> {
  const sight = await look(deps, at);
  // Of the account it says nothing that our own end has cut the poll short: somebody else looks at it at once.
  if (sight.fault?.code === STOPPED) await deps.store.write((tx) => tx.renewPoll(at.claim, 0));
  else await conclude(deps, at.claim, sight);
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
    return { ...sight, fault: await deps.offers.read(at, opened) };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (sight.opened === null) deps.watches.leave(at.claim.account.id);
    return { ...sight, fault: error.fault };
  }
}

type Sight = Pick<Polled, "seen" | "overlooked">;

async function readTransit(deps: PollDeps, at: Poll, opened: Opened): Promise<Sight | "due" | "lacking"> {
  const glimpse = await lookAtTransit(deps, at, opened);
  if (typeof glimpse === "string") return glimpse;
  const { machines, askedAt, partial } = glimpse;
  const page = { machines, sighting: sightingOf(opened, askedAt), secrets: opened.secrets };
  return { seen: { kind: "transit", partial }, overlooked: await recordPage(deps, page) };
}

function sightingOf({ account, traits }: Opened, askedAt: number): Sighting {
  return { account: account.id, accountName: account.name, askedAt, visibilityMs: traits.visibilityMs };
}

interface Whole {
  readonly opened: Opened;
  /** A look has just lacked one of those on their way up. */
  readonly isLacking: boolean;
}

async function readPages(deps: PollDeps, at: Poll, { opened, isLacking }: Whole): Promise<Sight> {
  const { cloud, traits } = opened;
  const begunAt = at.databaseNow();
  const seen: string[] = [];
  const unlisted = new Set<string>();
  let overlooked = false;
  const turns = createTurns("its machines", PAGES_MOST);
  let cursor: string | null = null;
  for (let page = 0; ; page += 1) {
    // As long as there are pages the claim is made to last: accounts of any size come to their end.
    if (at.leftMs() < traits.callTimeoutMs.other && !(await at.write())) break;
    if (at.databaseNow() - begunAt > LIST_MOST_MS) throw tooLong(page);
    const ms = Math.min(traits.callTimeoutMs.other, at.leftMs());
    // This process stood still: the next poll begins anew.
    if (ms < LEAST_MS) break;
    const asking = { ...deps, opened, ms, what: "list", effect: "none" } as const;
    const from: string | null = cursor;
    const askedAt = at.databaseNow();
    const listing: Listing = await ask(asking, (signal) => cloud.list(deps.installation, from, signal));
    const sighting = sightingOf(opened, askedAt);
    const hasLeftOut = await recordPage(deps, { machines: listing.machines, sighting, secrets: opened.secrets });
    overlooked ||= hasLeftOut;
    seen.push(...listing.machines.map(({ name }) => name));
    for (const realm of listing.unlisted) unlisted.add(realm);
    if (listing.next === null) {
      const listed = { names: seen, unlisted: [...unlisted] };
      return { seen: { kind: "all", listed, pages: page + 1, isLacking }, overlooked };
    }
    cursor = turns.turn(listing.next);
  }
  return { seen: null, overlooked };
}

function tooLong(pages: number): ProviderFault {
  return new ProviderFault({
    class: "transient",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "list_too_long",
    text: `the list of its machines is not at its end after ${LIST_MOST_MS / 60_000} min and ${pages} pages`,
    requestId: null,
  });
}
