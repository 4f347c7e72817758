// A deployment as a reply: its rows, what they cost, and what may be done now.

import type * as contract from "../../contract/deployment.ts";
import type { Instead } from "../../contract/instead.ts";
import { namesApart } from "../../contract/machine-names.ts";
import { standingOf, summaryOf } from "../../contract/standing.ts";
import { allowedActions, mayReboot, mayRepair, mayRetry } from "../../core/people/actions.ts";
import type { ResolvedInstance } from "../../core/blueprint/model.ts";
import { costMicros, costMicrosOrNull, costsNow, hourlyMicrosNow, isUnpriced } from "../../core/story/cost.ts";
import { formerIn } from "../../core/decision/former.ts";
import { stepOf } from "../../core/decision/deadlines.ts";
import { debtReason, isDebt } from "../../core/people/debt.ts";
import { brief } from "../../core/story/brief.ts";
import { timeLeft } from "../../core/story/times.ts";
import { isQuarantined } from "../../core/decision/quarantine.ts";
import { undoneBy } from "../../core/decision/undo.ts";
import {
  type Attempt,
  type Deployment,
  type DeploymentHead,
  type Instance,
  launchDeadline,
  launchEnd,
} from "../../core/deployment.ts";
import type { Account } from "../../core/account.ts";
import type { AccountId } from "../../core/ids.ts";
import { invariant } from "../../core/invariant.ts";
import type { Machine } from "../../core/machine.ts";
import type { Placement } from "../../core/market/placement.ts";
import { seeksUntil } from "../../core/decision/rollback.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { isAskedFor } from "../../core/market/enquired.ts";
import { whereText } from "../../core/market/where.ts";
import { DEPLOYMENT, type DeploymentState, finalStates, isOpen } from "../../core/states.ts";
import { outputsOf } from "../../core/story/outputs.ts";
import { pauseLeftMs } from "../../core/world/limiter.ts";
import { type PastBoot, type StepWish, usualMs } from "../../core/world/usual.ts";
import type { WaitingEnquiry } from "../../ports/offers.ts";
import type { Kept } from "../../ports/pruning.ts";
import type { DeploymentSummary } from "../../ports/store.ts";
import type { PlannedInstance } from "../../contract/plan.ts";
import { showOutput } from "./output.ts";
import { isKept, showLive, showParked, showReboot, showStudy } from "./member.ts";
import { showRevision } from "./revision.ts";
import { dollars, dollarsOrNull, time, timeOrNull } from "./terms.ts";

/** All rows of one deployment, read in one transaction. */
export interface DeploymentRows {
  readonly snapshot: Snapshot;
  /** Another one has its name. */
  readonly hasNamesake: boolean;
  /** Closed ones too. */
  readonly machines: readonly Machine[];
  readonly kept: Kept;
  readonly accounts: readonly Account[];
  /** While it looks for an account: what those of its pool have not answered. */
  readonly unanswered: readonly WaitingEnquiry[];
  /** Whoever asks may change deployments: without that, nothing is offered. */
  readonly mayAct: boolean;
  readonly now: number;
  /** What the latest machines took, by account: of those where an instance is on its way up. */
  readonly past: ReadonlyMap<AccountId, readonly PastBoot[]>;
}

const FINAL = new Set<string>(finalStates(DEPLOYMENT));

export const isFinal = ({ state }: Pick<Deployment, "state">): boolean => FINAL.has(state);

export function showSummary(row: DeploymentSummary, mayAct: boolean): contract.DeploymentSummary {
  const { instanceCount, readyCount, debtCount, attempt } = row;
  return { ...showHead(row.deployment, { attempt, debts: debtCount, mayAct }), instanceCount, readyCount, debtCount };
}

export function showDeployment(rows: DeploymentRows): contract.Deployment {
  const { deployment, instances, revisions, attempts } = rows.snapshot;
  const { policy, parameters } = deployment.blueprint;
  const attempt = attempts.find(({ no }) => no === deployment.attemptNo);
  const debt = debtOf(rows);
  return {
    ...showHead(deployment, {
      attempt: attempt === undefined ? null : { ...attempt, account: attempt.accountName },
      debts: debt.count,
      mayAct: rows.mayAct,
    }),
    ref:
      rows.hasNamesake || deployment.deletedAt !== null || deployment.successor !== null
        ? deployment.id
        : deployment.name,
    troubles: troublesOf(rows),
    parameters: { ...parameters },
    outputs: outputsOf(rows.snapshot, rows.machines, {}).map((output) => showOutput(output, false)),
    maxAttempts: policy.maxAttempts,
    launchDeadlineAt: time(launchDeadline(deployment)),
    eventNo: deployment.eventNo,
    kept: showKept(rows.kept),
    cancelAskedAt: timeOrNull(deployment.cancelAskedAt),
    removingAt: timeOrNull(deployment.removingAt),
    stopAskedAt: timeOrNull(deployment.stopAskedAt),
    deleteAskedAt: timeOrNull(deployment.deleteAskedAt),
    instances: instances.map((instance) => showInstance(rows, instance)),
    study: showStudy(deployment),
    revisions: revisions.map(showRevision),
    attempts: attempts.map((attempt) => showAttempt(rows, attempt)),
    machines: rows.machines.map((machine) => showMachine(rows, machine)),
    cost: costOf(rows),
    undoBy: timeOrNull(undoneBy(deployment, rows.machines, rows.now)),
    debt,
  };
}

function showKept({ stepsFrom, consolesGoneAt, ledgerGoneAt }: Kept): contract.Deployment["kept"] {
  return { stepsFrom, consolesGoneAt: timeOrNull(consolesGoneAt), ledgerGoneAt: timeOrNull(ledgerGoneAt) };
}

type Head = Omit<contract.DeploymentSummary, "instanceCount" | "readyCount" | "debtCount">;

function showHead(
  deployment: DeploymentHead,
  of: { readonly attempt: DeploymentSummary["attempt"]; readonly debts: number; readonly mayAct: boolean },
): Head {
  const { id, name, pool, state, failure, partial, createdBy } = deployment;
  const { attempt, debts, mayAct } = of;
  const standing = standingOf(deployment);
  return {
    id,
    name,
    pool,
    state,
    standing,
    summary: summaryOf(standing, debts),
    since: time(deployment.since),
    final: isFinal(deployment),
    failure,
    partial,
    blueprint: deployment.blueprint.name,
    revision: deployment.revisionNo,
    attempt: deployment.attemptNo,
    account: attempt?.account ?? null,
    createdAt: time(deployment.createdAt),
    createdBy,
    firstRunningAt: timeOrNull(deployment.firstRunningAt),
    leaseMs: deployment.blueprint.policy.leaseMs,
    holdMs: deployment.blueprint.policy.studyMs,
    quarantineMs: deployment.blueprint.policy.quarantineMs,
    leaseEndsAt: timeOrNull(deployment.leaseEndsAt),
    allRunningAt: timeOrNull(deployment.allRunningAt),
    launchEndedAt: timeOrNull(launchEnd(deployment, attempt)),
    endedAt: timeOrNull(deployment.endedAt),
    deletedAt: timeOrNull(deployment.deletedAt),
    relaunchOf: deployment.relaunchOf,
    successor: deployment.successor,
    actions: mayAct ? allowedActions(deployment, debts) : [],
    parked: showParked(deployment),
    seeksUntil: timeOrNull(seeksUntil(deployment)),
  };
}

function showInstance(rows: DeploymentRows, instance: Instance): contract.Instance {
  const { deployment } = rows.snapshot;
  const spec = deployment.blueprint.instances.find(({ name }) => name === instance.name);
  invariant(spec !== undefined, `instance ${instance.name} is not in the blueprint`);
  const machine = rows.machines.find(({ id }) => id === instance.machine) ?? null;
  const isHeld = deployment.studyUntil !== null;
  const isRising = machine !== null && RISING.has(deployment.state) && !isHeld && isOnItsWay(machine);
  const step = isRising ? stepOf(deployment, instance, machine) : null;
  return {
    ...showTaken(rows, spec, machine),
    state: instance.state,
    since: time(instance.since),
    ready: instance.readyAt !== null,
    readyAt: timeOrNull(instance.readyAt),
    runningAt: timeOrNull(instance.runningAt),
    machine: instance.machine,
    externalId: machine?.externalId ?? null,
    account: machine === null ? null : nameOf(rows, machine),
    realm: machine?.realm ?? null,
    size: machine?.size ?? null,
    hourlyCost: machine !== null && isOpen(machine) ? dollarsOrNull(machine.hourlyMicros) : null,
    privateAddress: machine?.privateAddress ?? null,
    publicAddress: machine?.publicAddress ?? null,
    tries: instance.tries,
    fault: instance.fault,
    step: step?.step ?? null,
    stepSince: timeOrNull(step?.from ?? null),
    deadlineAt: timeOrNull(step?.at ?? null),
    usualMs: machine === null || step === null ? null : usualOf(rows, { machine, step: step.step }),
    probeAnswer: instance.probeAnswer,
    live: showLive(spec, instance),
    repair: { ...spec.repair },
    protect: spec.protect,
    repairSince: timeOrNull(instance.repairSince),
    outdated:
      instance.readyAt === null
        ? []
        : [...formerIn(spec, { instances: rows.snapshot.instances, machines: rows.machines })],
    reboot: showReboot(machine),
    rebootable: rows.mayAct && mayReboot(deployment, instance, machine),
    repairable: rows.mayAct && mayRepair(deployment, instance),
    retryable: rows.mayAct && mayRetry(deployment, instance) && !isKept(spec, instance),
  };
}

/** Where instances are brought up: elsewhere nothing is waited for, and no deadline of theirs counts. */
const RISING: ReadonlySet<DeploymentState> = new Set(["pending", "incomplete", "updating"]);

const isOnItsWay = (machine: Machine): boolean => isOpen(machine) && machine.undoAskedAt === null;

/** Where machines are on their way up: what the latest ones took there is worth knowing. */
export function risingAt({ snapshot, machines }: Pick<DeploymentRows, "snapshot" | "machines">): readonly Machine[] {
  const rising = new Set(snapshot.instances.filter(({ readyAt }) => readyAt === null).map(({ machine }) => machine));
  return machines.filter((machine) => rising.has(machine.id) && isOnItsWay(machine));
}

function usualOf({ past }: DeploymentRows, wish: { machine: Machine; step: StepWish["step"] }): number | null {
  const { account, size, instance } = wish.machine;
  return usualMs(past.get(account) ?? [], { step: wish.step, size, instance: instance ?? "" });
}

/** With the image and the profile that were taken where there is a machine. */
function showTaken({ snapshot }: DeploymentRows, spec: ResolvedInstance, machine: Machine | null) {
  const { alternatives: _, spot: __, ...shown } = showSpec(spec);
  const placement = snapshot.placements.find(({ attempt, instance, no }) => {
    return attempt === machine?.attemptNo && instance === spec.name && no === machine.placementNo;
  });
  if (placement === undefined) return { ...shown, instead: null };
  const { image, profile } = placement.alternative;
  return {
    ...shown,
    instead: showInstead(placement),
    image: spec.images[image] ?? shown.image,
    profile: { ...(spec.profiles[profile] ?? shown.profile) },
  };
}

function showInstead({ instead, hourlyMicros, chosenAt }: Placement): Instead | null {
  if (instead === null) return null;
  const { realm, size, because } = instead;
  const [hourlyCost, takenHourlyCost] = [dollarsOrNull(instead.hourlyMicros), dollarsOrNull(hourlyMicros)];
  return { realm, size, hourlyCost, because, at: time(chosenAt), takenHourlyCost };
}

/** What the blueprint says of an instance. */
export function showSpec(spec: ResolvedInstance): PlannedInstance {
  const { name, group, index, images, profiles, spot, dependsOn, ready } = spec;
  const [image = ""] = images;
  const [profile] = profiles;
  invariant(profile !== undefined, `instance ${name} has no profile`);
  return {
    name,
    group,
    index,
    image,
    profile: { ...profile },
    alternatives: { images: [...images], profiles: profiles.map((one) => ({ ...one })) },
    spot: spot !== null,
    dependsOn: [...dependsOn],
    readiness: ready,
  };
}

function showAttempt({ snapshot, machines, now }: DeploymentRows, attempt: Attempt): contract.Attempt {
  const { no, revision, accountName, realm, hourlyMicros, outcome, reason, failedInstance, fault } = attempt;
  const own = machines.filter(({ attemptNo }) => attemptNo === no);
  const placed = snapshot.placements.filter(({ attempt: of }) => of === no);
  const unpriced = [...own, ...placed].filter((one) => one.hourlyMicros === null);
  return {
    no,
    revision,
    account: accountName,
    realm,
    hourlyCost: dollars(hourlyMicros),
    startedAt: time(attempt.startedAt),
    endedAt: timeOrNull(attempt.endedAt),
    outcome,
    reason,
    failedInstance,
    fault,
    cost: dollars(sum(own, (machine) => costMicros(machine, now))),
    unpriced: new Set(unpriced.map(({ instance }) => instance)).size,
  };
}

function showMachine(rows: DeploymentRows, machine: Machine): contract.Machine {
  const { id, instance, realm, size, state, externalId, observed, privateAddress, publicAddress } = machine;
  return {
    id,
    instance,
    attempt: machine.attemptNo,
    account: nameOf(rows, machine),
    realm,
    size,
    hourlyCost: dollarsOrNull(machine.hourlyMicros),
    cost: dollarsOrNull(costMicrosOrNull(machine, rows.now)),
    state,
    open: isOpen(machine),
    externalId,
    observed,
    observedAt: timeOrNull(machine.observedAt),
    privateAddress,
    publicAddress,
    askedAt: time(machine.intentAt),
    madeAt: timeOrNull(machine.madeAt),
    closedAt: timeOrNull(machine.closedAt),
    undoAskedAt: timeOrNull(machine.undoAskedAt),
    debtSince: timeOrNull(machine.debtSince),
    quarantinedUntil: timeOrNull(machine.quarantinedUntil),
    releasable: rows.mayAct && isQuarantined(machine),
    call: machine.call,
    callAt: timeOrNull(machine.callAt),
    failures: machine.failures,
    fault: machine.fault,
  };
}

function costOf({ snapshot, machines, kept, now }: DeploymentRows): contract.Deployment["cost"] {
  if (kept.ledgerGoneAt !== null) {
    return { total: null, perHour: 0, failedAttempts: null, unpriced: 0, unpricedNow: 0 };
  }
  const cost = (machine: Machine): number => costMicros(machine, now);
  const succeeded = snapshot.attempts.filter(({ outcome }) => outcome === null || outcome === "succeeded");
  const failed = machines.filter(({ attemptNo }) => !succeeded.some(({ no }) => no === attemptNo));
  const unpriced = machines.filter(isUnpriced);
  return {
    total: dollars(sum(machines, cost)),
    perHour: dollars(sum(machines, hourlyMicrosNow)),
    failedAttempts: dollars(sum(failed, cost)),
    unpriced: unpriced.length,
    unpricedNow: unpriced.filter(costsNow).length,
  };
}

function debtOf({ machines, now }: DeploymentRows): contract.Deployment["debt"] {
  const debts = machines.filter(isDebt);
  return {
    count: debts.length,
    perHour: dollars(sum(debts, hourlyMicrosNow)),
    total: dollars(sum(debts, (machine) => costMicros(machine, now, machine.debtSince ?? now))),
    unpriced: debts.filter(isUnpriced).length,
    why: debts.length === 0 ? null : whyOwed(debts),
  };
}

/** Of the causes of debt, each of which is told in full with its machine. */
const CAUSES_MOST = 2;

function whyOwed(debts: readonly Machine[]): string {
  const names = namesApart(debts.map(({ id, instance, attemptNo }) => ({ id, instance, attempt: attemptNo })));
  const causes = [...Map.groupBy(debts, debtReason)].map(
    ([reason, of]) => `${of.map(({ id }) => names.get(id) ?? id).join(", ")}: ${brief(reason, CAUSE_LENGTH_MOST)}`,
  );
  const more = causes.length - CAUSES_MOST;
  return [
    ...causes.slice(0, CAUSES_MOST),
    ...(more > 0 ? [more === 1 ? "1 more cause" : `${more} more causes`] : []),
  ].join("; ");
}

const CAUSE_LENGTH_MOST = 256;

function nameOf({ accounts }: DeploymentRows, { account }: Pick<Machine, "account">): string {
  return accounts.find(({ id }) => id === account)?.name ?? account;
}

/** Why nothing gets on at accounts that calls are due for, or that were asked before one can be chosen. */
function troublesOf(rows: DeploymentRows): contract.Deployment["troubles"] {
  const { machines, accounts, now } = rows;
  const waited = new Set(machines.filter(({ call }) => call !== null).map(({ account }) => account));
  return accounts.flatMap((account) => {
    const text = waited.has(account.id) ? troubleOf(account, now) : unansweredText(rows, account);
    return text === null ? [] : [{ account: account.name, text }];
  });
}

/** An answer that comes sooner is waited for without a word, in ms. */
const ANSWER_USUAL_MS = 5_000;

function unansweredText({ snapshot, unanswered, now }: DeploymentRows, account: Account): string | null {
  const { blueprint, since } = snapshot.deployment;
  const all = unanswered.filter((one) => one.account === account.id && isAskedFor(one, account, blueprint.instances));
  const open = all.find(({ text }) => text !== null) ?? (now - since > ANSWER_USUAL_MS ? all[0] : undefined);
  if (open === undefined) return null;
  const { kind, realm, choice, text } = open;
  const asked = kind === "image" ? `image ${choice}` : `what machines are placed by (${whereText(choice)})`;
  return text === null
    ? `has not answered yet whether it has ${asked} in ${realm}`
    : `could not be asked whether it has ${asked} in ${realm}: ${text}`;
}

function troubleOf({ health, healthText, limiter }: Account, now: number): string | null {
  if (health === "suspended" || health === "unreachable") return `is ${health}: ${healthText ?? "no reason known"}`;
  const pauseMs = pauseLeftMs(limiter, now);
  return pauseMs <= 0 ? null : `is left alone for another ${timeLeft(pauseMs)}, for its cloud throttles`;
}

function sum<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
