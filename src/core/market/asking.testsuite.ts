// Asking a made-up market for matches, in the tests of selection.

import { type Amount, type QuotaLimit, UNLIMITED } from "./amount.ts";
import type { LimitedUser } from "./market.ts";
import { expect } from "vitest";
import { sampleBlueprint, sampleResolvedInstance, SAMPLE_TIME } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedInstance } from "../blueprint/model.ts";
import { candidates, type Match, type Question } from "./candidates.ts";
import type { CloudQuota, Market, MarketAccount } from "./market.ts";
import { sampleMarket, sampleMarketAccount } from "../../ports/market.samples.ts";

export const BOUNDS = { sizes: 3, realms: 2 };
export const R1 = { realms: ["r1"] };

export const blueprintOf = (
  instances: readonly Partial<ResolvedInstance>[] = [{}],
  policy: Partial<LaunchPolicy> = {},
): Question["blueprint"] =>
  sampleBlueprint({
    instances: instances.map((given) =>
      sampleResolvedInstance({ images: ["img"], group: given.group ?? given.name ?? "db", ...given }),
    ),
    policy: { ...DEFAULT_POLICY, ...policy },
  });

/** `n` members of one group. */
export const group = (name: string, n: number, given: Partial<ResolvedInstance> = {}): Partial<ResolvedInstance>[] =>
  Array.from({ length: n }, (_, i) => ({ name: `${name}-${i + 1}`, group: name, index: i + 1, ...given }));

export type Given = Partial<Omit<Question, "market">> & { readonly market?: Partial<Market> };

export const ADA = { name: "ada", at: SAMPLE_TIME };

/** A user who may hold that much, and holds this. */
export const limitedTo = (limit: Partial<QuotaLimit>, held: Amount = {}, heldHere: Amount = {}): LimitedUser => ({
  name: ADA.name,
  since: ADA.at,
  limit: { ...UNLIMITED, ...limit },
  held,
  heldHere,
});

export function questionOf(accounts: readonly MarketAccount[], given: Given = {}): Question {
  const market = sampleMarket({ ...given.market, accounts });
  const history = { placements: [], attempts: [], bounds: BOUNDS };
  const rest = {
    history,
    callbackBase: "http://slipway",
    now: SAMPLE_TIME,
    deployment: null,
    by: ADA,
    draw: "7/1",
    blueprint: blueprintOf(),
  };
  return { ...rest, ...given, market };
}

export const ask = (...asked: Asked) => candidates(questionOf(...asked));

export const sizesOf = (match: Match | undefined) =>
  Object.fromEntries((match?.places ?? []).map(({ instance, fit }) => [instance, fit.offer.size]));
export const realmsOf = (match: Match | undefined) =>
  Object.fromEntries((match?.places ?? []).map(({ instance, fit }) => [instance, fit.offer.realm]));

export type Asked = [accounts: readonly MarketAccount[], given?: Given];

export const refusal = (...asked: Asked) => {
  const { matches, refused } = ask(...asked);
  expect(matches).toEqual([]);
  return refused.map(({ code, text }) => `${code}: ${text}`);
};

export const one = (given: Parameters<typeof sampleMarketAccount>[0] = {}) => sampleMarketAccount({ ...R1, ...given });
export const quota = (given: Partial<CloudQuota>): CloudQuota => ({
  realm: null,
  dimension: "cpu",
  most: 4,
  used: 0,
  ...given,
});
