// The tracker: one poll of one account lists what we own there page by page, writes only what changed, and concludes
// absence only from complete clean lists. A list that fails or is partial changes nothing but the account's health.

import type { Catalogue } from "../core/account.ts";
import { CATALOGUE_MS } from "../core/tracking.ts";
import { type Listing, ProviderFault } from "../ports/provider.ts";
import { readOffer } from "../ports/read-offer.ts";
import type { ClaimedPoll } from "../ports/store.ts";
import { ask } from "./ask.ts";
import type { Clouds, Opened } from "./clouds.ts";
import { conclude, type Sight } from "./conclude.ts";
import type { EngineDeps } from "./deps.ts";
import { recordPage } from "./page.ts";
import { type Patience, patiently, patientStore } from "./patience.ts";
import type { Work } from "./pump.ts";
import type { Watches } from "./watch.ts";

const BOUND = 16;
/** The poll of an account must be through by then; what is left of the claim is for writing. */
const POLL_MS = 50_000;
const CLAIM_MS = 60_000;
const PAGES_MOST = 10_000;

export type TrackDeps = EngineDeps & { readonly clouds: Clouds; readonly watches: Watches; readonly cut: AbortSignal };

export function trackWork(deps: TrackDeps): Work {
  return {
    kind: "poll",
    bound: BOUND,
    async take(free) {
      const claims = await deps.store.write((tx) => tx.claimPolls(free, CLAIM_MS));
      const claimedAt = deps.clock.monotonic();
      const tasks = claims.map((claim) => {
        // Never ahead of the database's clock: what is known since then must not count as older than the list.
        const databaseNow = (): number => claim.now + Math.floor(deps.clock.monotonic() - claimedAt);
        const at = { claim, databaseNow, endsAt: claimedAt + POLL_MS };
        const patience = { ...deps, expiresAt: claimedAt + CLAIM_MS, key: claim.account.id };
        const run = () => poll({ ...deps, store: patientStore(deps.store, patience) }, { ...at, patience });
        return { row: claim.account.name, run };
      });
      return { rows: claims.length, tasks };
    },
  };
}

interface Poll {
  readonly claim: ClaimedPoll;
  /** Whole ms since 1970. */
  readonly databaseNow: () => number;
  /** On the monotonic clock. */
  readonly endsAt: number;
  readonly patience: Patience;
}

async function poll(deps: TrackDeps, at: Poll): Promise<void> {
  const sight = await look(deps, at);
  await conclude(deps, at.claim, sight);
}

async function look(deps: TrackDeps, at: Poll): Promise<Sight> {
  const nothing = { startedAt: at.databaseNow(), catalogue: null, seen: null, overlooked: false, fault: null };
  let sight: Sight = { ...nothing, opened: null };
  try {
    const opened = await patiently(at.patience, () => deps.clouds.open(at.claim.account.id, "fresh"));
    sight = { ...sight, opened };
    deps.watches.watch(opened);
    sight = { ...sight, catalogue: await readCatalogue(deps, at, opened) };
    return { ...sight, ...(await readPages(deps, at, opened)) };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return { ...sight, fault: error.fault };
  }
}

/** Read when it is due, and whenever the account's credentials have to prove themselves. */
async function readCatalogue(deps: TrackDeps, at: Poll, opened: Opened): Promise<Catalogue | null> {
  const { account } = at.claim;
  const now = at.databaseNow();
  const isFresh = account.catalogue !== null && now < account.catalogue.readAt + CATALOGUE_MS;
  if (isFresh && account.health === "healthy") return null;
  const { cloud, traits } = opened;
  const asking = { ...deps, opened, ms: traits.callTimeoutMs.other, what: "catalogue", effect: "none" } as const;
  const { offer, leftOut } = await ask(asking, (signal) => readOffer(cloud, signal));
  if (leftOut.length > 0) deps.events.offersLeftOut(account.name, leftOut);
  return { ...offer, userDataBytesMost: traits.userDataBytesMost, readAt: now };
}

async function readPages(deps: TrackDeps, at: Poll, opened: Opened): Promise<Pick<Sight, "seen" | "overlooked">> {
  const { cloud, traits, account } = opened;
  const seen: string[] = [];
  let complete = true;
  let overlooked = false;
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const leftMs = at.endsAt - deps.clock.monotonic();
    if (leftMs <= 0) break;
    const ms = Math.min(traits.callTimeoutMs.other, leftMs);
    const asking = { ...deps, opened, ms, what: "list", effect: "none" } as const;
    const from: string | null = cursor;
    const askedAt = at.databaseNow();
    const listing: Listing = await ask(asking, (signal) => cloud.list(deps.installation, from, signal));
    const sighting = { account: account.id, accountName: account.name, askedAt, visibilityMs: traits.visibilityMs };
    const hasLeftOut = await recordPage(deps, { machines: listing.machines, sighting, secrets: opened.secrets });
    overlooked ||= hasLeftOut;
    seen.push(...listing.machines.map(({ name }) => name));
    complete &&= listing.complete;
    if (listing.next === null) return { seen: complete ? seen : null, overlooked };
    cursor = listing.next;
  }
  return { seen: null, overlooked };
}
