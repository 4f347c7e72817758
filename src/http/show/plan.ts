// What a launch would come to, as the reply to whoever asks.

import type { Block } from "../../contract/block.ts";
import type { Plan, PlannedMatch } from "../../contract/plan.ts";
import type { ProblemError } from "../../contract/problem.ts";
import type { Block as BlockRow } from "../../core/account.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { ANY } from "../../core/market/blocks.ts";
import { type Candidates, candidates, type Match, type Question } from "../../core/market/candidates.ts";
import type { Market } from "../../core/market/market.ts";
import { pauseLeftMs } from "../../core/world/limiter.ts";
import { showBlock } from "./account.ts";
import { showSpec } from "./deployment.ts";
import { showPlannedOutput } from "./output.ts";
import { dollars, dollarsOrNull, timeOrNull } from "./terms.ts";

export interface PlanMade {
  readonly blueprint: ResolvedBlueprint;
  readonly pool: string;
  /** What a launch would be refused for. */
  readonly spared: readonly ProblemError[];
  readonly notOffered: readonly ProblemError[];
  readonly found: Candidates & { readonly question: Question };
}

export type UnkeptPlan = Omit<Plan, "id" | "expiresAt">;

export function showPlan({ blueprint, pool, spared, notOffered, found }: PlanMade): UnkeptPlan {
  const { question, matches, refused } = found;
  const { market, now } = question;
  const unblocked = candidates({ ...question, market: { ...market, blocks: [] } }).matches;
  const ranked = matches.map((match, place) => ({ match, place, usual: usualOf(match, unblocked, blueprint) }));
  return {
    blueprint: blueprint.name,
    pool,
    parameters: { ...blueprint.parameters },
    mistakes: [...spared],
    notOffered: [...notOffered],
    leaseMs: blueprint.policy.leaseMs,
    holdMs: blueprint.policy.studyMs,
    quarantineMs: blueprint.policy.quarantineMs,
    instances: blueprint.instances.map(showSpec),
    outputs: blueprint.outputs.map(showPlannedOutput),
    matches: ranked.map((one) => showMatch(blueprint, one, { market, now })),
    refused: [...refused],
    blocks: blocksAmong(ranked, market, now),
  };
}

interface Ranked {
  readonly match: Match;
  readonly place: number;
  /** What it would be if no refusal were remembered. */
  readonly usual: Match;
}

/** Of the same account, and of the same realm where all goes into one. */
function usualOf(match: Match, unblocked: readonly Match[], { policy }: ResolvedBlueprint): Match {
  const isSameUnit = ({ account, realms }: Match): boolean =>
    account === match.account && (policy.realms !== "same" || realms[0] === match.realms[0]);
  return unblocked.find(isSameUnit) ?? match;
}

/** Refusals still remembered where a launch could go, or would: why it may take a dearer size, or another realm, than it needs. */
function blocksAmong(ranked: readonly Ranked[], { blocks, accounts }: Market, now: number): Block[] {
  const names = new Map(accounts.map(({ account }) => [account.id, account.name]));
  const isAmong = (block: BlockRow): boolean =>
    ranked.some(({ match, usual }) => {
      const isThere = block.realm === ANY || [...match.realms, ...usual.realms].includes(block.realm);
      return match.account === block.account && isThere;
    });
  return blocks.filter((block) => block.until > now && isAmong(block)).map((block) => showBlock(block, names, now));
}

function showMatch(
  { instances }: ResolvedBlueprint,
  { match, place, usual }: Ranked,
  { market, now }: { readonly market: Market; readonly now: number },
): PlannedMatch {
  const { account, accountName, realms, hourlyMicros, unpriced, places, passedOver } = match;
  const limiter = market.accounts.find((one) => one.account.id === account)?.account.limiter;
  const usualOffers = new Map(usual.places.map(({ instance, fit }) => [instance, fit.offer]));
  const specs = new Map(instances.map((spec) => [spec.name, spec]));
  const shown = places.map(({ instance, image, fit, alternative }) => {
    const { realm, size } = fit.offer;
    const profile = specs.get(instance)?.profiles[alternative.profile]?.name ?? "";
    const other = usualOffers.get(instance) ?? fit.offer;
    const usually = other.realm === realm && other.size === size ? null : { realm: other.realm, size: other.size };
    return [instance, { realm, size, image, profile, hourlyCost: dollarsOrNull(fit.hourlyMicros), usually }] as const;
  });
  return {
    rank: place + 1,
    account: accountName,
    realms: [...realms],
    hourlyCost: dollars(hourlyMicros),
    usualHourlyCost: unpriced + usual.unpriced > 0 ? null : dollars(usual.hourlyMicros),
    unpriced,
    placements: Object.fromEntries(shown),
    passedOver: [...passedOver].map(([group, because]) => ({ group, because })),
    pausedUntil: limiter === undefined || pauseLeftMs(limiter, now) === 0 ? null : timeOrNull(limiter.pausedUntil),
  };
}
