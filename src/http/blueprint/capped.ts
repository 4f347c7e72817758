// What a launch may cost per hour, and how long a failed attempt of it is held: as its blueprint says, or as whoever launches says.

import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";

/** The blueprint with the cap that it will have; `maxHourly` in dollars. */
export function capped(
  blueprint: ResolvedBlueprint,
  { maxHourly }: { readonly maxHourly?: number | undefined },
): ResolvedBlueprint {
  if (maxHourly === undefined) return blueprint;
  const wished = Math.floor(maxHourly * 1_000_000);
  const { policy } = blueprint;
  return { ...blueprint, policy: { ...policy, maxHourlyMicros: Math.min(policy.maxHourlyMicros ?? wished, wished) } };
}

/** The blueprint with what becomes of a failed attempt: as it says, unless whoever launches says for how long it is held; null: not at all. */
export function held(
  blueprint: ResolvedBlueprint,
  { holdMs }: { readonly holdMs?: number | null | undefined },
): ResolvedBlueprint {
  return holdMs === undefined ? blueprint : { ...blueprint, policy: { ...blueprint.policy, studyMs: holdMs } };
}
