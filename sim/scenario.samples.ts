// Scenarios in which nothing goes wrong, for tests that bring their own trouble.

import { plainCloud } from "../datacentre/src/presets.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import type { ResolvedBlueprint } from "../src/core/blueprint/model.ts";
import { sampleBlueprint, sampleResolvedInstance } from "../src/ports/store.samples.ts";
import { DEADLINES } from "./drawn-blueprints.ts";
import type { CloudPlan, Scenario } from "./scenario.ts";

/** The accounts are known by then. */
export const LAUNCH_MS = 2_000;

/** One realm, so that an account is tried once. */
export function plainPlan(name: string, group: number, given: Partial<CloudSettings> = {}): CloudPlan {
  const plain = plainCloud();
  const realms = plain.realms.slice(0, 1).map((realm) => ({ ...realm, name: `${name}-1` }));
  const pace = { latency: { kind: "fixed", ms: 50 }, boot: { kind: "fixed", ms: 500 }, lingerMs: 2_000 } as const;
  const settings = { ...plain, name, realms, tenants: [{ name, key: `${name}-key` }], ...pace, ...given };
  return { group, settings };
}

/** `i2` needs `i1`. */
export function plainBlueprint(): ResolvedBlueprint {
  const image = "debian-12";
  const blueprint = sampleBlueprint({
    instances: [
      sampleResolvedInstance({ name: "i1", group: "i1", images: [image] }),
      sampleResolvedInstance({ name: "i2", group: "i2", images: [image], dependsOn: ["i1"] }),
    ],
  });
  return { ...blueprint, policy: { ...blueprint.policy, deadlines: DEADLINES } };
}

/** One launch of two instances, two roomy accounts of which `east` comes first, one process. */
export function plainScenario(given: Partial<Scenario> = {}): Scenario {
  return {
    seed: "plain",
    clouds: [plainPlan("east", 0), plainPlan("west", 1)],
    launches: [{ atMs: LAUNCH_MS, blueprint: plainBlueprint(), partial: false }],
    mishaps: [],
    workers: 1,
    mixing: 0,
    clearsUp: true,
    ...given,
  };
}
