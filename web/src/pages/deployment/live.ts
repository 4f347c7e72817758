// What is known of a deployment now: the last reply, and on top of it the steps that came after it. A reply counts for
// everything; a step tells at once what the next reply will say of states, so that the page never lags behind its own log.

import type { Attempt, Deployment, Instance, Machine } from "../../../../src/contract/deployment.ts";
import type { Event } from "../../../../src/contract/event.ts";
import { standingOf } from "../../../../src/contract/standing.ts";

/** Events in order and without gaps; those that the reply already contains change nothing. */
export function liveView(reply: Deployment, events: readonly Event[]): Deployment {
  const fresh = events.slice(firstAfter(events, reply.eventNo));
  if (fresh.length === 0) return reply;
  const draft = draftOf(reply);
  for (const event of fresh) apply(draft, event);
  return {
    ...reply,
    ...draft.head,
    instances: [...draft.instances.values()],
    attempts: draft.attempts,
    machines: [...draft.machines.values()],
  };
}

/** Place of the first event with a higher number. */
export function firstAfter(events: readonly Event[], no: number): number {
  let place = events.length;
  while (place > 0 && (events[place - 1]?.no ?? 0) > no) place -= 1;
  return place;
}

interface Draft {
  head: Pick<
    Deployment,
    | "state"
    | "standing"
    | "since"
    | "launchEndedAt"
    | "eventNo"
    | "attempt"
    | "account"
    | "cancelAskedAt"
    | "removingAt"
    | "stopAskedAt"
    | "leaseEndsAt"
    | "deleteAskedAt"
    | "deletedAt"
  >;
  readonly instances: Map<string, Instance>;
  readonly machines: Map<string, Machine>;
  attempts: Attempt[];
}

function draftOf(reply: Deployment): Draft {
  const { state, standing, since, launchEndedAt, eventNo, attempt, account } = reply;
  const { cancelAskedAt, removingAt, stopAskedAt, leaseEndsAt, deleteAskedAt, deletedAt } = reply;
  const asked = { cancelAskedAt, removingAt, stopAskedAt, leaseEndsAt, deleteAskedAt, deletedAt };
  return {
    head: { state, standing, since, launchEndedAt, eventNo, attempt, account, ...asked },
    instances: new Map(reply.instances.map((instance) => [instance.name, instance])),
    machines: new Map(reply.machines.map((machine) => [machine.id, machine])),
    attempts: [...reply.attempts],
  };
}

/** What each of these notes the time of. */
const NOTED = {
  cancel_asked: "cancelAskedAt",
  removal_begun: "removingAt",
  lease_ended: "stopAskedAt",
  stop_asked: "stopAskedAt",
  delete_asked: "deleteAskedAt",
  deleted: "deletedAt",
} as const;

/** What these change is for the next reply to say, so that nothing is to be done for them before. */
const FOR_REPLY = [
  // What it is asked for next follows with `machine_asked`.
  "instance_replaced",
  "launch_asked",
  "no_account",
  "start_asked",
  // How far a reboot has come is for the next reply to say.
  "reboot_asked",
  "reboot_answered",
  "reboot_over",
  "undo_asked",
  "fault_met",
  "evidence_kept",
  "debt_opened",
  "debt_cleared",
  "offer_blocked",
  "account_suspended",
  "quota_near",
  // What is held comes with the reply.
  "study_begun",
  "release_asked",
  "rollback_retry_asked",
  "machine_skipped",
  "relaunch_asked",
  "instance_retry_asked",
  "repair_begun",
  "repair_ended",
  "clock_moved",
  "update_begun",
  "removed_first",
  // When it is tried next, and that no account is looked for, comes with the reply.
  "seeking_ended",
  "parked",
] as const satisfies readonly Event["kind"][];

const isForReply = (event: Event): event is EventOf<(typeof FOR_REPLY)[number]> =>
  FOR_REPLY.some((kind) => kind === event.kind);

function apply(draft: Draft, event: Event): void {
  draft.head.eventNo = event.no;
  if (isForReply(event)) return;
  switch (event.kind) {
    case "deployment_moved":
      return headMoved(draft, event);
    case "instance_moved":
      return change(draft.instances, event.instance, (instance) => moved(instance, event));
    case "instance_revised":
      return revised(draft, event);
    case "instance_ready":
      return change(draft.instances, event.instance, (instance) => readied(instance, event.at));
    case "live_lost":
    case "live_back":
      return change(draft.instances, event.instance, (instance) => lived(instance, event));
    case "machine_asked":
      return asked(draft, event);
    case "machine_moved":
      return machineMoved(draft, event);
    case "quarantine_begun":
      return change(draft.machines, event.machine, (row) => ({ ...row, quarantinedUntil: event.endsAt }));
    case "quarantine_ended":
      return change(draft.machines, event.machine, (row) => ({ ...row, quarantinedUntil: null, releasable: false }));
    case "account_selected":
      return selected(draft, event);
    case "attempt_ended":
      return attemptEnded(draft, event);
    case "lease_begun":
    case "lease_extended":
    case "lease_ending":
      draft.head.leaseEndsAt = event.endsAt;
      return;
    case "lease_lifted":
      draft.head.leaseEndsAt = null;
      return;
    case "cancel_asked":
    case "removal_begun":
    case "lease_ended":
    case "stop_asked":
    case "delete_asked":
    case "deleted":
      draft.head[NOTED[event.kind]] = event.at;
      return;
  }
}

/** Who is added comes with the reply. */
function revised(draft: Draft, { instance, to }: EventOf<"instance_revised">): void {
  if (to === null) return void draft.instances.delete(instance);
  change(draft.instances, instance, (row) => ({ ...row, state: to, ready: to === "running" && row.ready }));
}

type EventOf<K extends Event["kind"]> = Extract<Event, { kind: K }>;

function change<T>(rows: Map<string, T>, key: string, to: (row: T) => T): void {
  const row = rows.get(key);
  if (row !== undefined) rows.set(key, to(row));
}

function headMoved(draft: Draft, { to, at }: EventOf<"deployment_moved">): void {
  const { cancelAskedAt, launchEndedAt } = draft.head;
  draft.head = {
    ...draft.head,
    state: to,
    standing: standingOf({ state: to, cancelAskedAt }),
    since: at,
    launchEndedAt: to === "failed" ? at : launchEndedAt,
  };
  if (to === "pending" || to === "incomplete") return;
  // Nothing is waited for on the way up any more.
  for (const [name, instance] of draft.instances) draft.instances.set(name, { ...instance, ...NO_STEP });
}

const NO_STEP = { step: null, stepSince: null, deadlineAt: null, usualMs: null, probeAnswer: null } as const;
const NO_MACHINE = {
  machine: null,
  externalId: null,
  account: null,
  realm: null,
  size: null,
  instead: null,
  hourlyCost: null,
  privateAddress: null,
  publicAddress: null,
} as const;

/** It runs all the same. */
const readied = (instance: Instance, at: string): Instance => ({ ...instance, ready: true, readyAt: at, ...NO_STEP });

function lived(instance: Instance, { kind, at }: EventOf<"live_lost" | "live_back">): Instance {
  const isUp = kind === "live_back";
  const { live } = instance;
  const now =
    live === null ? null : { ...live, missed: isUp ? 0 : live.failures, deadSince: isUp ? null : at, lastAnswer: null };
  return { ...instance, ready: isUp, readyAt: isUp ? at : null, live: now };
}

/** Deadlines are for the next reply to say. */
function stepFrom(step: NonNullable<Instance["step"]>, at: string) {
  return { step, stepSince: at, deadlineAt: null, usualMs: null } as const;
}

function moved(instance: Instance, { to, at }: EventOf<"instance_moved">): Instance {
  const next = {
    ...instance,
    state: to,
    since: at,
    ready: false,
    readyAt: null,
    retryable: false,
    repairable: false,
    reboot: null,
    rebootable: false,
    ...NO_STEP,
  };
  switch (to) {
    case "new":
      return { ...next, ...NO_MACHINE, runningAt: null, fault: null };
    case "pending":
      return { ...next, ...stepFrom("create", at) };
    case "stopped":
      return instance.state === "pending" ? { ...next, ...stepFrom("start", at) } : next;
    case "running":
      return { ...next, runningAt: instance.runningAt ?? at, ...stepFrom("ready", at) };
    case "shutting_down":
    case "create_failed":
    case "error":
    case "vanished":
      return next;
  }
}

function asked(draft: Draft, event: EventOf<"machine_asked">): void {
  change(draft.instances, event.instance, (instance) => ({
    ...instance,
    ...NO_MACHINE,
    machine: event.machine,
    account: event.account,
    size: event.size,
    image: event.image,
    tries: instance.tries + 1,
  }));
}

function machineMoved(draft: Draft, event: EventOf<"machine_moved">): void {
  change(draft.machines, event.machine, (machine) => ({
    ...machine,
    state: event.to,
    externalId: event.externalId ?? machine.externalId,
    open: event.to === "intent" || event.to === "in_doubt" || event.to === "made",
  }));
  const isMade = event.to === "made";
  change(draft.instances, event.instance, (instance) =>
    instance.machine === event.machine && instance.state === "pending" && isMade
      ? { ...instance, externalId: event.externalId, ...stepFrom("boot", event.at) }
      : instance,
  );
}

function attemptEnded(draft: Draft, event: EventOf<"attempt_ended">): void {
  const { attempt: no, at: endedAt, outcome, reason, instance: failedInstance, fault } = event;
  if (outcome === "succeeded") draft.head.launchEndedAt = endedAt;
  draft.attempts = draft.attempts.map((attempt) =>
    attempt.no === no ? { ...attempt, endedAt, outcome, reason, failedInstance, fault } : attempt,
  );
}

function selected(
  draft: Draft,
  { attempt, revision, account, realms, hourlyCost, unpriced, at }: EventOf<"account_selected">,
): void {
  draft.head = { ...draft.head, attempt, account };
  if (draft.attempts.some(({ no }) => no === attempt)) return;
  draft.attempts = [
    ...draft.attempts,
    {
      no: attempt,
      revision,
      account,
      realm: realms.length === 1 ? (realms[0] ?? null) : null,
      hourlyCost,
      startedAt: at,
      endedAt: null,
      outcome: null,
      reason: null,
      failedInstance: null,
      fault: null,
      cost: 0,
      unpriced,
    },
  ];
}
