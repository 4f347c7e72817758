// A failed attempt may stay as it is for a while, so that people can look at what has come up (`launch.onFailure: { hold: … }`). Its deployment
// stays pending, nothing new is asked for, and the launch's deadline stands still; then it is rolled back as it would have been at once.

import type { Draft } from "./draft.ts";
import { openMachines, undoMachine } from "./undo.ts";

/** True when the attempt that has just failed stays. Where nothing is left of it there is nothing to look at. */
export function beginStudy(draft: Draft): boolean {
  const { studyMs } = draft.deployment.blueprint.policy;
  if (studyMs === null) return false;
  withdrawUnsent(draft);
  const kept = openMachines(draft).filter(({ undoAskedAt }) => undoAskedAt === null);
  if (kept.length === 0) return false;
  const endsAt = draft.now + studyMs;
  draft.setDeployment({ studySince: draft.now, studyUntil: endsAt });
  const { failure } = draft.deployment;
  const prices = kept.map(({ hourlyMicros }) => hourlyMicros).filter((micros) => micros !== null);
  const hourlyMicros = prices.reduce((sum, micros) => sum + micros, 0);
  draft.tell({ kind: "study_begun", endsAt, reason: failure, hourlyMicros, unpriced: kept.length - prices.length });
  return true;
}

/** One look at a failed attempt that stays. */
export function goOnStudying(draft: Draft): void {
  const { studyUntil, cancelAskedAt, failure } = draft.deployment;
  withdrawUnsent(draft);
  if (cancelAskedAt !== null) {
    draft.setDeployment({ relaunch: false, failure: "cancelled" });
    return endStudy(draft, "cancelled");
  }
  if (draft.now >= Number(studyUntil)) endStudy(draft, failure);
}

function endStudy(draft: Draft, reason: string | null): void {
  const { studySince, studiedMs } = draft.deployment;
  const studied = studiedMs + Math.max(0, draft.now - Number(studySince));
  draft.setDeployment({ studySince: null, studyUntil: null, studiedMs: studied });
  draft.moveDeployment("rollback_begun", reason);
}

/** Nothing new is asked for: neither what waits for its turn, nor what its cloud would not make just now. */
function withdrawUnsent(draft: Draft): void {
  for (const machine of openMachines(draft)) {
    if (machine.state === "intent" && machine.sentAt === null) undoMachine(draft, machine, false);
  }
}
