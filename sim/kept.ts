// The seeds that ever failed, each with the scenario that it meant then: how scenarios are drawn may change, and these stay.

import { readFileSync, writeFileSync } from "node:fs";
import { DEFAULT_UPDATE } from "../src/core/blueprint/model.ts";
import { drawnScenario } from "./drawn-scenario.ts";
import type { Scenario } from "./scenario.ts";

const FILE = new URL("seeds.json", import.meta.url);

function read(): Record<string, Scenario> {
  // Written by `keep` and by nothing else.
  const kept: Record<string, Scenario> = JSON.parse(readFileSync(FILE, "utf8"));
  return kept;
}

/** What it meant before there was another order, or a quarantine. */
function completed(scenario: Scenario): Scenario {
  const launches = scenario.launches.map(({ blueprint, ...launch }) => ({
    ...launch,
    blueprint: {
      ...blueprint,
      instances: blueprint.instances.map((spec) => ({ ...OLD, ...spec })),
      policy: { ...OLD_POLICY, ...blueprint.policy },
    },
  }));
  return { ...scenario, launches };
}

const OLD = { update: DEFAULT_UPDATE };
const OLD_POLICY = { quarantineMs: null };

export const KEPT: ReadonlyMap<string, Scenario> = new Map(
  Object.entries(read()).map(([seed, kept]) => [seed, completed(kept)]),
);

/** Adds a seed, or replaces what it means. */
export function keep(seed: string, scenario: Scenario): void {
  const lines = Object.entries({ ...read(), [seed]: scenario }).map(
    ([name, kept]) => `${JSON.stringify(name)}: ${JSON.stringify(kept)}`,
  );
  writeFileSync(FILE, `{\n${lines.join(",\n")}\n}\n`);
}

/** The scenario that a seed means: the kept one, else the one that is drawn from it. */
export function scenarioOf(seed: string): Scenario {
  return KEPT.get(seed) ?? drawnScenario(seed);
}
