// Placing a whole blueprint in some realms of one account: one greedy pass, group by group. Members of a group take the same
// alternative; each member takes the cheapest offer that is there, not out, not blocked, and within what is left.

import type { ResolvedBlueprint, ResolvedInstance } from "../blueprint/model.ts";
import type { RefusalCode } from "../story/event.ts";
import { invariant } from "../invariant.ts";
import { type Amount, sumOf } from "./amount.ts";
import type { OverLimit } from "./holders.ts";
import type { Fit } from "./offer.ts";
import type { Instead, Placement } from "./placement.ts";
import type { Purse, Shortage } from "./purse.ts";

/** Beyond so many offers an instance is not scarce. */
const CHOICES_MOST = 16;

/** Which of the blueprint's alternatives are taken, from 0. */
export type Alternative = Placement["alternative"];

/** One instance's place, before it is a row. */
export interface Place {
  readonly instance: string;
  readonly group: string;
  readonly fit: Fit;
  /** The cloud's own name of the image. */
  readonly image: string;
  readonly alternative: Alternative;
  /** How many offers could be chosen for it: the fewer, the sooner it is asked for. */
  readonly choices: number;
  /** What would have come before it. */
  readonly avoided: readonly Instead[];
}

/** Why it cannot be placed here. */
export interface NoPlace {
  readonly code: RefusalCode;
  readonly text: string;
}

export interface Placed {
  readonly places: readonly Place[];
  /** By group: why its earlier alternatives were passed over. Groups that took their first are left out. */
  readonly passedOver: ReadonlyMap<string, string>;
}

/** An offer that may be chosen, and the cloud's own name of the image in its realm. */
export interface Usable {
  readonly fit: Fit;
  readonly image: string;
  /** The first of those before it that were refused or are left alone. */
  readonly avoided: Instead | null;
}

/** Found one by one as they are asked for: of 900 sizes the first few decide. */
export interface UsableOffers {
  /** Cheapest first, from 0; null beyond the last. */
  at(place: number): Usable | null;
  /** Why the cheapest that fits may not be chosen, or why none fits. Only where there is none. */
  why(): NoPlace;
  /** The first that was refused or is left alone, where no other may be chosen. */
  avoided(): Instead | null;
}

/** Where to look, and what may be chosen there. */
export interface Ground {
  readonly realms: readonly string[];
  /** Members of a group are spread over the realms, as evenly as these allow. */
  readonly spread: boolean;
  usable(spec: ResolvedInstance, alternative: Alternative, realms: readonly string[]): UsableOffers;
  /** Rank among equally cheap realms of a spread group. */
  lot(realm: string): number;
}

/** `over`: the limit that leaves no room for it at any account; null: something of this one. */
export interface Unplaced extends NoPlace {
  readonly over: OverLimit | null;
}

/** Places every instance, or says why the first that finds none does not. */
export function placeAll(blueprint: ResolvedBlueprint, ground: Ground, purse: Purse): Placed | Unplaced {
  const places: Place[] = [];
  const passedOver = new Map<string, string>();
  let left = purse;
  for (const [group, members] of Map.groupBy(blueprint.instances, (spec) => spec.group)) {
    const placed = placeGroup(members, { ground, purse: left });
    if (!("places" in placed)) {
      const { code, text, over } = placed.none;
      const whole = wholeOf(blueprint, ground);
      return { code, text: text(whole), over: over === null ? null : over(whole) };
    }
    places.push(...placed.places);
    left = placed.left;
    if (placed.passedOver !== null) passedOver.set(group, placed.passedOver);
  }
  return { places, passedOver };
}

/** What all instances together would take, each at the first offer that may be chosen. */
function wholeOf({ instances }: ResolvedBlueprint, ground: Ground): Amount {
  return sumOf(
    instances.flatMap((spec) => {
      const found = alternativesOf([spec]).flatMap((each) => ground.usable(spec, each, ground.realms).at(0) ?? []);
      return found.slice(0, 1).map(({ fit }) => fit.takes);
    }),
  );
}

interface GroupPlaced {
  readonly places: readonly Place[];
  readonly left: Purse;
  readonly passedOver: string | null;
}

/** The first alternative of which all members find a place; profiles before images. Without any, why the first one does not do. */
export function placeGroup(
  members: readonly ResolvedInstance[],
  { ground, purse, only }: { readonly ground: Ground; readonly purse: Purse; readonly only?: Alternative | undefined },
): GroupPlaced | { readonly none: Shortage } {
  const failed: Failed[] = [];
  for (const alternative of alternativesOf(members, only)) {
    const placed = ground.spread
      ? placeSpread(members, alternative, { ground, purse })
      : placeMembers(members, alternative, { ground, purse, realmsOf: () => ground.realms });
    if ("none" in placed) {
      failed.push(placed);
      continue;
    }
    if (failed.length === 0) return { ...placed, passedOver: null };
    const before = failed.flatMap(({ avoided }) => avoided);
    const places = placed.places.map((place) => ({ ...place, avoided: [...before, ...place.avoided] }));
    return { ...placed, places, passedOver: failed.map(({ none }) => none.text({})).join("; ") };
  }
  const [first] = failed;
  invariant(first !== undefined, "a group has members, and a member has alternatives");
  return { none: first.none };
}

function alternativesOf(members: readonly ResolvedInstance[], only?: Alternative): readonly Alternative[] {
  if (only !== undefined) return [only];
  return members
    .slice(0, 1)
    .flatMap(({ profiles, images }) =>
      profiles.flatMap((_, profile) => images.map((__, image) => ({ profile, image }))),
    );
}

interface Round {
  readonly ground: Ground;
  readonly purse: Purse;
  /** Where this member may be placed. */
  readonly realmsOf: (position: number) => readonly string[];
}

interface Failed {
  readonly none: Shortage;
  /** The offer that it would have taken, if there is one. */
  readonly avoided: readonly Instead[];
}

type Tried =
  | { readonly places: readonly Place[]; readonly left: Purse }
  /** `at`: the member that found none. */
  | (Failed & { readonly at: number });

function placeMembers(members: readonly ResolvedInstance[], alternative: Alternative, round: Round): Tried {
  const places: Place[] = [];
  let left = round.purse;
  for (const [at, spec] of members.entries()) {
    const place = placeOne(spec, alternative, { ...round, purse: left, realms: round.realmsOf(at) });
    if ("none" in place) return { ...place, at };
    places.push(place);
    left = left.take(place.fit);
  }
  return { places, left };
}

/**
 * Member i goes to realm i modulo their number, cheapest realm first. A realm that cannot take its share is left out and the group is
 * dealt anew, so that the rest differ by one at most.
 */
function placeSpread(
  members: readonly ResolvedInstance[],
  alternative: Alternative,
  { ground, purse }: Omit<Round, "realmsOf">,
): Tried {
  const dealing = members.slice(0, 1).flatMap((first) => byPrice(first, alternative, ground));
  const lost = new Map(dealing.flatMap(({ realm, avoided }) => (avoided === null ? [] : [[realm, avoided]])));
  let realms = dealing.flatMap(({ realm, avoided }) => (avoided === null ? [realm] : []));
  // Without any realm the first member says why.
  let failed = placeMembers(members.slice(0, realms.length === 0 ? 1 : 0), alternative, {
    ground,
    purse,
    realmsOf: () => ground.realms,
  });
  while (realms.length > 0) {
    const dealt = realms;
    const realmsOf = (position: number) => dealt.slice(position % dealt.length).slice(0, 1);
    failed = placeMembers(members, alternative, { ground, purse, realmsOf });
    if ("places" in failed) return { ...failed, places: failed.places.map(withLost(dealing, lost)) };
    const { at, avoided } = failed;
    const gone = dealt.slice(at % dealt.length).slice(0, 1);
    for (const realm of gone) for (const one of avoided) lost.set(realm, one);
    realms = dealt.filter((realm) => !gone.includes(realm));
  }
  return failed;
}

/** Beside each member what it would have taken in the realm that would have been its. */
function withLost(dealing: readonly Dealt[], lost: ReadonlyMap<string, Instead>) {
  return (place: Place, position: number): Place => {
    const usual = dealing.slice(position % dealing.length).slice(0, 1);
    const avoided = usual.flatMap(({ realm }) => lost.get(realm) ?? []);
    return avoided.length === 0 ? place : { ...place, avoided: [...avoided, ...place.avoided] };
  };
}

interface Dealt {
  readonly realm: string;
  /** Null where something may be chosen. */
  readonly avoided: Instead | null;
}

/** Realms that have an offer for it, those with the cheapest first; also those where it may not be chosen now. */
function byPrice(spec: ResolvedInstance, alternative: Alternative, ground: Ground): readonly Dealt[] {
  return ground.realms
    .flatMap((realm) => {
      const usable = ground.usable(spec, alternative, [realm]);
      const first = usable.at(0);
      const avoided = first === null ? usable.avoided() : null;
      const best = first?.fit ?? avoided;
      return best === null ? [] : [{ realm, avoided, price: priceOf(best), lot: ground.lot(realm) }];
    })
    .sort((a, b) => a.price - b.price || b.lot - a.lot);
}

function placeOne(
  spec: ResolvedInstance,
  alternative: Alternative,
  { ground, purse, realms }: Omit<Round, "realmsOf"> & { readonly realms: readonly string[] },
): Place | Failed {
  const usable = ground.usable(spec, alternative, realms);
  let short: Shortage | null = null;
  let before: Instead | null = null;
  for (let at = 0, offer = usable.at(0); offer !== null; at += 1, offer = usable.at(at)) {
    const { fit, image } = offer;
    const shortage = purse.shortFor(fit);
    before ??= offer.avoided;
    if (shortage === null) {
      const avoided = listOf(before);
      return { instance: spec.name, group: spec.group, fit, image, alternative, choices: choicesOf(usable), avoided };
    }
    before ??= instead(fit, shortage.text({}));
    short ??= shortage;
  }
  if (short !== null) return { none: short, avoided: listOf(before) };
  const { code, text } = usable.why();
  return { none: { code, text: () => text, over: null }, avoided: listOf(usable.avoided()) };
}

const NONE_AVOIDED: readonly Instead[] = [];

const listOf = (one: Instead | null): readonly Instead[] => (one === null ? NONE_AVOIDED : [one]);

export function instead({ offer: { realm, size }, hourlyMicros }: Fit, because: string): Instead {
  return { realm, size, hourlyMicros, because };
}

/** Of what would have come before it, the cheapest that costs less, or as much for another size; null without any. */
export function insteadOf({ fit }: Pick<Place, "fit">, avoided: readonly Instead[]): Instead | null {
  const price = priceOf(fit);
  const better = avoided.filter((one) => {
    return priceOf(one) < price || (priceOf(one) === price && one.size !== fit.offer.size);
  });
  return better.toSorted((a, b) => priceOf(a) - priceOf(b))[0] ?? null;
}

/** What nobody knows the price of comes after all that has one; Infinity − Infinity would be no order. */
const priceOf = ({ hourlyMicros }: Pick<Fit, "hourlyMicros">): number => hourlyMicros ?? Number.MAX_VALUE;

/** How many there are, counted no further than it matters for who is asked for first. */
function choicesOf(usable: UsableOffers): number {
  let count = 1;
  while (count < CHOICES_MOST && usable.at(count) !== null) count += 1;
  return count;
}
