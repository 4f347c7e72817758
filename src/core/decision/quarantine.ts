// The machine that an attempt failed for may be kept alone for a while (`launch.quarantine`), so that people can look at it: the rest is
// rolled back, and the launch goes on elsewhere. Its row says until when; at its end it is undone as it would have been at once.

import { countedFrom, UNPROBED } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { invariant } from "../invariant.ts";
import { type Machine, memberOf } from "../machine.ts";
import type { Market } from "../market/market.ts";
import type { Snapshot } from "../snapshot.ts";
import { INSTANCE, isOpen, next } from "../states.ts";
import type { QuarantineEnd } from "../story/event.ts";
import { timeText } from "../story/times.ts";
import { undoInstance, undoMachine } from "./undo.ts";

export const isQuarantined = ({ quarantinedUntil }: Pick<Machine, "quarantinedUntil">): boolean =>
  quarantinedUntil !== null;

type Rows = Pick<Snapshot, "deployment" | "attempts" | "instances" | "machines">;

/** What is to be kept of an attempt that has just begun to be rolled back; null: nothing, or it is kept, or has been. */
export function toBeKept({ deployment, attempts, instances, machines }: Rows): Machine | null {
  const { attemptNo, blueprint, cancelAskedAt } = deployment;
  if (blueprint.policy.quarantineMs === null || cancelAskedAt !== null) return null;
  const attempt = attempts.find(({ no }) => no === attemptNo);
  if (attempt?.outcome !== "failed") return null;
  const failed = instances.find(({ name }) => name === attempt.failedInstance);
  const machine = machines.find(({ id }) => id === failed?.machine);
  if (machine?.state !== "made" || machine.externalId === null) return null;
  return machine.undoAskedAt === null && !isQuarantined(machine) ? machine : null;
}

export const toBeKeptOf = (draft: Draft): Machine | null =>
  toBeKept({
    deployment: draft.deployment,
    attempts: draft.attempts(),
    instances: draft.instances(),
    machines: draft.machines(),
  });

/** No longer than its pool lets machines be kept by now. */
export function beginQuarantine(draft: Draft, { id, hourlyMicros, ...machine }: Machine, { pool }: Market): void {
  const { quarantineMs } = draft.deployment.blueprint.policy;
  invariant(quarantineMs !== null, `${id} is to be kept, and nobody says how long`);
  const endsAt = draft.now + Math.min(quarantineMs, pool.maxQuarantineMs ?? quarantineMs);
  draft.setMachine(id, { quarantinedUntil: endsAt });
  const instance = memberOf({ id, ...machine });
  const { failure: reason } = draft.deployment;
  draft.tell({ kind: "quarantine_begun", instance, machine: id, endsAt, reason, hourlyMicros });
  // Whatever is seen of the machine meanwhile, the instance has failed: it does not come up by it any more.
  if (next(INSTANCE, draft.instance(instance).state, "step_failed") === undefined) return;
  draft.moveInstance(instance, "step_failed", reason);
  draft.setInstance(instance, { readyAt: null, ...UNPROBED });
}

/** Undoes what has been kept for long enough, or whose deployment is ended. A cancelled update ends none. */
export function endQuarantines(draft: Draft): void {
  for (const machine of draft.machines().filter(isQuarantined)) {
    const why = whyOver(draft, Number(machine.quarantinedUntil));
    if (why !== null) endQuarantine(draft, machine, { why, by: null });
  }
}

function whyOver(draft: Draft, until: number): QuarantineEnd | null {
  const { deleteAskedAt, stopAskedAt, cancelAskedAt } = draft.deployment;
  if (deleteAskedAt !== null) return "deleted";
  if (stopAskedAt !== null) return "stopped";
  if (cancelAskedAt !== null && draft.attempt().outcome !== "succeeded") return "cancelled";
  return draft.now >= countedFrom(draft.deployment, until) ? "time" : null;
}

export function endQuarantine(
  draft: Draft,
  { id, ...machine }: Machine,
  how: { readonly why: QuarantineEnd; readonly by: string | null },
): void {
  draft.setMachine(id, { quarantinedUntil: null });
  draft.tell({ kind: "quarantine_ended", instance: memberOf({ id, ...machine }), machine: id, ...how });
  undoMachine(draft, draft.machine(id), true);
  // Launched anew, it has another machine.
  const own = draft.instances().find((instance) => instance.machine === id);
  if (own !== undefined) undoInstance(draft, own);
}

/** When those that are kept are to go. */
export function quarantineTimes(draft: Draft): readonly number[] {
  return draft
    .machines()
    .flatMap(({ quarantinedUntil: until }) => (until === null ? [] : [countedFrom(draft.deployment, until)]));
}

/** What the rollback of the present attempt passes by: "but for machine dep-web-1 of web, kept until 12:00". */
export function keptTexts(draft: Draft): readonly string[] {
  return draft
    .machines()
    .filter((machine) => machine.attemptNo === draft.deployment.attemptNo && isOpen(machine) && isQuarantined(machine))
    .map((machine) => {
      const until = timeText(Number(machine.quarantinedUntil));
      return `complete but for machine ${machine.id} of ${memberOf(machine)}, kept in quarantine until ${until}`;
    });
}
