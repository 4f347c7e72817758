// The way back: everything of the attempt is undone and proven gone, then the whole is launched on the next match or given up.

import { beginAttempt, choose, giveUp } from "./choose.ts";
import { type DeploymentHead, launchDeadline } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { blame, blameOthers, endAttempt, type Ending } from "./failure.ts";
import { expiries } from "../market/blocks.ts";
import { owedText } from "../story/owed.ts";
import { beginQuarantine, keptTexts, toBeKeptOf } from "./quarantine.ts";
import { beginStudy } from "./study.ts";
import type { Surroundings } from "../snapshot.ts";
import { awaitedMachines, followGone, isUndoLate, openDebt, openMachines, undoAttempt } from "./undo.ts";

/** Ends the attempt and begins to haul everything back, at once or after its study. `final`: no relaunch after it. */
export function beginRollback(draft: Draft, around: Surroundings, ending: Ending & { final: boolean }): void {
  endAttempt(draft, ending);
  blame(draft, around);
  if (ending.instance !== null) blameOthers(draft, ending.instance);
  draft.setDeployment({ relaunch: !ending.final, failure: ending.reason });
  if (ending.outcome === "failed" && beginStudy(draft)) return;
  draft.moveDeployment("rollback_begun", ending.reason);
}

/** `market`: says how long its pool lets the machine be kept that the attempt has failed for. Without it, it comes again with one. */
export function rollBack(draft: Draft, { market }: Pick<Surroundings, "market">): void {
  const kept = toBeKeptOf(draft);
  if (kept !== null) {
    if (market === null) return;
    beginQuarantine(draft, kept, market);
  }
  const isOver = undoAttempt(draft, true);
  const left = openMachines(draft).length;
  if (isOver || isGivenUp(draft)) {
    const beside = [...(left === 0 ? [] : [`left behind as debt: ${owedText(left)}`]), ...keptTexts(draft)];
    return draft.moveDeployment("rolled_back", beside.length === 0 ? null : beside.join("; "));
  }
  if (!isUndoLate(draft)) return;
  openDebt(draft);
  const goesOn = isToGoOnBeside(draft.deployment) && endOfTheRoad(draft.deployment, draft.now) === null;
  const beside = goesOn ? "; going on elsewhere all the same, as soon as an account can host it" : "";
  draft.moveDeployment("rollback_stuck", owedText(left) + beside);
}

/** A person has asked to delete it with its debt: nobody waits for what is left, which stays in the ledger and is tried on. */
function isGivenUp(draft: Draft): boolean {
  const { deleteAskedAt, abandonDebt } = draft.deployment;
  return deleteAskedAt !== null && abandonDebt && openMachines(draft).every(({ debtSince }) => debtSince !== null);
}

export function afterRollback(draft: Draft, around: Surroundings): void {
  const end = endOfTheRoad(draft.deployment, draft.now);
  if (end !== null) {
    draft.setDeployment({ failure: end.why });
    return draft.moveDeployment(end.move, end.why);
  }
  const found = choose(draft, around);
  if (found === null) return;
  const [match] = found.matches;
  if (match === undefined) return giveUp(draft, found.refused);
  leaveBehind(draft);
  beginAttempt(draft, found, { match, move: "relaunched" });
}

/** Machines that are not proven gone keep none of their instances from being launched anew. */
function leaveBehind(draft: Draft): void {
  for (const { name, state } of draft.instances()) {
    if (state === "shutting_down") draft.moveInstance(name, "undo_stuck", "left behind as debt");
  }
}

interface End {
  readonly move: "gave_up" | "cancelled";
  readonly why: string | null;
}

/** Why there is no further attempt; null when there may be one. */
function endOfTheRoad(deployment: DeploymentHead, now: number): End | null {
  const { cancelAskedAt, relaunch, attemptNo, blueprint, failure } = deployment;
  const { maxAttempts } = blueprint.policy;
  if (cancelAskedAt !== null) return { move: "cancelled", why: "cancelled" };
  const givenUp = (why: string | null): End => ({ move: "gave_up", why });
  if (!relaunch) return givenUp(failure);
  if (attemptNo >= maxAttempts) return givenUp(`${failure}; this was attempt ${attemptNo}, the last one allowed`);
  if (now >= launchDeadline(deployment)) return givenUp(`${failure}; the launch's time is up`);
  return null;
}

/** A rollback that did not get through: debt that clears lets it go on; by policy the launch goes on beside the debt. */
export function stuckRollback(draft: Draft, around: Surroundings): void {
  followGone(draft);
  if (awaitedMachines(draft).length === 0) return draft.moveDeployment("rollback_retried", "the debt has cleared");
  if (isGivenUp(draft)) return draft.moveDeployment("rollback_retried", "its debt is left behind");
  if (!isToGoOnBeside(draft.deployment)) return;
  const end = endOfTheRoad(draft.deployment, draft.now);
  if (end !== null) return stopSeeking(draft, end);
  const found = choose(draft, around);
  const match = found?.matches[0];
  if (found === null || match === undefined) return;
  leaveBehind(draft);
  beginAttempt(draft, found, { match, move: "relaunched" });
}

const isToGoOnBeside = ({ blueprint }: DeploymentHead): boolean => blueprint.policy.onRollbackFailure === "continue";

/** Told once, so that whoever waits for the launch knows that there is nothing to wait for but its debt. */
function stopSeeking(draft: Draft, { why }: End): void {
  if (!draft.deployment.relaunch) return;
  draft.setDeployment({ failure: why, relaunch: false });
  draft.tell({ kind: "seeking_ended", reason: why });
}

/** How often a launch that may go on looks whether an account can host it: others free quota, recover, or join the pool. */
const LOOK_AGAIN_MS = 30_000;

/** Until when a launch whose rollback got stuck looks for an account that can host it, beside the debt; null when it does not. */
export function seeksUntil(deployment: DeploymentHead): number | null {
  const { state, createdAt } = deployment;
  if (state !== "rollback_failed" || !isToGoOnBeside(deployment)) return null;
  return endOfTheRoad(deployment, createdAt) === null ? launchDeadline(deployment) : null;
}

/** When a rollback that got stuck looks for a match again; without the market at once, to come again with one. */
export function looksForMatch({ deployment, now }: Draft, { market }: Pick<Surroundings, "market">): number[] {
  const until = seeksUntil(deployment);
  if (until === null) return [];
  if (market === null) return [now, until];
  return [until, now + LOOK_AGAIN_MS, ...expiries(market.blocks, now)];
}
