// Rows as tests need them: each builder gives a complete, legal row, and takes what the test is about.

import type { Account, Block, Limiter, Pool } from "../core/account.ts";
import type { HardwareProfile, ResolvedBlueprint, ResolvedInstance } from "../core/blueprint/model.ts";
import { DEFAULT_POLICY, DEFAULT_REPAIR, DEFAULT_UPDATE } from "../core/blueprint/model.ts";
import { type Attempt, type Deployment, type Instance, type Revision, UNREPAIRED } from "../core/deployment.ts";
import type { DeploymentEvent, EventBody } from "../core/story/event.ts";
import type { Fault } from "../core/fault.ts";
import { accountId, deploymentId, machineIdOf } from "../core/ids.ts";
import { type Machine, NOT_REBOOTING, type Observed } from "../core/machine.ts";
import { UNLIMITED } from "../core/market/amount.ts";
import type { Placement } from "../core/market/placement.ts";
import { RETENTION } from "../core/people/retention.ts";
import { newDeployment, UNDER_WAY } from "../core/people/new-deployment.ts";
import { PLAN_MS, type PlanRow } from "./plans.ts";
import type { NewDeployment, SealedChanges, StoredBlueprint, Token } from "./store.ts";

/** 2026-01-01 in UTC: long past for a database's clock, so due times made from it are due. */
export const SAMPLE_TIME = Date.UTC(2026, 0, 1);

const SAMPLE_LIMITER: Limiter = { parallel: 10, pausedUntil: null };

export const SMALL_PROFILE: HardwareProfile = {
  name: "small",
  cpu: 1,
  memoryMib: 2048,
  storageGib: 10,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
};

const SAMPLE_DEPLOYMENT = deploymentId("dep000000001");
const SAMPLE_ACCOUNT = accountId("acc-east");

export function sampleFault(given: Partial<Fault> = {}): Fault {
  return {
    class: "capacity",
    scope: "offer",
    effect: "none",
    retryAfterMs: null,
    code: "InsufficientCapacity",
    text: "no host has room",
    requestId: null,
    ...given,
  };
}

export function sampleResolvedInstance(given: Partial<ResolvedInstance> = {}): ResolvedInstance {
  return {
    name: "db",
    group: "db",
    index: 1,
    images: ["debian-13"],
    profiles: [SMALL_PROFILE],
    spot: null,
    where: {},
    dependsOn: [],
    userData: [],
    userDataBytesLeast: 0,
    ready: { kind: "provider" },
    repair: DEFAULT_REPAIR,
    update: DEFAULT_UPDATE,
    live: null,
    protect: false,
    ...given,
  };
}

/** `db`, and `web` which depends on it. */
export function sampleBlueprint(given: Partial<ResolvedBlueprint> = {}): ResolvedBlueprint {
  return {
    name: "shop",
    parameters: {},
    instances: [
      sampleResolvedInstance(),
      sampleResolvedInstance({
        name: "web",
        group: "web",
        dependsOn: ["db"],
        userData: [
          { kind: "text", text: "#!/bin/sh\necho " },
          { kind: "instance", instances: ["db"], attribute: "privateAddress" },
        ],
        ready: { kind: "http", port: 80, path: "/" },
      }),
    ],
    outputs: [],
    policy: DEFAULT_POLICY,
    ...given,
  };
}

/** New, and due. The name follows the id, so that samples with different ids do not collide. */
export function sampleDeployment(given: Partial<Deployment> = {}): Deployment {
  const id = given.id ?? SAMPLE_DEPLOYMENT;
  const order = {
    id,
    name: `shop-${id}`,
    pool: "default",
    blueprint: sampleBlueprint(),
    partial: false,
    relaunchOf: null,
    traceparent: null,
    seed: 7,
  };
  return {
    ...newDeployment({ ...order, by: "ada", now: SAMPLE_TIME }).deployment,
    ...given,
  };
}

export function sampleInstance(given: Partial<Instance> = {}): Instance {
  return {
    deployment: SAMPLE_DEPLOYMENT,
    name: "db",
    revision: 1,
    state: "new",
    since: SAMPLE_TIME,
    machine: null,
    tries: 0,
    runningAt: null,
    readyAt: null,
    missed: 0,
    deadSince: null,
    probeAt: null,
    probeAnswer: null,
    fault: null,
    ...UNREPAIRED,
    ...given,
  };
}

/** Of `db`, at east: held. */
export function samplePlacement(given: Partial<Placement> = {}): Placement {
  return {
    deployment: SAMPLE_DEPLOYMENT,
    attempt: 1,
    instance: "db",
    no: 1,
    revision: 1,
    account: SAMPLE_ACCOUNT,
    realm: "east-1",
    size: "s1",
    image: "img-debian",
    alternative: { profile: 0, image: 0 },
    hourlyMicros: 10_000,
    takes: { instances: 1, cpu: 1, memoryMib: 2048, hourlyMicros: 10_000 },
    instead: null,
    askOrder: 0,
    chosenAt: SAMPLE_TIME,
    refused: null,
    releasedAt: null,
    ...given,
  };
}

/** A launch under way. */
export function sampleRevision(given: Partial<Revision> = {}): Revision {
  return {
    deployment: SAMPLE_DEPLOYMENT,
    no: 1,
    why: "launch",
    by: "ada",
    begunAt: SAMPLE_TIME,
    ...UNDER_WAY,
    ...given,
  };
}

export function sampleAttempt(given: Partial<Attempt> = {}): Attempt {
  return {
    deployment: SAMPLE_DEPLOYMENT,
    no: 1,
    revision: 1,
    account: SAMPLE_ACCOUNT,
    accountName: "east",
    realm: "east-1",
    hourlyMicros: 20_000,
    userDataBytesMost: 16_384,
    startedAt: SAMPLE_TIME,
    endedAt: null,
    outcome: null,
    reason: null,
    fault: null,
    failedInstance: null,
    ...given,
  };
}

/** An intent whose create is due; id and nonce follow from deployment, attempt and instance. */
export function sampleMachine(given: Partial<Machine> = {}): Machine {
  const deployment = given.deployment === undefined ? SAMPLE_DEPLOYMENT : given.deployment;
  const instance = given.instance === undefined ? "db" : given.instance;
  const attempt = given.attemptNo ?? 1;
  const id =
    given.id ??
    machineIdOf({ deployment: deployment ?? SAMPLE_DEPLOYMENT, attempt, instance: instance ?? "stray", tryNo: 1 });
  return {
    id,
    deployment,
    instance,
    attemptNo: attempt,
    placementNo: deployment === null ? 0 : 1,
    askOrder: 0,
    account: SAMPLE_ACCOUNT,
    realm: "east-1",
    size: "s1",
    hourlyMicros: 10_000,
    state: "intent",
    externalId: null,
    handle: null,
    observed: "unknown",
    observedAt: null,
    privateAddress: null,
    publicAddress: null,
    intentAt: SAMPLE_TIME,
    sentAt: null,
    madeAt: null,
    bootedAt: null,
    closedAt: null,
    startAskedAt: null,
    ...NOT_REBOOTING,
    undoAskedAt: null,
    keepEvidence: false,
    destroyedAt: null,
    debtSince: null,
    skippedAt: null,
    quarantinedUntil: null,
    missing: 0,
    call: "create",
    callAt: SAMPLE_TIME,
    callNo: 0,
    claimedUntil: null,
    failures: 0,
    fault: null,
    nonce: `nonce-${id}`,
    ...given,
  };
}

/** What the cloud shows of a machine, running. */
export function sampleObserved(given: Partial<Observed> = {}): Observed {
  const name = given.name ?? sampleMachine().id;
  return {
    externalId: `x-${name}`,
    name,
    realm: "east-1",
    state: "running",
    fault: null,
    privateAddress: "10.0.0.5",
    publicAddress: null,
    handle: null,
    ...given,
  };
}

/** Healthy, its offers not read yet, polled long ago: due. The name follows the id. */
export function sampleAccount(given: Partial<Account> = {}): Account {
  const id = given.id ?? SAMPLE_ACCOUNT;
  return {
    id,
    name: id.replace(/^acc-/, ""),
    provider: "sim",
    settings: { endpoint: "http://127.0.0.1:1", tenant: { name: "t", tags: ["a"] } },
    enabled: true,
    health: "healthy",
    healthText: null,
    healthAt: SAMPLE_TIME,
    limit: UNLIMITED,
    images: { "debian-13": "img-debian" },
    realms: {},
    offersAt: null,
    usageAt: null,
    limiter: SAMPLE_LIMITER,
    alert: null,
    pollAt: SAMPLE_TIME,
    createdAt: SAMPLE_TIME,
    ...given,
  };
}

export function samplePool(given: Partial<Pool> = {}): Pool {
  return {
    name: "default",
    enabled: true,
    members: [{ account: SAMPLE_ACCOUNT, group: 0, weight: 0 }],
    limit: UNLIMITED,
    userLimit: UNLIMITED,
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention: RETENTION,
    ...given,
  };
}

export function sampleBlock(given: Partial<Block> = {}): Block {
  return {
    account: SAMPLE_ACCOUNT,
    realm: "east-1",
    size: "s1",
    reason: "capacity",
    text: "no host has room",
    strikes: 1,
    until: SAMPLE_TIME + 60_000,
    probe: null,
    ...given,
  };
}

export function sampleEvent(given: Partial<DeploymentEvent> = {}): DeploymentEvent {
  const body: EventBody = { kind: "launch_asked", by: "ada", partial: false };
  return { deployment: SAMPLE_DEPLOYMENT, no: 1, revision: 1, at: SAMPLE_TIME, body, ...given };
}

/** A launch as asked for: one row per instance of the blueprint, and its first event. */
export function sampleNewDeployment(
  deployment: Partial<Deployment> = {},
  given: Partial<NewDeployment> = {},
): NewDeployment {
  const row = sampleDeployment(deployment);
  return {
    deployment: row,
    revision: sampleRevision({ deployment: row.id, by: row.createdBy, begunAt: row.createdAt }),
    instances: row.blueprint.instances.map(({ name }) => sampleInstance({ deployment: row.id, name })),
    events: [sampleEvent({ deployment: row.id })],
    secrets: null,
    source: "name: shop\n",
    requestKey: null,
    ...given,
  };
}

/** Changes of one deployment: nothing but its row, and what is given. */
export function sampleChanges(deployment: Deployment, given: Partial<SealedChanges> = {}): SealedChanges {
  return {
    deployment,
    blueprint: null,
    instances: [],
    born: [],
    dropped: [],
    revisions: [],
    attempts: [],
    placements: [],
    machines: [],
    newMachines: [],
    events: [],
    blocks: [],
    unblocks: [],
    verdicts: [],
    evidence: [],
    enquiries: [],
    ...given,
  };
}

export function sampleToken(given: Partial<Token> = {}): Token {
  const usual = { pool: null, owner: null, createdBy: null, expiresAt: null, lastUsedAt: null } as const;
  return { name: "ada", hash: "ab".repeat(32), role: "operator", createdAt: SAMPLE_TIME, ...usual, ...given };
}

type BlueprintToAdd = Omit<StoredBlueprint, "version" | "createdAt">;

export function sampleStoredBlueprint(given: Partial<BlueprintToAdd> = {}): BlueprintToAdd {
  return { name: "shop", source: "# a shop\nname: shop\n", createdBy: "ada", ...given };
}

export function samplePlanRow(given: Partial<PlanRow> = {}): PlanRow {
  return {
    id: "plan1",
    kind: "launch",
    pool: "default",
    target: null,
    createdBy: "anna",
    createdAt: SAMPLE_TIME,
    expiresAt: SAMPLE_TIME + PLAN_MS,
    request: { blueprint: { name: "shop" }, parameters: { size: 3 } },
    secrets: null,
    seed: 7,
    basis: "abc",
    shown: { matches: [{ account: "east" }] },
    appliedAt: null,
    deployment: null,
    ...given,
  };
}
