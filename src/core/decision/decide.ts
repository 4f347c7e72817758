// The one decision: given a deployment as stored and the time, what changes now. Pure, and level-triggered: it looks at the
// state alone, so running it twice does nothing twice, and it does not matter what woke it.

import { beginAttempt, choose, giveUp } from "./choose.ts";
import { stepOf } from "./deadlines.ts";
import { launchDeadline, updateDeadline } from "../deployment.ts";
import { type Draft, draftOf } from "./draft.ts";
import { blame, failureText, hasFailed, isRefusal, isUntold } from "./failure.ts";
import { launchRound } from "./launch.ts";
import { leaseTimes } from "./lease.ts";
import { isPutBack, repairTimes, wantsRepair } from "./repair.ts";
import { freedMembers, placelessMembers, placeTimes } from "./remove-first.ts";
import { replaceRefused } from "./replace.ts";
import { afterRollback, beginRollback, looksForMatch, rollBack, stuckRollback } from "./rollback.ts";
import {
  becomeIncomplete,
  becomeRunning,
  isUp,
  lateText,
  rest,
  shutDown,
  watchIncomplete,
  watchRunning,
} from "./settled.ts";
import { brief } from "../story/brief.ts";
import { endQuarantines, quarantineTimes, toBeKept, toBeKeptOf } from "./quarantine.ts";
import { goOnStudying } from "./study.ts";
import type { Changes, Snapshot, Surroundings } from "../snapshot.ts";
import type { DeploymentState } from "../states.ts";
import { warnNear } from "./warn.ts";
import { goBack, goOnUpdate } from "./update.ts";
import { openLateDebt, openMachineOf, releasePlacements, undoDeadline, undoDeadlines } from "./undo.ts";
import { endWishes, wishTimes } from "../world/reboot.ts";

/** A decision goes through a few states at most (asked → refused → all gone → complete); more is a bug, ended here. */
const ROUNDS_MOST = 8;

const STEPS: Readonly<Record<DeploymentState, (draft: Draft, around: Surroundings) => void>> = {
  new: begin,
  pending: goOn,
  running: watchRunning,
  incomplete: watchIncomplete,
  updating: goOnUpdate,
  reverting: goBack,
  rollback_in_progress: rollBack,
  rollback_complete: afterRollback,
  rollback_failed: stuckRollback,
  shutting_down: shutDown,
  stopped: rest,
  failed: rest,
};

/** What might be carried further by what was right at the time of a backup. */
export const ON_ITS_WAY: ReadonlySet<DeploymentState> = new Set([
  "new",
  "pending",
  "updating",
  "reverting",
  "rollback_in_progress",
  "rollback_complete",
  "rollback_failed",
  "shutting_down",
]);

/** What changes for this deployment now, in waves (see draft.ts). The returned deployment carries the time of its next wake-up. */
export function decide(snapshot: Snapshot, now: number, around: Surroundings): readonly Changes[] {
  const draft = draftOf(snapshot, now);
  decideIn(draft, around);
  return draft.waves();
}

/** The same for what has just been recorded in it. */
export function decideIn(draft: Draft, around: Surroundings): void {
  const { resumedAt } = draft.deployment;
  // Clouds and ledger are compared first.
  if (resumedAt !== null && draft.now < resumedAt && ON_ITS_WAY.has(draft.deployment.state)) {
    return draft.setDeployment({ wakeAt: resumedAt });
  }
  openLateDebt(draft);
  endWishes(draft);
  endQuarantines(draft);
  for (let round = 0; round < ROUNDS_MOST; round += 1) {
    const { state } = draft.deployment;
    STEPS[state](draft, around);
    if (draft.deployment.state === state) break;
    // What this decision blocks, suspends and gives back must be in the market that the next choice sees.
    if (draft.deployment.state === "rollback_complete") break;
    const isUnderWay = state === "pending" || state === "reverting";
    if (isUnderWay && wantsRepair({ deployment: draft.deployment, instances: draft.instances() })) break;
  }
  releasePlacements(draft);
  if (around.market !== null) warnNear(draft, around.market, draft.placementsBefore);
  draft.setDeployment({ wakeAt: wakeTime(draft, around), parked: null });
}

/** When the next of its deadlines ends, as it is stored; null when none is ahead. */
export function nextDeadline(snapshot: Snapshot, now: number): number | null {
  const draft = draftOf(snapshot, now);
  const ahead = [...stateTimes(draft, { market: null }), ...machineTimes(draft)].filter((at) => at > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** True when the decision may choose an account or block one, so that the market must be read (and its accounts locked). */
export function needsMarket(snapshot: Snapshot): boolean {
  const { deployment, instances } = snapshot;
  switch (deployment.state) {
    case "new":
    case "rollback_complete":
      return deployment.cancelAskedAt === null;
    case "pending":
      return deployment.studyUntil === null && instances.some((one) => hasFailed(one) || one.state === "shutting_down");
    case "updating":
      if (deployment.removingAt !== null) return false;
      if (instances.some((one) => hasFailed(one) || one.state === "shutting_down")) return true;
      return freedMembers(draftOf(snapshot, deployment.since)).length > 0;
    case "rollback_failed":
      return deployment.blueprint.policy.onRollbackFailure === "continue";
    case "incomplete": {
      const draft = draftOf(snapshot, deployment.since);
      if (wantsRepair(snapshot) || placelessMembers(draft).length > 0) return true;
      return instances.some((one) => one.runningAt === null && isUntold(draft, one));
    }
    case "rollback_in_progress":
      return toBeKept(snapshot) !== null;
    case "reverting":
    case "running":
    case "shutting_down":
    case "stopped":
    case "failed":
      return false;
  }
}

/** True when the decision may ask for machines, so that secret parameters must be opened. */
export function needsSecrets({ deployment }: Snapshot): boolean {
  return deployment.endedAt === null && deployment.state !== "running" && deployment.state !== "shutting_down";
}

function begin(draft: Draft, around: Surroundings): void {
  if (draft.deployment.cancelAskedAt !== null) {
    draft.setDeployment({ failure: "cancelled" });
    draft.moveDeployment("launch_begun", "cancelled");
    return draft.moveDeployment("cancelled", "cancelled");
  }
  const found = choose(draft, around);
  if (found === null) return;
  const [match] = found.matches;
  if (match !== undefined) return beginAttempt(draft, found, { match, move: "launch_begun" });
  draft.moveDeployment("launch_begun", null);
  giveUp(draft, found.refused);
}

/** One look at a launch under way: cancelled, out of time, failed, settled, or one round further. */
function goOn(draft: Draft, around: Surroundings): void {
  const { cancelAskedAt, blueprint, partial, studyUntil } = draft.deployment;
  if (studyUntil !== null) return goOnStudying(draft);
  const nobody = { instance: null, fault: null };
  if (cancelAskedAt !== null) {
    return beginRollback(draft, around, { outcome: "cancelled", reason: "cancelled", ...nobody, final: true });
  }
  const { launchMs } = blueprint.policy.deadlines;
  if (draft.now >= launchDeadline(draft.deployment)) {
    if (partial && draft.instances().some(isUp)) return becomeIncomplete(draft, around);
    const reason = brief(`the launch took longer than ${Math.round(launchMs / 60_000)} min${lateText(draft)}`);
    return beginRollback(draft, around, { outcome: "failed", reason, ...nobody, final: true });
  }
  replaceRefused(draft, around);
  // A launch that goes on without what was refused tells the others all the same.
  if (partial) blame(draft, around);
  if (!partial && failWhole(draft, around)) return;
  launchRound(draft, around);
  if (draft.instances().every(isUp)) return becomeRunning(draft);
  if (!partial) return void failWhole(draft, around);
  if (!isSettled(draft)) return;
  if (draft.instances().some(isUp)) return becomeIncomplete(draft, around);
  failWhole(draft, around);
}

/**
 * Fails the attempt, if an instance has failed: for the first that would fail everywhere, else for the first that failed otherwise than by a
 * refusal, which is remembered by itself, else for the first.
 */
function failWhole(draft: Draft, around: Surroundings): boolean {
  const all = draft.instances().filter(hasFailed);
  const hopeless = all.find(({ fault }) => fault?.scope === "deployment");
  const failed = hopeless ?? all.find(({ fault }) => !isRefusal(fault)) ?? all[0];
  if (failed === undefined) return false;
  const { name: instance, fault } = failed;
  const final = hopeless !== undefined;
  beginRollback(draft, around, {
    outcome: "failed",
    reason: failureText(failed, draft.attempt().accountName),
    instance,
    fault,
    final,
  });
  return true;
}

/** Nothing is on its way any more: each instance is up, has failed, or waits for one that has. */
function isSettled(draft: Draft): boolean {
  const dead = new Set(
    draft
      .instances()
      .filter(hasFailed)
      .map(({ name }) => name),
  );
  for (const { name, dependsOn } of draft.deployment.blueprint.instances) {
    if (draft.instance(name).state === "new" && dependsOn.some((on) => dead.has(on))) dead.add(name);
  }
  return draft.instances().every((instance) => isUp(instance) || dead.has(instance.name));
}

/** When time alone, or what others do, may change something; null only where nothing but a record of its own can. */
function wakeTime(draft: Draft, around: Surroundings): number | null {
  const times = [...stateTimes(draft, around), ...machineTimes(draft), ...wishTimes(draft)];
  return times.length === 0 ? null : Math.min(...times);
}

/** Of machines that are to be gone by then, or to go, whatever the deployment does. */
const machineTimes = (draft: Draft): readonly number[] => [
  ...undoDeadlines(draft).map(({ at }) => at),
  ...quarantineTimes(draft),
];

function stateTimes(draft: Draft, around: Pick<Surroundings, "market">): readonly number[] {
  const { state } = draft.deployment;
  switch (state) {
    case "new":
    case "rollback_complete":
      // At once, unless the choice waits for accounts that are asked for images.
      return [draft.deployment.wakeAt].filter((at) => at !== null);
    case "pending":
      if (draft.deployment.studyUntil !== null) return [draft.deployment.studyUntil];
      return [launchDeadline(draft.deployment), ...stepDeadlines(draft)];
    case "incomplete":
      if (isPutBack(draft)) return [...leaseTimes(draft), Number(draft.deployment.resumedAt)];
      return [
        ...leaseTimes(draft),
        ...stepDeadlines(draft),
        ...repairTimes(draft, around),
        ...placeTimes(draft, around),
      ];
    case "updating":
      if (draft.deployment.removingAt !== null) return leaseTimes(draft);
      return [
        ...leaseTimes(draft),
        updateDeadline(draft.deployment),
        ...stepDeadlines(draft),
        ...placeTimes(draft, around),
      ];
    case "reverting":
      // From then on each machine has its own.
      return [...leaseTimes(draft), ...[undoDeadline(draft.deployment)].filter((at) => at > draft.now)];
    case "rollback_in_progress":
      return [undoDeadline(draft.deployment), ...(toBeKeptOf(draft) === null ? [] : [draft.now])];
    case "shutting_down":
      return [undoDeadline(draft.deployment)];
    case "rollback_failed":
      return looksForMatch(draft, around);
    case "running":
      return leaseTimes(draft);
    case "stopped":
    case "failed":
      return [];
  }
}

function stepDeadlines(draft: Draft): number[] {
  return draft
    .instances()
    .map((instance) => stepOf(draft.deployment, instance, openMachineOf(draft, instance))?.at ?? null)
    .filter((at) => at !== null);
}
