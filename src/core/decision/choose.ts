// Choosing where an attempt goes: the match, its placements, and what to do when none is left.

import { blockOf, lastRefusedAt, probes, refusedText } from "../market/blocks.ts";
import { type Attempt, countedFrom, type Deployment, launchDeadline } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { causesTexts } from "../story/causes.ts";
import type { Refusal } from "../story/event.ts";
import { resetInstance } from "./launch.ts";
import { type Candidates, candidates, type Match } from "../market/candidates.ts";
import type { Market } from "../market/market.ts";
import { insteadOf, type Place } from "../market/place.ts";
import { exclusionsOf, type History, type Instead, type Placement } from "../market/placement.ts";
import type { Surroundings } from "../snapshot.ts";

/** What the market offered when a choice was made. */
export interface Choice extends Candidates {
  readonly market: Market;
}

/**
 * How long a launch waits for all accounts to say whether they have an image. After that it goes on without those that have not; when no
 * other could host it, it waits for them until its time is up.
 */
const IMAGE_WAIT_MS = 20_000;
/** Meanwhile it looks again after a tenth of the time that it has waited, within these bounds. */
const IMAGE_LOOK = { leastMs: 1_000, mostMs: 30_000 } as const;

/**
 * What the market offers this deployment now; null when that cannot be said yet: without a market it stays due and comes again with
 * one, with images that nobody has asked for yet they are asked for.
 */
export function choose(draft: Draft, { market, callbackBase }: Surroundings): Choice | null {
  if (market === null) return null;
  const { id, seed, since, attemptNo, blueprint, createdBy, createdAt } = draft.deployment;
  const draw = `${seed}/${attemptNo + 1}`;
  const about = { blueprint, market, history: historyOf(draft), callbackBase };
  const by = { name: createdBy, at: createdAt };
  const found = candidates({ ...about, now: draft.now, deployment: id, by, draw });
  const { unread } = found;
  draft.ask(unread);
  const waitsUntil = unread.length === 0 ? draft.now : imageWaitEnd(draft.deployment, found);
  if (draft.now >= waitsUntil) return { ...found, market };
  const { leastMs, mostMs } = IMAGE_LOOK;
  const pauseMs = Math.min(mostMs, Math.max(leastMs, (draft.now - since) / 10));
  draft.setDeployment({ wakeAt: Math.min(waitsUntil, draft.now + Math.round(pauseMs)) });
  return null;
}

function imageWaitEnd(deployment: Deployment, { matches }: Candidates): number {
  const launchEnd = launchDeadline(deployment);
  const { since } = deployment;
  return matches.length === 0 ? launchEnd : Math.min(launchEnd, countedFrom(deployment, since) + IMAGE_WAIT_MS);
}

/** What this launch has learnt so far. */
export function historyOf(draft: Draft): History {
  const { refusals } = draft.deployment.blueprint.policy;
  return { placements: draft.placements(), attempts: draft.attempts(), bounds: refusals };
}

/** Begins the next attempt on the best match: reserves it, tells why the others were refused, takes instances back to new. */
export function beginAttempt(
  draft: Draft,
  { market, refused }: Choice,
  chosen: { match: Match; move: "launch_begun" | "relaunched" },
): void {
  const { match, move } = chosen;
  for (const { name, state } of draft.instances()) if (state !== "new") resetInstance(draft, name);
  const no = draft.deployment.attemptNo + 1;
  draft.addAttempt(newAttempt(draft, no, match));
  draft.setDeployment({ attemptNo: no, failure: null, relaunch: true });
  const lost = lostRealms(draft, match.account, market.blocks);
  for (const [askOrder, place] of scarcestFirst(draft, match, market).entries()) {
    draft.putPlacement(placementOf(draft, place, { account: match.account, attempt: no, no: 1, askOrder, lost }));
  }
  draft.moveDeployment(move, null);
  const { accountName: account, realms, hourlyMicros, unpriced } = match;
  const passedOver = Object.fromEntries(match.passedOver);
  draft.tell({ kind: "account_selected", attempt: no, account, realms, hourlyMicros, unpriced, passedOver, refused });
  takeProbes(draft, market, match);
}

/** Marks blocks that have expired on what was chosen as being tried by this launch. */
export function takeProbes(draft: Draft, market: Market, { account, places }: Pick<Match, "account" | "places">): void {
  const offers = places.map(({ fit: { offer, takes } }) => ({ account, realm: offer.realm, size: offer.size, takes }));
  const asker = { deployment: draft.deployment.id, now: draft.now };
  for (const block of probes(market.blocks, offers, asker)) draft.block(block);
}

/** Ends a launch that has no account left to try. */
export function giveUp(draft: Draft, refused: readonly Refusal[]): void {
  const { failure } = draft.deployment;
  draft.tell({ kind: "no_account", refused });
  const reason = failure === null ? nobodyText(refused) : `${unended(failure)}; no other account is left to try`;
  draft.setDeployment({ failure: reason });
  draft.moveDeployment("gave_up", reason);
}

/** Clouds end their sentences. */
const unended = (text: string): string => text.replace(/[.\s]+$/, "");

function nobodyText(refused: readonly Refusal[]): string {
  if (refused.length === 0) return "the pool has no account";
  return [...causesTexts(refused), "no account of the pool can host it"].join("; ");
}

function newAttempt(draft: Draft, no: number, match: Match): Attempt {
  const { account, accountName, hourlyMicros, userDataBytesMost, realms } = match;
  return {
    deployment: draft.deployment.id,
    no,
    revision: draft.deployment.revisionNo,
    account,
    accountName,
    realm: onlyOf(realms),
    hourlyMicros,
    userDataBytesMost,
    startedAt: draft.now,
    endedAt: null,
    outcome: null,
    reason: null,
    fault: null,
    failedInstance: null,
  };
}

/** Null when there are several. */
function onlyOf(realms: readonly string[]): string | null {
  return realms.reduce<string | null>((_, realm, at) => (at === 0 ? realm : null), null);
}

/** Where instances were placed at this account before, in realms that are out for this launch since. */
export function lostRealms(draft: Draft, account: Placement["account"], blocks: Market["blocks"]): readonly Lost[] {
  const { id } = draft.deployment;
  const out = exclusionsOf(historyOf(draft));
  return draft.placements().flatMap((before) => {
    if (before.account !== account || !out.realm(account, before.realm)) return [];
    const block = blockOf(blocks, before, { deployment: id, now: draft.now });
    const because = block === undefined ? "its realm is out since an earlier attempt" : refusedText(block);
    const { instance, realm, size, hourlyMicros } = before;
    return [{ instance, realm, size, hourlyMicros, because }];
  });
}

type Lost = Instead & Pick<Placement, "instance">;

/** A row for a place. */
export function placementOf(
  draft: Draft,
  place: Place,
  { lost, ...as }: Pick<Placement, "account" | "attempt" | "no" | "askOrder"> & { readonly lost: readonly Lost[] },
): Placement {
  const { instance, fit, image, alternative, avoided } = place;
  const before = lost.flatMap(({ instance: name, ...one }) => (name === instance ? [one] : []));
  const { realm, size } = fit.offer;
  return {
    deployment: draft.deployment.id,
    ...as,
    instance,
    revision: draft.deployment.revisionNo,
    realm,
    size,
    image,
    alternative,
    hourlyMicros: fit.hourlyMicros,
    takes: fit.takes,
    instead: insteadOf(place, [...avoided, ...before]),
    chosenAt: draft.now,
    refused: null,
    releasedAt: null,
  };
}

/** Those with the fewest offers first, then those that were refused most recently: what will fail should fail early and cheap. */
function scarcestFirst(draft: Draft, { account, places }: Match, { blocks }: Market): readonly Place[] {
  const refusedAt = ({ instance, fit: { offer, takes } }: Place): number => {
    const own = draft.placements().filter((one) => one.refused !== null && one.instance === instance);
    const { realm, size } = offer;
    return Math.max(lastRefusedAt(blocks, { account, realm, size, takes }), ...own.map(({ chosenAt }) => chosenAt));
  };
  return places.toSorted((a, b) => a.choices - b.choices || refusedAt(b) - refusedAt(a));
}
