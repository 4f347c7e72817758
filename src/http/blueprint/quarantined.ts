// How long the machine that a launch failed for is kept: as its blueprint says, unless whoever launches says otherwise, and as its pool allows.

import type { Pool } from "../../core/account.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { spanText } from "../../core/story/times.ts";
import { Refused } from "../problem.ts";

export interface QuarantineWish {
  /** In ms; null: none is kept; undefined: as the blueprint says. */
  readonly quarantineMs?: number | null | undefined;
  readonly pool: Pick<Pool, "name" | "maxQuarantineMs">;
}

/** The blueprint with the quarantine that it will have. Throws bad_quarantine for one that the pool does not allow. */
export function quarantined(
  blueprint: ResolvedBlueprint,
  { quarantineMs: wished, pool: { name, maxQuarantineMs: most } }: QuarantineWish,
): ResolvedBlueprint {
  const quarantineMs = wished === undefined ? blueprint.policy.quarantineMs : wished;
  if (most !== null && quarantineMs !== null && quarantineMs > most) {
    const remedy = `ask for ${spanText(most)} at the most, with --quarantine or as \`quarantine\` in the blueprint's section launch`;
    const detail = `Pool ${name} lets a machine that failed be kept for ${spanText(most)}, and this launch would keep it for ${spanText(quarantineMs)}: ${remedy}.`;
    throw new Refused("bad_quarantine", detail, { errors: [{ pointer: "/quarantineMs", detail }] });
  }
  return { ...blueprint, policy: { ...blueprint.policy, quarantineMs } };
}
