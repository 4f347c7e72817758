// People and pools never hold more than they may, whoever gives it out in the same moment.

import { boundsOf, type QuotaLimit } from "../../src/core/market/amount.ts";
import { isHeld } from "../../src/core/market/market.ts";
import type { Placement } from "../../src/core/market/placement.ts";
import type { Facts } from "../facts.ts";
import type { Quotas } from "../scenario.ts";
import type { CheckerOf } from "./checker.ts";

/** Fractions do not add up to the last bit. */
const SLACK = 1e-6;

export const quotas: CheckerOf = (facts, find) => ({
  name: "quotas",
  commit({ changed }) {
    const limits = facts.quotas();
    // What turns up late is held again whether there is room for it or not, and is a matter of nobody who takes nothing.
    const taken = changed.placements.flatMap(({ before, after }) => (before === null && after !== null ? [after] : []));
    // And who takes no more than he gives back in the same moment, as a member that begins anew where it was, makes nothing of it worse.
    const given = changed.placements.flatMap(({ before, after }) =>
      before !== null && isHeld(before) && (after === null || !isHeld(after)) ? [before] : [],
    );
    if (limits === null || taken.length === 0) return;
    for (const { who, limit, isOf } of holders(facts, limits)) {
      const held = [...facts.placements.values()].filter((row) => isHeld(row) && isOf(row));
      const [takes, gives] = [taken.filter((row) => held.includes(row)), given.filter(isOf)];
      for (const { name, dimension, most } of boundsOf(limit)) {
        const sum = sumOf(held, dimension);
        const isMore = sumOf(takes, dimension) > sumOf(gives, dimension);
        if (isMore && sum > most + SLACK) find(`${who} holds ${sum} ${name}, and may hold ${most}`);
      }
    }
  },
});

interface Holder {
  readonly who: string;
  readonly limit: QuotaLimit;
  readonly isOf: (row: Placement) => boolean;
}

function holders({ deployments }: Facts, { users, pools }: Quotas): readonly Holder[] {
  const by = (row: Placement) => deployments.get(row.deployment)?.createdBy;
  const isIn = (pool: string) => (row: Placement) => deployments.get(row.deployment)?.pool === pool;
  return [
    ...Object.entries(users).map(([name, limit]) => ({ who: name, limit, isOf: (row: Placement) => by(row) === name })),
    ...Object.entries(pools).flatMap(([pool, { limit, userLimit }]) => {
      const isHere = isIn(pool);
      const each = Object.keys(users).map((name) => {
        return {
          who: `${name} in pool ${pool}`,
          limit: userLimit,
          isOf: (row: Placement) => isHere(row) && by(row) === name,
        };
      });
      return [{ who: `pool ${pool}`, limit, isOf: isHere }, ...each];
    }),
  ];
}

function sumOf(held: readonly Placement[], dimension: string): number {
  if (dimension === "deployments") return new Set(held.map(({ deployment }) => deployment)).size;
  return held.reduce((sum, { takes }) => sum + (takes[dimension] ?? 0), 0);
}
