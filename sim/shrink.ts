// Makes a failing scenario small: takes things out of its lists, more at a time first, for as long as the same checker still finds
// something.

import { play, type PlayOptions } from "./run.ts";
import type { Mishap, Scenario } from "./scenario.ts";

/** Plays at most so many smaller scenarios. */
const PLAYS_MOST = 400;

export interface Shrunk {
  readonly scenario: Scenario;
  readonly plays: number;
}

export async function shrink(scenario: Scenario, checker: string, options: PlayOptions = {}): Promise<Shrunk> {
  let smallest = scenario;
  let plays = 0;
  const fails = async (candidate: Scenario): Promise<boolean> => {
    if (plays >= PLAYS_MOST) return false;
    plays += 1;
    const { findings } = await play(candidate, options);
    return findings.some((finding) => finding.checker === checker);
  };
  for (let before = ""; before !== JSON.stringify(smallest) && plays < PLAYS_MOST;) {
    before = JSON.stringify(smallest);
    for (const smaller of SMALLER) smallest = await reduce(smallest, smaller, fails);
  }
  return { scenario: smallest, plays };
}

/** A way to make scenarios smaller: its list of parts, and the scenario that is left with some of them. */
interface Smaller {
  readonly count: (scenario: Scenario) => number;
  readonly keep: (scenario: Scenario, isKept: (index: number) => boolean) => Scenario;
}

const SMALLER: readonly Smaller[] = [
  {
    count: ({ mishaps }) => mishaps.length,
    keep: (scenario, isKept) => ({ ...scenario, mishaps: scenario.mishaps.filter((_, index) => isKept(index)) }),
  },
  { count: ({ launches }) => launches.length, keep: keepLaunches },
  {
    count: ({ launches }) => launches.reduce((sum, { blueprint }) => sum + blueprint.instances.length, 0),
    keep: keepInstances,
  },
  { count: ({ clouds }) => clouds.length, keep: keepClouds },
  {
    count: ({ workers }) => workers - 1,
    keep: (scenario, isKept) => (isKept(0) ? scenario : { ...scenario, workers: 1 }),
  },
  {
    count: ({ quotas }) => (quotas === undefined ? 0 : 1),
    keep: ({ quotas, ...scenario }, isKept) => (isKept(0) && quotas !== undefined ? { ...scenario, quotas } : scenario),
  },
  {
    count: ({ mixing }) => (mixing === 0 ? 0 : 1),
    keep: (scenario, isKept) => (isKept(0) ? scenario : { ...scenario, mixing: 0 }),
  },
  {
    count: ({ clearsUp }) => (clearsUp ? 1 : 0),
    keep: (scenario, isKept) => (isKept(0) ? scenario : { ...scenario, clearsUp: false }),
  },
];

/** Leaves out runs of parts: half of them, a quarter, … and in the end one by one. */
async function reduce(
  scenario: Scenario,
  { count, keep }: Smaller,
  fails: (candidate: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  let smallest = scenario;
  for (let size = Math.ceil(count(smallest) / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count(smallest);) {
      const candidate = keep(smallest, (index) => index < from || index >= from + size);
      if (await fails(candidate)) smallest = candidate;
      else from += size;
    }
  }
  return smallest;
}

function keepLaunches(scenario: Scenario, isKept: (index: number) => boolean): Scenario {
  const places = scenario.launches.map((_, index) => index).filter(isKept);
  const mishaps = scenario.mishaps.flatMap<Mishap>((mishap) => {
    if (mishap.kind !== "act") return [mishap];
    const launch = places.indexOf(mishap.launch);
    return launch === -1 ? [] : [{ ...mishap, launch }];
  });
  return { ...scenario, launches: scenario.launches.filter((_, index) => isKept(index)), mishaps };
}

function keepInstances(scenario: Scenario, isKept: (index: number) => boolean): Scenario {
  let index = -1;
  const launches = scenario.launches.flatMap((launch) => {
    const kept = launch.blueprint.instances.filter(() => isKept((index += 1)));
    const names = new Set(kept.map(({ name }) => name));
    const instances = kept.map((one) => ({
      ...one,
      dependsOn: one.dependsOn.filter((name) => names.has(name)),
      userData: one.userData.filter(
        (part) => part.kind !== "instance" || part.instances.every((name) => names.has(name)),
      ),
    }));
    return { ...launch, blueprint: { ...launch.blueprint, instances } };
  });
  // A launch of nothing is none; dropping it would move the numbers of the others.
  return launches.every(({ blueprint }) => blueprint.instances.length > 0) ? { ...scenario, launches } : scenario;
}

function keepClouds(scenario: Scenario, isKept: (index: number) => boolean): Scenario {
  const clouds = scenario.clouds.filter((_, index) => isKept(index));
  if (clouds.length === 0) return scenario;
  const names = new Set(clouds.map(({ settings }) => settings.name));
  const mishaps = scenario.mishaps.filter((mishap) => !("cloud" in mishap) || names.has(mishap.cloud));
  return { ...scenario, clouds, mishaps };
}
