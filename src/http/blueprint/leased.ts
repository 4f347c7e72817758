// How long a launch may run: as its blueprint says, unless whoever launches says otherwise, and as its pool allows.

import type { Pool } from "../../core/account.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { spanText } from "../../core/story/times.ts";
import { Refused } from "../problem.ts";

export interface LeaseWish {
  /** In ms; undefined: as the blueprint says. */
  readonly leaseMs?: number | undefined;
  readonly pool: Pool;
}

/** The blueprint with the lease that it will have. Throws bad_lease for one that the pool does not allow. */
export function leased(
  blueprint: ResolvedBlueprint,
  { leaseMs: wished, pool: { name, maxLeaseMs } }: LeaseWish,
): ResolvedBlueprint {
  const leaseMs = wished ?? blueprint.policy.leaseMs;
  if (maxLeaseMs !== null && (leaseMs === null || leaseMs > maxLeaseMs)) {
    const has = leaseMs === null ? "this launch has no lease" : `this one would run for ${spanText(leaseMs)}`;
    const remedy = `give it one of at most ${spanText(maxLeaseMs)}, with --lease or as \`lease\` in the blueprint's section launch`;
    const detail = `Pool ${name} lets a deployment run for ${spanText(maxLeaseMs)}, and ${has}: ${remedy}.`;
    throw new Refused("bad_lease", detail, { errors: [{ pointer: "/leaseMs", detail }] });
  }
  return { ...blueprint, policy: { ...blueprint.policy, leaseMs } };
}
