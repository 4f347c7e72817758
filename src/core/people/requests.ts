// What people ask for: checked against the table under the deployment's lock, recorded as a wish, carried out by the next
// decision. Asking twice does nothing twice.

import { LEASE_MS } from "../blueprint/model.ts";
import { meantBy } from "../blueprint/nearest.ts";
import { allowedActions, isLaunching, mayRepair, mayRetry } from "./actions.ts";
import { dueNow, isDebt } from "./debt.ts";
import type { Deployment, Instance } from "../deployment.ts";
import { changeAmong, type Draft, draftOf } from "../decision/draft.ts";
import { isDead } from "../decision/failure.ts";
import { endQuarantine, isQuarantined } from "../decision/quarantine.ts";
import { isProtected, protectedText } from "../decision/protect.ts";
import { beginRepair, isEnded, isWornOut, wornOutText } from "../decision/repair.ts";
import { resetInstance, startMachine } from "../decision/launch.ts";
import { isBeforeTurn } from "../decision/lease.ts";
import { type Machine, memberOf } from "../machine.ts";
import { owedText } from "../story/owed.ts";
import { spanText, timeText } from "../story/times.ts";
import type { Changes, Snapshot } from "../snapshot.ts";
import { rest } from "../decision/settled.ts";
import { openMachineOf, openMachines, owe, undoMachine } from "../decision/undo.ts";

export interface Asker {
  /** Name of the token. */
  readonly by: string;
  readonly now: number;
}

const REQUEST_REFUSALS = [
  "not_in_this_state",
  "has_debt",
  "no_such_instance",
  "no_such_machine",
  "bad_lease",
  "protected",
  "no_place",
] as const;

export interface RequestRefusal {
  readonly code: (typeof REQUEST_REFUSALS)[number];
  /** What is wrong and what to do instead. */
  readonly text: string;
}

export type Asked = { readonly changes: readonly Changes[] } | { readonly refused: RequestRefusal };

const debtsOf = ({ machines }: Pick<Snapshot, "machines">): number => machines.filter(isDebt).length;

/** No relaunch: a launch under way is rolled back and ends as failed. */
export function askCancel(snapshot: Snapshot, { by, now }: Asker): Asked {
  const { deployment } = snapshot;
  if (deployment.cancelAskedAt !== null && deployment.endedAt === null) return { changes: [] };
  const actions = allowedActions(deployment, debtsOf(snapshot));
  if (!actions.includes("cancel")) {
    const isForward = deployment.removingAt !== null ? " any more: what was before is being removed" : "";
    const remedy = `${isForward}${actions.includes("stop") ? "; stop it instead" : ""}`;
    return notNow(deployment, `cannot be cancelled${remedy}`);
  }
  const draft = draftOf(snapshot, now);
  draft.setDeployment({ cancelAskedAt: now });
  draft.tell({ kind: "cancel_asked", by });
  return { changes: draft.waves() };
}

/** A failed attempt that is held for study is rolled back now, and the launch goes on. */
export function askRelease(snapshot: Snapshot, { by, now }: Asker): Asked {
  const { deployment } = snapshot;
  if (!allowedActions(deployment, debtsOf(snapshot)).includes("release")) {
    const kept = snapshot.machines.find(isQuarantined);
    const instead =
      kept === undefined ? "" : `; a machine in quarantine: slipway release ${deployment.name}/${memberOf(kept)}`;
    return notNow(deployment, `holds nothing for study${instead}`);
  }
  const draft = draftOf(snapshot, now);
  draft.setDeployment({ studyUntil: Math.min(now, Number(deployment.studyUntil)) });
  draft.tell({ kind: "release_asked", by });
  return { changes: draft.waves() };
}

/** Everything that is up is undone; a launch under way is cancelled. */
export function askStop(snapshot: Snapshot, asker: Asker): Asked {
  const { by, now } = asker;
  const { deployment } = snapshot;
  if (deployment.stopAskedAt !== null) return { changes: [] };
  if (isLaunching(deployment.state)) return askCancel(snapshot, asker);
  const kept = deployment.endedAt === null ? [] : snapshot.machines.filter(isQuarantined);
  if (kept.length > 0) return stopKept(snapshot, kept, asker);
  if (!allowedActions(deployment, debtsOf(snapshot)).includes("stop")) return notNow(deployment, "cannot be stopped");
  const draft = draftOf(snapshot, now);
  draft.setDeployment({ stopAskedAt: now });
  draft.tell({ kind: "stop_asked", by });
  return { changes: draft.waves() };
}

/** All that is left of one that has ended. */
function stopKept(snapshot: Snapshot, kept: readonly Machine[], { by, now }: Asker): Asked {
  const draft = draftOf(snapshot, now);
  draft.tell({ kind: "stop_asked", by });
  for (const machine of kept) endQuarantine(draft, machine, { why: "stopped", by: null });
  return { changes: draft.waves() };
}

/** The lease ends at `until`, ms since 1970. `mostMs`: how far ahead the pool lets that be; null: not limited there. */
export function askExtend(
  snapshot: Snapshot,
  { by, now, until, mostMs }: Asker & { readonly until: number; readonly mostMs: number | null },
): Asked {
  const { deployment } = snapshot;
  const { leaseEndsAt } = deployment;
  const turn = turnText(snapshot);
  if (turn !== null) return notNow(deployment, turn);
  if (leaseEndsAt === null || !allowedActions(deployment, debtsOf(snapshot)).includes("extend")) {
    return notNow(deployment, `has no lease to extend${noLeaseText(deployment)}`);
  }
  if (until === leaseEndsAt) return { changes: [] };
  const refused = leaseRefusal({ ...deployment, leaseEndsAt }, { until, now, mostMs });
  if (refused !== null) {
    return { refused: { code: "bad_lease", text: `deployment ${deployment.name}: its lease ${refused}` } };
  }
  const draft = draftOf(snapshot, now);
  draft.setDeployment({ leaseEndsAt: until, leaseWarned: false });
  draft.tell({ kind: "lease_extended", by, endsAt: until });
  return { changes: draft.waves() };
}

/** Why an extension would be overwritten in a moment; null: it would not. */
function turnText({ deployment, revisions }: Snapshot): string | null {
  const { stopAskedAt, cancelAskedAt } = deployment;
  if (!isBeforeTurn(deployment) || stopAskedAt !== null || cancelAskedAt !== null) return null;
  const { no, aside } = changeAmong(revisions);
  const { leaseMs } = deployment.blueprint.policy;
  if (leaseMs === aside.blueprint.policy.leaseMs) return null;
  const turned =
    leaseMs === null
      ? `has no lease from when revision ${no} is ready: wait for that`
      : `has another lease from when revision ${no} is ready: extend that one then`;
  return `${turned}, or cancel the update first`;
}

function leaseRefusal(
  { leaseEndsAt, pool }: { readonly leaseEndsAt: number; readonly pool: string },
  { until, now, mostMs }: { readonly until: number; readonly now: number; readonly mostMs: number | null },
): string | null {
  if (until < leaseEndsAt) return `ends ${timeText(leaseEndsAt)}, which is later; stop it to end it sooner`;
  if (mostMs !== null && until - now > mostMs) {
    return `would end in ${spanText(until - now)}, and pool ${pool} allows ${spanText(mostMs)} from now`;
  }
  if (until - now <= LEASE_MS.most) return null;
  return `would end in ${spanText(until - now)}, and none is longer than ${spanText(LEASE_MS.most)}`;
}

function noLeaseText({ blueprint, stopAskedAt, endedAt }: Deployment): string {
  const isOver = endedAt !== null || stopAskedAt !== null;
  if (blueprint.policy.leaseMs === null) return isOver ? "" : ": it runs until it is stopped";
  if (isOver) return " any more";
  return " yet: it begins when the launch has settled";
}

/**
 * Hides a deployment at rest, after removing what is left of it. `stop`: what is up is stopped and what is under way is
 * cancelled first. `abandonDebt`: hides it although machines are not proven gone; they stay in the ledger and are retried.
 */
export function askDelete(
  snapshot: Snapshot,
  asker: Asker & { readonly stop: boolean; readonly abandonDebt: boolean },
): Asked {
  const { deployment } = snapshot;
  const { by, now, stop, abandonDebt } = asker;
  const debts = debtsOf(snapshot);
  if (deployment.deletedAt !== null) return { changes: [] };
  if (deployment.endedAt === null && !stop) {
    const first = allowedActions(deployment, debts).find((action) => action === "stop" || action === "cancel");
    const remedy = first === undefined ? "wait until it has stopped" : `${first} it first`;
    return notNow(deployment, `cannot be deleted yet; ${remedy}`);
  }
  if (debts > 0 && deployment.endedAt !== null && !abandonDebt) {
    const text = `${owedText(debts)}; wait, or delete with abandonDebt, which keeps trying to remove them`;
    return { refused: { code: "has_debt", text: `deployment ${deployment.name}: ${text}` } };
  }
  if (deployment.deleteAskedAt !== null && (deployment.abandonDebt || !abandonDebt)) return { changes: [] };
  const draft = draftOf(snapshot, now);
  endFirst(draft, debts);
  draft.setDeployment({
    deleteAskedAt: deployment.deleteAskedAt ?? now,
    abandonDebt: deployment.abandonDebt || abandonDebt,
  });
  draft.tell({ kind: "delete_asked", by, abandonDebt });
  // Where nothing is left it is done at once: whoever asked may use the name again.
  if (deployment.endedAt !== null) rest(draft);
  return { changes: draft.waves() };
}

function endFirst(draft: Draft, debts: number): void {
  const actions = allowedActions(draft.deployment, debts);
  if (actions.includes("stop")) draft.setDeployment({ stopAskedAt: draft.now });
  if (actions.includes("cancel")) draft.setDeployment({ cancelAskedAt: draft.now });
}

/**
 * Goes on with a rollback that got stuck: every machine that is left is asked to go again, now. `skip`: what it does not wait for any
 * more, by machine or instance; it stays in the ledger as debt and is tried on.
 */
export function askRetryRollback(
  snapshot: Snapshot,
  { by, now, skip = [] }: Asker & { readonly skip?: readonly string[] },
): Asked {
  const { deployment } = snapshot;
  if (!allowedActions(deployment, debtsOf(snapshot)).includes("retry_rollback")) {
    return notNow(deployment, "has no failed rollback to retry");
  }
  const draft = draftOf(snapshot, now);
  const left = openMachines(draft);
  const isMeant = (machine: Machine) => skip.includes(machine.id) || skip.includes(memberOf(machine));
  const strange = skip.find((name) => !left.some(({ id, instance }) => id === name || instance === name));
  if (strange !== undefined) return noSuchMachine(deployment, strange, left);
  draft.tell({ kind: "rollback_retry_asked", by });
  for (const machine of left.filter((one) => isMeant(one) && one.skippedAt === null)) {
    draft.setMachine(machine.id, { skippedAt: now });
    draft.tell({ kind: "machine_skipped", instance: memberOf(machine), machine: machine.id, by });
    owe(draft, draft.machine(machine.id));
  }
  draft.moveDeployment("rollback_retried", `asked by ${by}`);
  for (const machine of draft.machines()) {
    if (machine.debtSince === null) continue;
    draft.setMachine(machine.id, { ...dueNow(machine, now), ...(machine.state === "made" ? { call: "destroy" } : {}) });
  }
  return { changes: draft.waves() };
}

/** Tries one failed member again within the same attempt: what it left behind goes first; a stopped one is started. */
export function askRetryInstance(snapshot: Snapshot, asker: Asker & { readonly instance: string }): Asked {
  const { deployment, instances } = snapshot;
  const { by, now } = asker;
  const instance = instances.find((one) => one.name === asker.instance);
  if (instance === undefined) return noSuchInstance(snapshot, asker.instance);
  if (!mayRetry(deployment, instance)) {
    const only =
      deployment.studyUntil === null
        ? "only failed members of an incomplete one"
        : "it is held for study: release it first";
    return notNow(deployment, `cannot retry ${instance.name} (${instance.state}); ${only}`);
  }
  const draft = draftOf(snapshot, now);
  const machine = openMachineOf(draft, instance);
  // What is on its way out already, as after an update that made room with it and came to nothing, is not started any more.
  const isStart =
    instance.state === "stopped" && machine !== null && machine.debtSince === null && machine.undoAskedAt === null;
  const names = [instance.name];
  const kept = isStart ? null : refuseProtected(draft, { names, allowed: [] });
  if (kept !== null) return kept;
  if (deployment.state === "incomplete" && !isStart) return repairing(draft, { by, names });
  if (machine !== null && isEnded(instance)) {
    return notNow(
      deployment,
      `cannot retry ${instance.name}: its machine ${machine.id} turned up late and is not gone yet`,
    );
  }
  if (machine !== null && machine.debtSince !== null) {
    const text = `deployment ${deployment.name} cannot retry ${instance.name}: its machine ${machine.id} is not proven gone`;
    return { refused: { code: "has_debt", text: `${text}; retry the debt first` } };
  }
  draft.tell({ kind: "instance_retry_asked", instance: instance.name, by });
  // Asked for where it was refused before: whether there is room now is for the cloud to say.
  draft.putPlacement({ ...draft.placementOf(instance.name), refused: null });
  if (machine === null) resetInstance(draft, instance.name);
  else if (isStart) {
    // As if it had never run: it is on its way up again, and its start has a deadline.
    draft.setInstance(instance.name, { runningAt: null, fault: null });
    startMachine(draft, machine);
  } else {
    undoMachine(draft, machine, true);
    draft.moveInstance(instance.name, "undo_asked", "retried by hand");
  }
  return { changes: draft.waves() };
}

export interface RepairAsker extends Asker {
  readonly instances: readonly string[];
  /** Protected ones that may be replaced all the same. */
  readonly allowReplace: readonly string[];
}

/** Replaces these members, or all that have failed; what is being replaced already goes on. */
export function askRepair(snapshot: Snapshot, asker: RepairAsker): Asked {
  const { deployment, instances } = snapshot;
  const { by, now } = asker;
  const unknown = asker.allowReplace.find((name) => !instances.some((one) => one.name === name));
  if (unknown !== undefined) return noSuchInstance(snapshot, unknown);
  for (const name of asker.instances) {
    const instance = instances.find((one) => one.name === name);
    if (instance === undefined) return noSuchInstance(snapshot, name);
    if (!mayRepair(deployment, instance) && !isInRepair(deployment, instance)) {
      return notNow(
        deployment,
        `cannot repair ${name} (${instance.state}); only members that run or have failed, of one that is up`,
      );
    }
  }
  const meant = instances.filter(({ name }) => asker.instances.length === 0 || asker.instances.includes(name));
  const due = meant.filter((one) => mayRepair(deployment, one) && (asker.instances.length > 0 || isDead(one)));
  if (due.length === 0 && meant.some((one) => isInRepair(deployment, one))) return { changes: [] };
  if (due.length === 0) return notNow(deployment, "has no failed instance to repair");
  const draft = draftOf(snapshot, now);
  const names = due.map(({ name }) => name);
  return refuseProtected(draft, { names, allowed: asker.allowReplace }) ?? repairing(draft, { by, names });
}

function refuseProtected(
  draft: Draft,
  { names, allowed }: { readonly names: readonly string[]; readonly allowed: readonly string[] },
): Asked | null {
  const kept = names.find((name) => !allowed.includes(name) && isProtected(draft.spec(name), draft.instance(name)));
  if (kept === undefined) return null;
  const text = `deployment ${draft.deployment.name}: ${kept} is ${protectedText(draft.deployment.name, kept)}`;
  return { refused: { code: "protected", text } };
}

const isInRepair = ({ state }: Deployment, { repairSince }: Instance): boolean =>
  state === "incomplete" && repairSince !== null;

function repairing(draft: Draft, { by, names }: { readonly by: string; readonly names: readonly string[] }): Asked {
  const worn = names.find((name) => isWornOut(draft, name));
  if (worn !== undefined) return notNow(draft.deployment, `cannot repair ${worn}: ${wornOutText(worn)}`);
  for (const instance of names) {
    draft.tell({ kind: "repair_begun", instance, by, reason: null, nth: null, most: null });
    beginRepair(draft, instance, { asksFirst: true });
  }
  return { changes: draft.waves() };
}

export function noSuchInstance({ deployment, instances }: Snapshot, asked: string): Asked {
  const names = instances.map(({ name }) => name);
  const meant = meantBy(asked, names);
  const text = `deployment ${deployment.name} has no instance ${asked}${meant === null ? "; it" : `: ${meant} It`} has ${names.join(", ")}`;
  return { refused: { code: "no_such_instance", text } };
}

function noSuchMachine({ name }: Deployment, asked: string, left: readonly Machine[]): Asked {
  const names = left.map((machine) => `${memberOf(machine)} (${machine.id})`);
  const meant = meantBy(asked, [...left.map(memberOf), ...left.map(({ id }) => id)]);
  const text = `deployment ${name} has no machine ${asked} left${meant === null ? "; it" : `: ${meant} It`} waits for ${names.join(", ")}`;
  return { refused: { code: "no_such_machine", text } };
}

export function notNow(deployment: Deployment, what: string): { readonly refused: RequestRefusal } {
  const text = `deployment ${deployment.name} is ${deployment.state} and ${what}`;
  return { refused: { code: "not_in_this_state", text } };
}
