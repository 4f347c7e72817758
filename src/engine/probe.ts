// Readiness checks from outside. A check that fails only sets the time of the next; a check that passes is recorded.

import type { Readiness } from "../core/blueprint/model.ts";
import { recordProbe } from "../core/record.ts";
import { probePauseMs } from "../core/tracking.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { ClaimedProbe } from "../ports/store.ts";
import type { Clouds } from "./clouds.ts";
import { Overdue, within } from "./deadline.ts";
import type { EngineDeps } from "./deps.ts";
import type { Work } from "./pump.ts";
import { sealChanges } from "./sealing.ts";

const BOUND = 64;
/** One try over the network, and one through a cloud's own way. */
const DIRECT_MS = 2_000;
const CLOUD_MS = 5_000;
const CLAIM_MS = CLOUD_MS + 10_000;

export type ProbeDeps = EngineDeps & { readonly clouds: Clouds; readonly cut: AbortSignal };

export function probeWork(deps: ProbeDeps): Work {
  return {
    kind: "probe",
    bound: BOUND,
    async take(free) {
      const claims = await deps.store.write((tx) => tx.claimProbes(free, CLAIM_MS));
      const tasks = claims.map((claim) => ({ row: claim.machine.id, run: () => perform(deps, claim) }));
      return { rows: claims.length, tasks };
    },
  };
}

async function perform(deps: ProbeDeps, claim: ClaimedProbe): Promise<void> {
  const passed = await isReady(deps, claim);
  await deps.store.write(async (tx) => {
    const { now, ids } = await tx.lock([claim.deployment]);
    const nextAt = passed ? null : now + probePauseMs(claim.probeNo);
    if (!(await tx.endProbe(claim, nextAt)) || !passed) return;
    for (const snapshot of await tx.snapshots(ids)) {
      const waves = recordProbe(snapshot, { machine: claim.machine.id, passed }, now);
      for (const changes of waves) await tx.apply([sealChanges(deps.secrets, changes)]);
    }
  });
}

/** One try. Whatever goes wrong, the machine is not ready yet: its deadline is judged elsewhere. */
async function isReady(deps: ProbeDeps, { machine, ready }: ClaimedProbe): Promise<boolean> {
  const { clock, cut, reach } = deps;
  const { externalId } = machine;
  try {
    const { cloud } = await deps.clouds.open(machine.account);
    const address = machine.publicAddress ?? machine.privateAddress;
    if (cloud.probe !== undefined) {
      if (externalId === null) return false;
      const limit = { clock, cut, ms: CLOUD_MS };
      return (await within(limit, async (signal) => cloud.probe?.(externalId, ready, signal))) ?? false;
    }
    if (address === null || !hasPort(ready)) return false;
    return await within({ clock, cut, ms: DIRECT_MS }, (signal) => reach.answers(address, ready, signal));
  } catch (error) {
    if (error instanceof Overdue || error instanceof ProviderFault) return false;
    throw error;
  }
}

function hasPort(ready: Readiness): ready is Extract<Readiness, { port: number }> {
  return "port" in ready;
}
