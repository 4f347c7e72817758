// Readiness checks from outside. A check that fails sets the time of the next and is kept as the last answer; a check that passes is
// recorded.

import { refOf } from "../core/machine.ts";
import type { Readiness } from "../core/blueprint/model.ts";
import { UNPROBED } from "../core/deployment.ts";
import { recordProbe } from "../core/world/record.ts";
import { redactFault } from "../core/secrecy/redact.ts";
import { probePauseMs } from "../core/world/tracking.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { Probed } from "../ports/reach.ts";
import type { ClaimedProbe } from "../ports/claims.ts";
import type { Clouds } from "./clouds.ts";
import { CutShort, Overdue, within } from "./deadline.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { type Patience, patiently, patientStore } from "./patience.ts";
import type { Work } from "./pump.ts";
import { sealChanges } from "../ports/sealing.ts";

const BOUND = 64;
/** One try over the network, and one through a cloud's own way. */
const DIRECT_MS = 2_000;
const CLOUD_MS = 5_000;
const CLAIM_MS = CLOUD_MS + 10_000;
/** A machine runs before its guest has asked for an address, and only lists tell that one. No more than one list of an account a second for that. */
const ADDRESS_MS = 1_000;

export type ProbeDeps = EngineDeps & { readonly clouds: Clouds; readonly cut: AbortSignal };

export function probeWork(deps: ProbeDeps): Work {
  return {
    kind: "probe",
    bound: BOUND,
    async take(free) {
      // Read before the claim is taken, so the age is never measured too short.
      const expiresAt = deps.clock.monotonic() + CLAIM_MS;
      const claims = await deps.store.write((tx) => tx.claimProbes(free, CLAIM_MS));
      const tasks = claims.map((claim) => ({
        row: claim.machine.id,
        run: () => perform(deps, claim, { ...deps, expiresAt, key: claim.machine.id }),
      }));
      return { rows: claims.length, tasks };
    },
  };
}

async function perform(deps: ProbeDeps, claim: ClaimedProbe, patience: Patience): Promise<void> {
  const probed = await patiently(patience, () => probe(deps, claim));
  const { passed } = probed;
  await patientStore(deps.store, patience).write(async (tx) => {
    const { now, ids } = await tx.lock([claim.deployment]);
    const next = probed.passed ? UNPROBED : { probeAt: now + probePauseMs(claim.probeNo), probeAnswer: probed.answer };
    if (!(await tx.endProbe(claim, next))) return;
    if (probed === NO_ADDRESS) await tx.pollBy(claim.machine.account, now + ADDRESS_MS);
    if (!passed) return;
    for (const snapshot of await tx.snapshots(ids)) {
      const waves = recordProbe(snapshot, { machine: claim.machine.id, passed }, now);
      for (const changes of waves) await tx.apply([sealChanges(deps.secrets, changes)]);
    }
  });
}

/** One try. Whatever goes wrong, the machine is not ready yet, and what was met is worth knowing: its deadline is judged elsewhere. */
async function probe(deps: ProbeDeps, { machine, ready }: ClaimedProbe): Promise<Probed> {
  const { clock, cut, reach } = deps;
  const { externalId } = machine;
  let secrets: readonly string[] = [];
  let ms = CLOUD_MS;
  try {
    using opened = await deps.clouds.open(machine.account);
    const { cloud } = opened;
    secrets = opened.secrets;
    if (cloud.probe !== undefined) {
      if (externalId === null) return met("the cloud's id of it is not known yet");
      const ask = cloud.probe.bind(cloud);
      const known = { ...refOf(machine), externalId };
      return await within({ clock, cut, ms }, (signal) => ask(known, ready, signal));
    }
    const address = machine.publicAddress ?? machine.privateAddress;
    if (address === null) return NO_ADDRESS;
    if (!hasPort(ready)) return met("nothing to try");
    ms = DIRECT_MS;
    return await within({ clock, cut, ms }, (signal) => reach.answers(address, ready, signal));
  } catch (error) {
    if (error instanceof CutShort) return met("none, the process that tried stops");
    if (error instanceof Overdue) return met(`none within ${ms / 1_000} s`);
    if (!(error instanceof ProviderFault)) throw error;
    return met(`none, the cloud cannot be asked: ${redactFault(error.fault, secrets).text}`);
  }
}

const met = (answer: string): Probed => ({ passed: false, answer });
const NO_ADDRESS = met("it has no address to try");

function hasPort(ready: Readiness): ready is Extract<Readiness, { port: number }> {
  return "port" in ready;
}
