// Which launches keep what they failed for, drawn from a seed, and who releases it before its time.

import { drawsOf } from "./draws.ts";
import type { Launch, Mishap, Scenario } from "./scenario.ts";

/** Some end while mishaps go on, others in the calm after them. */
const KEPT_MS = [2_000, 20_000, 90_000, 240_000] as const;
/** When it may have come to that. */
const RELEASED_MS = 240_000;

/** Some of them, by draws of their own: all else stays as it is without. */
export function quarantining(scenario: Scenario): Scenario {
  const draws = drawsOf(`quarantines/${scenario.seed}`);
  if (!draws.chance(0.4)) return scenario;
  const launches = scenario.launches.map((launch): Launch => {
    if (draws.chance(0.3)) return launch;
    const { blueprint } = launch;
    return {
      ...launch,
      blueprint: { ...blueprint, policy: { ...blueprint.policy, quarantineMs: draws.pick(KEPT_MS) } },
    };
  });
  const releases = draws.times(draws.between(0, 6), (): Mishap => {
    const at = { atMs: draws.between(0, RELEASED_MS), launch: draws.between(0, launches.length - 1) };
    const inState = draws.pick(["running", "failed", "pending", "rollback_in_progress", null] as const);
    return { kind: "act", ...at, ask: "release_instance", inState, pick: draws.between(0, 9) };
  });
  return { ...scenario, launches, mishaps: [...scenario.mishaps, ...releases] };
}
