import { drawnBlueprint, ordered } from "./drawn-blueprints.ts";
import { drawnClouds } from "./drawn-clouds.ts";
import { drawnMishaps } from "./drawn-mishaps.ts";
import { drawnLauncher, drawnQuotas } from "./drawn-quotas.ts";
import { quarantining } from "./drawn-quarantines.ts";
import { drawsOf } from "./draws.ts";
import type { Scenario } from "./scenario.ts";

/** The scenario that a seed means, for as long as nobody changes how scenarios are drawn. */
export function drawnScenario(seed: string): Scenario {
  const draws = drawsOf(`scenario/${seed}`);
  const clouds = drawnClouds(draws);
  // Many come at the same moment: a batch decides them together.
  const moments = draws.times(draws.between(1, 4), () => draws.between(0, 20_000));
  const launches = draws.times(draws.pick([1, 4, 16, 24]), () => ({
    atMs: moments[draws.between(0, moments.length - 1)] ?? 0,
    blueprint: drawnBlueprint(draws),
    partial: draws.chance(0.25),
  }));
  const mishaps = drawnMishaps(draws, { clouds, launches });
  const mixing = draws.pick([0, 0.1, 0.5]);
  const drawn = {
    seed,
    clouds,
    launches,
    mishaps,
    mixing,
    clearsUp: draws.chance(0.5),
    workers: draws.pick([1, 2, 2]),
  };
  return throttling(quarantining(limited(removing(drawn))));
}

/** In a few of them all clouds take few requests in a row and have short pages, by draws of their own: what takes several would never come through. */
function throttling(scenario: Scenario): Scenario {
  const draws = drawsOf(`throttle/${scenario.seed}`);
  if (!draws.chance(0.05)) return scenario;
  const clouds = scenario.clouds.map((cloud) => {
    const throttle = { burst: draws.between(3, 10), perSecond: draws.between(2, 12) };
    const tenants = cloud.settings.tenants.map((tenant) => ({ ...tenant, throttle }));
    return { ...cloud, settings: { ...cloud.settings, tenants, pageSize: draws.pick([2, 7, 100]) } };
  });
  return { ...scenario, clouds };
}

/** In some of them members go first where an update replaces them, by draws of their own: all else stays as it is without. */
function removing(scenario: Scenario): Scenario {
  const draws = drawsOf(`order/${scenario.seed}`);
  if (!draws.chance(0.5)) return scenario;
  const launches = scenario.launches.map((launch) => ({ ...launch, blueprint: ordered(launch.blueprint, draws) }));
  return { ...scenario, launches };
}

/** Some of them, by draws of their own: all else stays as it is without. */
function limited(scenario: Scenario): Scenario {
  const draws = drawsOf(`quotas/${scenario.seed}`);
  if (!draws.chance(0.4)) return scenario;
  const launches = scenario.launches.map((launch) => ({ ...launch, ...drawnLauncher(draws) }));
  return { ...scenario, launches, quotas: drawnQuotas(draws) };
}
