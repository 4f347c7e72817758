// Re-use inside the account: what was refused for lack of room or quota is placed on the account's next offer, while all
// that runs stays (policy `launch.onRefusal: replace`).

import type { Block } from "../account.ts";
import { blockFor } from "../market/blocks.ts";
import { historyOf, lostRealms, placementOf, takeProbes } from "./choose.ts";
import type { Instance } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { blameOffer, hasFailed, isRefusal } from "./failure.ts";
import { refusalText } from "../story/refusal.ts";
import type { Fault } from "../fault.ts";
import { awaitsPlace, isToBePlaced, resetInstance } from "./launch.ts";
import { type Amount, amountIn, plus, sumOf } from "../market/amount.ts";
import { openRealms } from "../market/candidates.ts";
import { groundOf } from "../market/ground.ts";
import {
  isHeld,
  limitedUser,
  type LimitedUser,
  type Market,
  type MarketAccount,
  marketMeanwhile,
  uncountedWith,
} from "../market/market.ts";
import { type Place, placeGroup } from "../market/place.ts";
import { type Exclusions, exclusionsOf, type History, type Placement } from "../market/placement.ts";
import { type Purse, purseOf } from "../market/purse.ts";
import type { Surroundings } from "../snapshot.ts";
import { openMachineOf, releasePlacements, undoMachine } from "./undo.ts";

/**
 * Places every refused instance anew that can be. What it leaves behind goes first: only then the next place is taken, in the same
 * transaction that gives the former one back, so that limits with room for one of both are enough.
 */
export function replaceRefused(draft: Draft, { market }: Surroundings): void {
  const { policy } = draft.deployment.blueprint;
  if (policy.onRefusal !== "replace" || market === null) return;
  const most = policy.maxReplacements;
  for (const instance of draft.instances()) {
    const refused = refusedOf(draft, instance);
    if (refused === null || replacements(draft, instance) >= most) continue;
    const place = nextPlace(draft, market, refused);
    if (place !== null) placeAnew(draft, market, { ...refused, place });
  }
}

interface Refused {
  readonly instance: Instance;
  readonly fault: Fault;
}

/** Null when it was not refused. What has run before it failed is no refusal, whatever its cloud calls it. */
function refusedOf(draft: Draft, instance: Instance): Refused | null {
  const { fault, runningAt } = instance;
  const isOut = hasFailed(instance) || isToBePlaced(draft, instance);
  return isOut && runningAt === null && isRefusal(fault) ? { instance, fault } : null;
}

/** How often instances were placed anew in this launch, with those of others that will be. */
function replacements(draft: Draft, { name }: Instance): number {
  const own = draft.placements().filter(({ revision }) => revision === draft.deployment.revisionNo);
  const keyOf = ({ attempt, instance }: Placement): string => `${attempt}/${instance}`;
  const done = own.length - new Set(own.map(keyOf)).size;
  const planned = draft.instances().filter((one) => one.name !== name && isToBePlaced(draft, one));
  return done + planned.length;
}

/** The best place that is left for it in its account, null without one. */
function nextPlace(draft: Draft, market: Market, { instance, fault }: Refused): Place | null {
  const former = draft.placementOf(instance.name);
  const own = learntNow(draft);
  const learnt = { ...own, placements: [...own.placements, { ...former, refused: fault.scope }] };
  const block = blockFor(fault, { placement: former, now: draft.now }, market.blocks);
  const blocks = block === null ? market.blocks : [block, ...market.blocks];
  return placeInAccount(draft, market, { former, blocks, out: exclusionsOf(learnt), isFreed: true });
}

/** What an update was refused at the launch, long ago, is no reason: blocks say what is refused now. */
export function learntNow(draft: Draft): History {
  const { revisionNo } = draft.deployment;
  const isOfNow = ({ revision }: { readonly revision: number }): boolean => revision === revisionNo;
  const { placements, attempts, bounds } = historyOf(draft);
  return { placements: placements.filter(isOfNow), attempts: attempts.filter(isOfNow), bounds };
}

/** `isFreed`: nothing of the former place exists any more by the time at which the next one is taken. */
export interface Move {
  readonly former: Placement;
  readonly blocks: readonly Block[];
  readonly out: Exclusions;
  readonly isFreed: boolean;
}

/** The best place for an instance in the account that it is at already, null without one. */
export function placeInAccount(draft: Draft, before: Market, move: Move): Place | null {
  const { former, blocks, out, isFreed } = move;
  // Others may have been placed anew in this decision: what they left is free, and what they took is taken.
  releasePlacements(draft);
  const placed = { before: draft.placementsBefore, after: draft.placements() };
  const market = marketMeanwhile(before, draft.deployment, placed);
  const { id, seed, blueprint, attemptNo } = draft.deployment;
  const of = market.accounts.find(({ account }) => account.id === former.account);
  if (of === undefined || of.offers === null) return null;
  const asker = { deployment: id, now: draft.now, draw: `${seed}/${attemptNo}`, out };
  const spec = draft.spec(former.instance);
  const { maxHourlyMicros } = blueprint.policy;
  const freed = isFreed ? former.takes : {};
  const purse = purseWithout(draft, { market, of, realm: former.realm, freed, maxHourlyMicros });
  for (const realms of realmsFor(draft, former, openRealms(of, of.offers, out).left)) {
    const ground = groundOf(of, of.offers, { asker, blocks, realms, spread: false, unread: [] });
    const placed = placeGroup([spec], { ground, purse, only: alternativeFor(draft, former) });
    const [place] = "places" in placed ? placed.places : [];
    if (place !== undefined) return place;
  }
  return null;
}

/** Those of the members, but for this one, that have a place where they are to be. */
function placedBeside(draft: Draft, former: Placement): readonly Placement[] {
  const others = draft.instances().filter(({ name }) => name !== former.instance && !awaitsPlace(draft, name));
  return others.map(({ name }) => draft.placementOf(name));
}

const siblingsAmong = (draft: Draft, former: Placement, placed: readonly Placement[]): readonly Placement[] =>
  placed.filter(({ instance }) => draft.spec(instance).group === draft.spec(former.instance).group);

/** Members of a group take the same. */
function alternativeFor(draft: Draft, former: Placement): Placement["alternative"] | undefined {
  const siblings = siblingsAmong(draft, former, placedBeside(draft, former));
  // What it had may be none of what its new blueprint allows.
  return awaitsPlace(draft, former.instance)
    ? siblings.map(({ alternative }) => alternative)[0]
    : siblings.map(() => former.alternative)[0];
}

/** The realms that the launch's policy leaves for it: those to look at first, and those that will do where none of them has room. */
function realmsFor(draft: Draft, former: Placement, open: readonly string[]): readonly (readonly string[])[] {
  const { realms } = draft.deployment.blueprint.policy;
  if (realms === "any") return [open];
  const placed = placedBeside(draft, former);
  if (realms === "same") {
    const home = [open.filter((realm) => realm === former.realm)];
    if (!awaitsPlace(draft, former.instance)) return home;
    // The first of a set that is new in all its members may leave, and the others follow.
    if (placed.length === 0) return [...home, open];
    return [open.filter((realm) => placed.some((one) => one.realm === realm))];
  }
  const taken = siblingsAmong(draft, former, placed).map(({ realm }) => realm);
  const countIn = (realm: string): number => taken.filter((one) => one === realm).length;
  // A realm with no member of the group may be left out, as at a first choice; the others differ by one at most.
  const least = Math.min(...taken.map(countIn));
  return [open.filter((realm) => countIn(realm) === 0), open.filter((realm) => countIn(realm) === least)];
}

/** What is left to take once `freed` is given back. */
function purseWithout(
  draft: Draft,
  at: { market: Market; of: MarketAccount; realm: string; freed: Amount; maxHourlyMicros: number | null },
): Purse {
  const { market, of, realm, freed, maxHourlyMicros } = at;
  const uncounted = uncountedWith(of.uncounted, { realm, takes: freed }, -1);
  const holds = draft.placements().filter(isHeld);
  const own = amountIn(plus(sumOf(holds.map(({ takes }) => takes)), freed, -1), "hourlyMicros");
  const { createdBy: name, createdAt } = draft.deployment;
  const user = limitedUser(market, { name, at: createdAt });
  return purseOf(
    {
      ...market,
      poolHeld: plus(market.poolHeld, freed, -1),
      users: market.users.map((one) => (one === user ? withoutFreed(one, freed) : one)),
    },
    { ...of, held: plus(of.held, freed, -1), uncounted },
    { by: { name, at: createdAt }, maxHourlyMicros: maxHourlyMicros === null ? null : maxHourlyMicros - own, holds },
  );
}

const withoutFreed = (user: LimitedUser, freed: Amount): LimitedUser => ({
  ...user,
  held: plus(user.held, freed, -1),
  heldHere: plus(user.heldHere, freed, -1),
});

const offerOf = ({ realm, size }: Placement) => ({ realm, size });

function placeAnew(draft: Draft, market: Market, of: Refused & { readonly place: Place }): void {
  const { instance, fault, place } = of;
  const { name } = instance;
  const blocks = blameOffer(draft, instance, market.blocks);
  const machine = openMachineOf(draft, instance);
  if (machine !== null) {
    if (isToBePlaced(draft, instance)) return;
    undoMachine(draft, machine, true);
    draft.moveInstance(name, "undo_asked", "placed anew once it is gone");
    return draft.setInstance(name, { readyAt: null, probeAt: null });
  }
  const { from, to } = takePlace(draft, market, { place, blocks });
  const { accountName } = draft.attempt();
  draft.tell({
    kind: "instance_replaced",
    instance: name,
    account: accountName,
    from,
    to,
    reason: refusalText(fault, accountName),
  });
  if (instance.state === "shutting_down") draft.moveInstance(name, "proven_gone", null);
  resetInstance(draft, name);
}

/** Numbers go on over all revisions of an attempt, those that came to nothing too. */
export function nextPlaceNo(draft: Draft, instance: string): number {
  const own = draft
    .placements()
    .filter((row) => row.instance === instance && row.attempt === draft.deployment.attemptNo);
  return Math.max(0, ...own.map(({ no }) => no)) + 1;
}

/** Reserves the next place of an instance. What it leaves behind is given back as soon as nothing is open under it. */
export function takePlace(
  draft: Draft,
  market: Market,
  { place, blocks }: { readonly place: Place; readonly blocks: readonly Block[] },
): { readonly from: ReturnType<typeof offerOf>; readonly to: ReturnType<typeof offerOf> } {
  const former = draft.placementOf(place.instance);
  const { account, attempt, askOrder } = former;
  const lost = lostRealms(draft, account, blocks);
  const next = placementOf(draft, place, { account, attempt, no: nextPlaceNo(draft, place.instance), askOrder, lost });
  draft.putPlacement(next);
  takeProbes(draft, market, { account, places: [place] });
  return { from: offerOf(former), to: offerOf(next) };
}
