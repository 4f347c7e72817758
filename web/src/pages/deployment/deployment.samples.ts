// A deployment and steps for the tests of this folder.

import type { Deployment, Instance, Machine } from "../../../../src/contract/deployment.ts";
import type { Event } from "../../../../src/contract/event.ts";
import { standingOf, summaryOf } from "../../../../src/contract/standing.ts";

export const START = Date.parse("2026-11-22T10:00:00.000Z");
export const at = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();

export function sampleInstance(name: string, more: Partial<Instance> = {}): Instance {
  return {
    name,
    group: name.replace(/-\d+$/, ""),
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
      memoryMib: 2048,
      storageGib: 20,
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
    image: "debian-12",
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
    ...more,
  };
}

export function sampleMachine(id: string, more: Partial<Machine> = {}): Machine {
  return {
    id,
    instance: "db",
    attempt: 1,
    account: "north",
    realm: "north-a",
    size: "small",
    hourlyCost: 0.02,
    cost: 0,
    state: "made",
    open: true,
    externalId: `i-${id}`,
    observed: "pending",
    observedAt: null,
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
    ...more,
  };
}

export function sampleDeployment(more: Partial<Deployment> = {}): Deployment {
  const { state = "pending", cancelAskedAt = null } = more;
  const standing = standingOf({ state, cancelAskedAt });
  return {
    id: "dep",
    name: "shop",
    ref: "shop",
    troubles: [],
    outputs: [],
    pool: "default",
    state,
    standing,
    summary: summaryOf(standing, more.debt?.count ?? 0),
    since: at(0),
    final: false,
    failure: null,
    partial: false,
    blueprint: "shop",
    revision: 1,
    attempt: 1,
    account: "north",
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
    parameters: {},
    maxAttempts: 5,
    launchDeadlineAt: at(1_800),
    eventNo: 0,
    kept: { stepsFrom: 1, consolesGoneAt: null, ledgerGoneAt: null },
    cancelAskedAt: null,
    removingAt: null,
    stopAskedAt: null,
    deleteAskedAt: null,
    parked: null,
    seeksUntil: null,
    instances: [],
    revisions: [],
    attempts: [],
    machines: [],
    cost: { total: 0, perHour: 0, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
    study: null,
    undoBy: null,
    debt: { count: 0, perHour: 0, total: 0, unpriced: 0, why: null },
    ...more,
  };
}

/** Numbered from `first`, one a second. */
export function numbered(first: number, bodies: readonly Unnumbered[]): Event[] {
  return bodies.map((body, place) => ({
    ...body,
    no: first + place,
    revision: 1,
    at: at(first + place),
    text: body.kind,
  }));
}

type Unnumbered = Event extends infer E
  ? E extends Event
    ? Omit<E, "no" | "revision" | "at" | "text">
    : never
  : never;
