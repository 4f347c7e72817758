// The order in which matches are tried: a chain of strategies, each splitting the tiers of the one before; the last draws
// the order within a tier, so that equals share the load.

import { pauseLeftMs } from "../world/limiter.ts";
import { fractionOf } from "../random.ts";
import type { Match } from "./candidates.ts";
import type { MarketAccount } from "./market.ts";

interface Candidate {
  readonly match: Match;
  readonly of: MarketAccount;
}

/** Splits candidates into tiers, best first. */
type Strategy = (tier: readonly Candidate[]) => Candidate[][];

/** A pause longer than this is no matter of a busy moment: whoever can be asked now goes first. */
const LONG_PAUSE_MS = 10_000;

const chain = (now: number): readonly Strategy[] => [
  tiersBy(({ of }) => (pauseLeftMs(of.account.limiter, now) > LONG_PAUSE_MS ? 1 : 0)),
  tiersBy(({ of }) => of.member.group),
  tiersBy(({ match }) => steppedDown(match)),
  // What nobody knows the price of comes after all that has one.
  tiersBy(({ match }) => match.unpriced),
  tiersBy(({ match }) => match.hourlyMicros),
];

/** Best first. `draw` names the random draw: the same text gives the same order. */
export function ranked(
  all: readonly Candidate[],
  { draw, now }: { readonly draw: string; readonly now: number },
): Match[] {
  const tiers = chain(now).reduce((sofar, strategy) => sofar.flatMap((tier) => strategy(tier)), [[...all]]);
  return tiers.flatMap((tier) => drawn(tier, draw)).map(({ match }) => match);
}

/** How many steps down their lists of alternatives the groups had to go, together. */
function steppedDown({ places }: Match): number {
  const groups = new Map(places.map(({ group, alternative }) => [group, alternative]));
  return [...groups.values()].reduce((sum, { profile, image }) => sum + profile + image, 0);
}

function tiersBy(valueOf: (candidate: Candidate) => number): Strategy {
  return (tier) => {
    const values = [...new Set(tier.map(valueOf))].sort((a, b) => a - b);
    return values.map((value) => tier.filter((candidate) => valueOf(candidate) === value));
  };
}

/**
 * A weighted order without repetition: each candidate draws u^(1/weight) and the highest goes first (Efraimidis and
 * Spirakis 2006). Weights −100 … 100 become 1 … 201.
 */
function drawn(tier: readonly Candidate[], draw: string): Candidate[] {
  const lot = ({ match, of }: Candidate) =>
    fractionOf(`${draw}/${match.account}/${match.realms.join()}`) ** (1 / (of.member.weight + 101));
  return tier
    .map((candidate) => ({ candidate, lot: lot(candidate) }))
    .sort((a, b) => b.lot - a.lot)
    .map(({ candidate }) => candidate);
}
