// What is asked of the market for a launch that is no row yet.

import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { type Candidates, candidates, type Question } from "../../core/market/candidates.ts";
import { invariant } from "../../core/invariant.ts";
import { type Bound, boundsOf, type QuotaLimit, UNLIMITED } from "../../core/market/amount.ts";
import { type Holder, holdersOf, leastOf, type OverLimit } from "../../core/market/holders.ts";
import type { Market } from "../../core/market/market.ts";
import { overLimits, overText } from "../../core/market/over.ts";
import { PUBLIC_URL, type Reads } from "../../ports/store.ts";
import { Refused } from "../problem.ts";
import { showQuota } from "../show/terms.ts";

interface Asked {
  readonly blueprint: ResolvedBlueprint;
  readonly market: Market;
  /** Name of who asks. */
  readonly by: string;
  readonly seed: number;
}

export async function marketIn(tx: Reads, pool: string, by: { readonly name: string }): Promise<Market> {
  const market = await tx.market(pool, [by.name]);
  invariant(market !== null, `pool ${pool} has no market`);
  return market;
}

/** Draws as the launch with this seed will. */
export async function launchQuestion(tx: Reads, { blueprint, market, by, seed }: Asked): Promise<Question> {
  const now = await tx.now();
  const history = { placements: [], attempts: [], bounds: blueprint.policy.refusals };
  const callbackBase = (await tx.setting(PUBLIC_URL)) ?? "";
  const asker = { deployment: null, by: { name: by, at: now }, draw: `${seed}/1` };
  return { blueprint, market, history, now, callbackBase, ...asker };
}

/** Throws over_quota where limits of the pool, or of who asks, are known to leave no room at any of its accounts. */
export async function refuseOverQuota(tx: Reads, asked: Asked): Promise<void> {
  const { market, by } = asked;
  // Most launch where nothing is limited.
  const holders = holdersOf(market, { name: by, at: Infinity });
  if (holders.every(({ limit }) => boundsOf(limit).length === 0)) return;
  const question = await launchQuestion(tx, asked);
  throwOverQuota(question, candidates(question));
}

export function throwOverQuota(question: Question, found: Candidates): void {
  const met = overLimits(question, found);
  if (met.length === 0) return;
  const over = allOver(question, met);
  const shown = over.map(({ of, name, quota, needs, used, most }) => {
    const raisedBy = `an admin of all pools, with slipway ${of === "user" ? `user set ${name}` : `pool set ${question.market.pool.name}`}`;
    const scale = showQuota({ name: quota, used: needs, most });
    return { of, name, ...showQuota({ name: quota, used, most }), needs: scale.used, raisedBy };
  });
  const text = overText(over, found);
  throw new Refused("over_quota", `${text.charAt(0).toUpperCase()}${text.slice(1)}.`, { over: shown });
}

/** The limit that was met first hides those behind it: each is asked for as if it were the only one. */
function allOver(question: Question, met: readonly OverLimit[]): readonly OverLimit[] {
  const alone = holdersOf(question.market, question.by).flatMap((holder) =>
    boundsOf(holder.limit).flatMap((bound) => {
      const market = limitedOnlyBy(question.market, holder, bound);
      return overLimits({ ...question, market }, candidates({ ...question, market }));
    }),
  );
  return leastOf([...alone, ...met]);
}

/** The same market in which this is the only limit of who asks, and of the pool. */
function limitedOnlyBy(market: Market, { of, name }: Pick<Holder, "of" | "name">, bound: Bound): Market {
  // By families all may be named that limits name.
  const only = { ...UNLIMITED, families: { [bound.name]: bound.most } };
  const limits = (kind: Holder["of"]): QuotaLimit => (kind === of ? only : UNLIMITED);
  return {
    ...market,
    pool: { ...market.pool, limit: limits("pool"), userLimit: limits("pool_user") },
    users: market.users.map((user) => ({ ...user, limit: user.name === name ? limits("user") : UNLIMITED })),
  };
}
