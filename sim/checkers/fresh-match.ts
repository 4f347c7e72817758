// A match that failed is never chosen again in its launch (an update comes long after, and asks anew): neither an offer, realm or account that was refused, nor a realm in which
// a machine did not come up.

import type { Placement } from "../../src/core/market/placement.ts";
import type { Attempt } from "../../src/core/deployment.ts";
import type { FaultScope } from "../../src/core/fault.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const freshMatch: CheckerOf = (facts, find) => ({
  name: "fresh match",
  commit({ changed }) {
    for (const { key, before, after } of changed.placements) {
      if (before !== null || after === null) continue;
      for (const [scope, failed] of failuresBefore(facts, after)) {
        if (isWithin(after, failed, scope)) {
          find(
            `${key} is at ${after.account}/${after.realm}/${after.size}, and ${scope} of it failed in attempt ${failed.attempt}`,
          );
        }
      }
    }
  },
});

/** What failed at which place, and how far that reaches. */
function* failuresBefore(
  facts: Facts,
  { deployment, attempt, revision }: Placement,
): Generator<readonly [FaultScope, Placement]> {
  const all = facts.placementsOf(deployment).filter((one) => one.attempt < attempt && one.revision === revision);
  for (const one of all) if (one.refused !== null) yield [one.refused, one];
  for (const ended of facts.attemptsOf(deployment)) {
    const scope = ended.no < attempt && ended.revision === revision ? scopeOf(ended) : null;
    if (scope === null) continue;
    const own = all.filter((one) => one.attempt === ended.no);
    const guilty = own.filter(({ instance }) => instance === ended.failedInstance).toSorted((a, b) => a.no - b.no);
    for (const one of guilty.length === 0 ? own : guilty.slice(-1)) yield [scope, one];
  }
}

/** Null: it was refused for lack of room, which its placement says. */
function scopeOf({ outcome, fault }: Attempt): FaultScope | null {
  if (outcome === null || outcome === "succeeded") return null;
  if (fault === null) return "realm";
  if (fault.class === "capacity" || fault.class === "quota") return null;
  return fault.class === "config" && fault.effect === "none" ? fault.scope : "realm";
}

function isWithin(place: Placement, failed: Placement, scope: FaultScope): boolean {
  if (place.account !== failed.account) return false;
  if (scope === "offer" || scope === "quota") return place.realm === failed.realm && place.size === failed.size;
  return scope !== "realm" || place.realm === failed.realm;
}
