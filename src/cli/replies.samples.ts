// Replies for tests, complete and true to the contract: every one is parsed with its schema.

import type { Parameter } from "../contract/blueprint.ts";
import { Attempt, Deployment, Instance, Machine } from "../contract/deployment.ts";
import { Plan } from "../contract/plan.ts";
import { About, RESOURCES } from "../contract/operation.ts";
import { standingOf, summaryOf } from "../contract/standing.ts";

/** 2026-11-22T10:00:00Z plus a number of seconds, as replies write it. */
export const at = (seconds: number): string => new Date(SAMPLE_TIME + seconds * 1000).toISOString();
export const SAMPLE_TIME = Date.UTC(2026, 10, 22, 10);

export function sampleInstance(given: Partial<Instance> = {}): Instance {
  return Instance.parse({
    name: "db",
    group: given.name ?? "db",
    index: 1,
    state: "new",
    since: at(0),
    ready: false,
    readyAt: null,
    runningAt: null,
    dependsOn: [],
    readiness: { kind: "provider" },
    profile: {
      name: "small",
      cpu: 1,
      memoryMib: 1024,
      storageGib: 10,
      architecture: "x86_64",
      accelerators: 0,
      acceleratorKind: null,
    },
    machine: null,
    externalId: null,
    account: null,
    realm: null,
    size: null,
    instead: null,
    image: "debian-13",
    hourlyCost: null,
    privateAddress: null,
    publicAddress: null,
    tries: 0,
    fault: null,
    step: null,
    stepSince: null,
    deadlineAt: null,
    usualMs: null,
    probeAnswer: null,
    repair: { mode: "never", tries: 3, withinMs: 3_600_000, cascade: false },
    live: null,
    protect: false,
    repairSince: null,
    outdated: [],
    reboot: null,
    rebootable: false,
    repairable: false,
    retryable: false,
    ...given,
  });
}

export function sampleAttempt(given: Partial<Attempt> = {}): Attempt {
  return Attempt.parse({
    no: 1,
    revision: 1,
    account: "east",
    realm: "east-1",
    hourlyCost: 0.12,
    startedAt: at(0),
    endedAt: null,
    outcome: null,
    reason: null,
    failedInstance: null,
    fault: null,
    cost: 0,
    unpriced: 0,
    ...given,
  });
}

export function sampleMachine(given: Partial<Machine> = {}): Machine {
  return Machine.parse({
    id: "sw-x-a1-db-t1",
    instance: "db",
    attempt: 1,
    account: "east",
    realm: "east-1",
    size: "small",
    hourlyCost: 0.04,
    cost: 0,
    state: "made",
    open: true,
    externalId: "i-1",
    observed: "running",
    observedAt: at(1),
    privateAddress: null,
    publicAddress: null,
    askedAt: at(0),
    madeAt: at(1),
    closedAt: null,
    undoAskedAt: null,
    debtSince: null,
    quarantinedUntil: null,
    releasable: false,
    call: null,
    callAt: null,
    failures: 0,
    fault: null,
    ...given,
  });
}

export const CAPACITY = {
  class: "capacity",
  scope: "offer",
  effect: "none",
  retryAfterMs: null,
  code: "InsufficientCapacity",
  text: "no room for m.large",
  requestId: null,
} as const;

export function sampleAbout(role: About["token"]["role"] = "admin", may: About["may"] = [...RESOURCES]): About {
  const server = { version: "1.0.0", installation: "test", embedded: true, providers: ["sim"], now: at(0) };
  const clock = { offsetMs: 0, steps: 0, lastAt: null, lastByMs: null };
  return About.parse({
    ...server,
    clock,
    token: { name: "ada", role },
    user: null,
    grants: [{ role, pool: null }],
    may,
  });
}

export function sampleDeployment(given: Partial<Deployment> = {}): Deployment {
  const { state = "pending", cancelAskedAt = null } = given;
  const standing = standingOf({ state, cancelAskedAt });
  return Deployment.parse({
    id: "0123456789ab",
    name: "shop",
    ref: given.name ?? "shop",
    pool: "default",
    state,
    standing,
    summary: summaryOf(standing, given.debt?.count ?? 0),
    since: at(0),
    final: false,
    failure: null,
    partial: false,
    blueprint: "shop",
    revision: 1,
    attempt: 1,
    account: "east",
    createdAt: at(0),
    createdBy: "ada",
    firstRunningAt: null,
    allRunningAt: null,
    leaseMs: null,
    holdMs: null,
    quarantineMs: null,
    leaseEndsAt: null,
    launchEndedAt: null,
    endedAt: null,
    deletedAt: null,
    relaunchOf: null,
    successor: null,
    actions: ["cancel"],
    troubles: [],
    parameters: {},
    outputs: [],
    maxAttempts: 10,
    study: null,
    launchDeadlineAt: at(3600),
    eventNo: 1,
    kept: { stepsFrom: 1, consolesGoneAt: null, ledgerGoneAt: null },
    cancelAskedAt: null,
    removingAt: null,
    stopAskedAt: null,
    deleteAskedAt: null,
    parked: null,
    seeksUntil: null,
    instances: [sampleInstance()],
    revisions: [
      { no: 1, why: "launch", by: "ada", begunAt: at(0), endedAt: null, outcome: null, reason: null, changes: [] },
    ],
    attempts: [sampleAttempt()],
    machines: [],
    cost: { total: 0, perHour: 0, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
    undoBy: null,
    debt: { count: 0, perHour: 0, total: 0, unpriced: 0, why: null },
    ...given,
  });
}

/** Of one instance that fits at east. */
export function samplePlan(given: Partial<Plan> = {}): Plan {
  const { name, group, index, image, profile, dependsOn, readiness } = sampleInstance();
  const alternatives = { images: [image], profiles: [profile] };
  const placement = { realm: "r1", size: "s1", image: "img-7", profile: profile.name, hourlyCost: 0.01, usually: null };
  const match = {
    account: "east",
    realms: ["r1"],
    hourlyCost: 0.01,
    usualHourlyCost: 0.01,
    unpriced: 0,
    placements: { [name]: placement },
    passedOver: [],
    pausedUntil: null,
  };
  return Plan.parse({
    id: "plan1",
    expiresAt: at(3600),
    blueprint: "shop",
    pool: "prod",
    parameters: {},
    mistakes: [],
    notOffered: [],
    leaseMs: null,
    holdMs: null,
    quarantineMs: null,
    instances: [{ name, group, index, image, profile, alternatives, spot: false, dependsOn, readiness }],
    outputs: [],
    matches: [{ rank: 1, ...match }],
    refused: [],
    blocks: [],
    ...given,
  });
}

export function sampleParameter(name: string): Parameter {
  return {
    name,
    type: "string",
    description: null,
    secret: false,
    required: false,
    hasDefault: false,
    default: null,
    choices: null,
    min: null,
    max: null,
    userDataOnly: true,
  };
}

/** Of what nobody limits, and of which nothing is held. */
export const NO_LIMIT = {
  instances: null,
  cpu: null,
  memoryMib: null,
  storageGib: null,
  accelerators: null,
  deployments: null,
  hourlyCost: null,
  families: {},
};
export const NOTHING_USED = {
  instances: 0,
  cpu: 0,
  memoryMib: 0,
  storageGib: 0,
  accelerators: 0,
  deployments: 0,
  hourlyCost: 0,
  families: {},
};
