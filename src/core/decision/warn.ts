// A warning when what a decision took has brought a pool, or who launched, near a limit of theirs.

import { type Amount, plus } from "../market/amount.ts";
import { type Holder, holdersOf } from "../market/holders.ts";
import { heldBy, isHeld, type Market } from "../market/market.ts";
import { newlyNear } from "../market/near.ts";
import type { Placement } from "../market/placement.ts";
import type { Draft } from "./draft.ts";

/** `before`: what was placed when the decision began. */
export function warnNear(draft: Draft, market: Market, before: readonly Placement[]): void {
  const { createdBy: name, createdAt: at } = draft.deployment;
  const taken = plus(heldBy(draft.placements().filter(isHeld)), heldBy(before.filter(isHeld)), -1);
  for (const holder of holdersOf(market, { name, at })) tellNear(draft, holder, taken);
}

function tellNear(draft: Draft, { of, name, limit, held }: Holder, taken: Amount): void {
  for (const { name: quota, used, most } of newlyNear(limit, held, plus(held, taken))) {
    draft.tell({ kind: "quota_near", of, name, quota, used, most });
  }
}
