// Parking a deployment for which nothing can be decided; how that goes on is in core/decision/parking.ts.

import { nextDeadline } from "../core/decision/decide.ts";
import type { DeploymentId } from "../core/ids.ts";
import { park } from "../core/decision/parking.ts";
import { type AwayReason, StoreAway } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { sealChanges } from "../ports/sealing.ts";

/** What a database may have against the size of what it is given. */
export const TOO_MUCH: ReadonlySet<AwayReason> = new Set(["busy", "no_memory"]);

const OWN_MISTAKE = "a mistake of its own, which its log tells in full";

export async function putOff(deps: EngineDeps, id: DeploymentId, error: unknown): Promise<void> {
  const deadlineAt = await deadlineOf(deps, id);
  const text = error instanceof StoreAway ? error.message : OWN_MISTAKE;
  const parked = await deps.store.write(async (tx) => {
    const { now } = await tx.lock([id]);
    const deployment = await tx.deployment(id);
    if (deployment === null) return null;
    const waves = park(deployment, now, { text, deadlineAt });
    for (const changes of waves) await tx.apply([sealChanges(deps.secrets, changes)]);
    return waves.at(-1)?.deployment ?? null;
  });
  const { tries = 0 } = parked?.parked ?? {};
  const { traceparent = null } = parked ?? {};
  deps.events.deploymentParked({ id, traceparent }, { tries, nextTryAt: parked?.wakeAt ?? null }, error);
}

/** Its rows may be what cannot be read or understood: then nobody knows, and the next try comes soon enough. */
async function deadlineOf(deps: EngineDeps, id: DeploymentId): Promise<number | null> {
  try {
    return await deps.store.read(async (tx) => {
      const snapshot = await tx.snapshot(id);
      return snapshot === null ? null : nextDeadline(snapshot, await tx.now());
    });
  } catch (error) {
    if (error instanceof StoreAway && !TOO_MUCH.has(error.reason)) throw error;
    return null;
  }
}
