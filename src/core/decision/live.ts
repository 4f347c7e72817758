// Live checks: whether a member that its cloud shows running does what it is there for. One that fails so often in a row counts as dead: it
// is up no more, and is repaired where its blueprint says so; else it is waited for (docs/adr/0025-live-checks.md).

import type { Instance } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { deadText } from "./failure.ts";

/** So many that all fail at once, and none that passes, say more about the way there than about them. */
const SILENT_LEAST = 5;

/** Begins the checks of members that have come up. */
export function keepLive(draft: Draft): void {
  for (const instance of draft.instances()) {
    const { name, state, readyAt, deadSince, probeAt } = instance;
    const { live } = draft.spec(name);
    const isChecked = live !== null && state === "running" && (readyAt !== null || deadSince !== null);
    if (isChecked && !isRebooted(draft, instance) && probeAt === null)
      draft.setInstance(name, { probeAt: draft.now + live.periodMs });
  }
}

/** While a member is rebooted nothing is told by whether it answers. */
const isRebooted = (draft: Draft, instance: Instance): boolean =>
  (draft.machineOf(instance)?.rebootUntil ?? null) !== null;

/** What a check has left on the row of its instance is carried out: it counts as dead, or is up again. */
export function judgeLive(draft: Draft, instance: Instance): void {
  const { name, state, readyAt, deadSince, missed } = instance;
  const { live } = draft.spec(name);
  if (live === null || state !== "running" || isRebooted(draft, instance)) return;
  if (readyAt !== null && missed >= live.failures) {
    draft.setInstance(name, { readyAt: null, deadSince: draft.now });
    draft.tell({ kind: "live_lost", instance: name, reason: deadText(instance) });
  }
  if (deadSince !== null && missed === 0) {
    draft.setInstance(name, { readyAt: draft.now, deadSince: null });
    draft.tell({ kind: "live_back", instance: name });
  }
}

/** Why a member that runs and does not answer is left alone for now; null: it is dead by itself. */
export function silenceHold(draft: Draft, { name, deadSince }: Instance): string | null {
  if (deadSince === null) return null;
  if (isRebooted(draft, draft.instance(name))) return "it is being rebooted";
  const lost = draft.spec(name).dependsOn.find((on) => draft.instance(on).readyAt === null);
  if (lost !== undefined) return `${lost}, which it needs, is not up`;
  const checked = draft.instances().filter((one) => draft.spec(one.name).live !== null && one.state === "running");
  const isSilent = checked.length >= SILENT_LEAST && checked.every((one) => one.deadSince !== null);
  return isSilent
    ? `none of ${checked.length} members that are checked answers, so that it may be the way there`
    : null;
}
