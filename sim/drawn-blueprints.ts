// Blueprints drawn from a seed: mostly a few instances, now and then thirty.

import type {
  HardwareProfile,
  LaunchPolicy,
  LiveCheck,
  Readiness,
  RepairPolicy,
  ResolvedBlueprint,
  ResolvedInstance,
  Where,
} from "../src/core/blueprint/model.ts";
import { DEFAULT_POLICY, DEFAULT_REPAIR, DEFAULT_UPDATE } from "../src/core/blueprint/model.ts";
import type { Draws } from "./draws.ts";

/**
 * Short ones, so that a scenario is over soon, yet longer than what a good cloud here needs, and than the minute for which a
 * process that dies within a poll keeps its account from being looked at.
 */
export const DEADLINES = {
  createMs: 60_000,
  bootMs: 120_000,
  startMs: 120_000,
  readyMs: 120_000,
  undoMs: 90_000,
  launchMs: 8 * 60_000,
};

const SIZES = { small: 1, medium: 2, large: 4 } as const;

const KEY = `ssh-ed25519 ${"A".repeat(68)} drawn`;
/** Some of it is not to be had at every cloud, and the key is a part that has to go. */
const PLACES: readonly [Where, ...Where[]] = [
  { publicKey: KEY },
  { publicKey: KEY },
  { networks: ["shop"] },
  { publicAddress: false },
  { hosts: "spread" },
  { hosts: "compact" },
];

export function drawnBlueprint(draws: Draws): ResolvedBlueprint {
  const { between, chance, pick } = draws;
  const count = chance(0.04) ? between(10, 30) : pick([1, 1, 2, 2, 3, 3, 4, 5, 7]);
  // A long chain, a broad layer, or anything between.
  const density = pick([0, 0.3, 0.7, 1]);
  const names = draws.times(count, (index) => `i${index + 1}`);
  const instances = names.map((name, index) => {
    const earlier = names.slice(Math.max(0, index - 3), index);
    return drawnInstance(draws, { name, dependsOn: earlier.filter(() => chance(density)) });
  });
  // Some are members of one group, which take the same alternative and are spread.
  const grouped = instances.reduce<ResolvedInstance[]>((sofar, spec) => {
    const before = sofar.at(-1);
    if (before === undefined || !chance(0.3)) return [...sofar, spec];
    const { group, index, profiles, images, where } = before;
    return [...sofar, { ...spec, group, index: index + 1, profiles, images, where }];
  }, []);
  const policy = {
    ...DEFAULT_POLICY,
    maxAttempts: chance(0.1) ? 10 : pick([1, 2, 3]),
    rollbackOrder: pick<"parallel" | "reverse">(["parallel", "reverse"]),
    onRollbackFailure: chance(0.2) ? ("continue" as const) : ("stop" as const),
    // So soon that rollbacks get stuck before all mishaps are over.
    deadlines: chance(0.5) ? { ...DEADLINES, undoMs: 20_000 } : DEADLINES,
    realms: pick<LaunchPolicy["realms"]>(["same", "same", "any", "spread"]),
    onRefusal: pick<LaunchPolicy["onRefusal"]>(["rollback", "replace"]),
    maxReplacements: pick([0, 1, 3, 10]),
    refusals: { sizes: pick([1, 2, 3]), realms: pick([1, 2]) },
    // Some end while mishaps go on, others in the calm after them.
    studyMs: chance(0.25) ? pick([2_000, 20_000, 90_000]) : null,
    leaseMs: chance(0.3) ? pick([1_000, 20_000, 60_000, 300_000]) : null,
  };
  return { name: "drawn", parameters: {}, instances: grouped, outputs: [], policy };
}

function drawnInstance(draws: Draws, of: { name: string; dependsOn: readonly string[] }): ResolvedInstance {
  const { name, dependsOn } = of;
  const profile = profileOf(draws.chance(0.8) ? "small" : draws.pick(["medium", "large"]));
  const needed = draws.chance(0.3) ? dependsOn[0] : undefined;
  const ready = draws.pick<Readiness>([
    { kind: "provider" },
    { kind: "provider" },
    { kind: "tcp", port: 80 },
    { kind: "callback" },
  ]);
  return {
    name,
    group: name,
    index: 1,
    images: ["debian-12"],
    profiles: draws.chance(0.2) ? [profile, profileOf(draws.pick(["small", "medium", "large"]))] : [profile],
    spot: null,
    where: draws.chance(0.15) ? draws.pick(PLACES) : {},
    dependsOn,
    userDataBytesLeast: needed === undefined ? 0 : 1,
    userData: needed === undefined ? [] : [{ kind: "instance", instances: [needed], attribute: "privateAddress" }],
    ready,
    live: drawnLive(draws),
    repair: drawnRepair(draws),
    update: DEFAULT_UPDATE,
    protect: draws.chance(0.2),
  };
}

/** Some of its members make room for their successors. */
export function ordered(blueprint: ResolvedBlueprint, { chance }: Draws): ResolvedBlueprint {
  const instances = blueprint.instances.map((spec) =>
    chance(0.5) ? { ...spec, update: { order: "removeFirst" as const } } : spec,
  );
  return { ...blueprint, instances };
}

function drawnLive({ chance, pick }: Draws): LiveCheck | null {
  if (chance(0.7)) return null;
  return { check: { kind: "tcp", port: 80 }, periodMs: pick([1_000, 3_000, 10_000]), failures: pick([1, 2, 3]) };
}

/** Windows that are over before the calm is, so that whoever was repaired too often is again. */
function drawnRepair({ chance, pick }: Draws): RepairPolicy {
  if (chance(0.5)) return { ...DEFAULT_REPAIR, cascade: chance(0.2) };
  return { mode: "replace", tries: pick([1, 2, 3]), withinMs: pick([5_000, 30_000, 60_000]), cascade: chance(0.4) };
}

function profileOf(name: keyof typeof SIZES): HardwareProfile {
  const cpu = SIZES[name];
  return {
    name,
    cpu,
    memoryMib: cpu * 2048,
    storageGib: cpu * 10,
    architecture: "x86_64",
    accelerators: 0,
    acceleratorKind: null,
  };
}
