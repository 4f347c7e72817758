// Checks from outside. A readiness check that fails sets the time of the next and is kept as the last answer; one that passes is recorded.
// A live check is tried again and again; it is recorded when its instance counts as dead, or as up again.

import { refOf } from "../core/machine.ts";
import type { Readiness } from "../core/blueprint/model.ts";
import { type Instance, UNPROBED } from "../core/deployment.ts";
import type { Draft } from "../core/decision/draft.ts";
import { recordLive, recordProbe } from "../core/world/record.ts";
import { redactFault } from "../core/secrecy/redact.ts";
import { probePauseMs } from "../core/world/tracking.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { Probed } from "../ports/reach.ts";
import type { ClaimedProbe } from "../ports/claims.ts";
import type { Clouds } from "./clouds.ts";
import { CutShort, Overdue, within } from "./deadline.ts";
import { type DecidingDeps, type Extent, tellDecided, writeNews } from "./follow.ts";
import { type Patience, patiently, patientStore } from "./patience.ts";
import type { Decided } from "../ports/spans.ts";
import { StoreAway, type Tx } from "../ports/store.ts";
import type { Work } from "./pump.ts";

const BOUND = 64;
/** One try over the network, and one through a cloud's own way. */
const DIRECT_MS = 2_000;
const CLOUD_MS = 5_000;
const CLAIM_MS = CLOUD_MS + 10_000;
/** A machine runs before its guest has asked for an address, and only lists tell that one. No more than one list of an account a second for that. */
const ADDRESS_MS = 1_000;

export type ProbeDeps = DecidingDeps & { readonly clouds: Clouds; readonly cut: AbortSignal };

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
  const begunAt = deps.clock.monotonic();
  const probed = await patiently(patience, () => probe(deps, claim));
  const tookMs = deps.clock.monotonic() - begunAt;
  const store = patientStore(deps.store, patience);
  // Where it is refused, for whatever reason, what was decided with it may be why: each further try records.
  let extent: Extent = "decide";
  const write = () =>
    store.write((tx) => {
      const one = { claim, probed, extent };
      extent = "record";
      return writeProbed(deps, tx, one);
    });
  const { at: to, decided } = await write().catch((error: unknown) => {
    if (error instanceof StoreAway) throw error;
    return write();
  });
  tellDecided(deps, decided);
  if (to === null) return;
  const outcome = probed.passed ? "passed" : isUntried(probed) ? "untried" : "failed";
  deps.events.checked({ claim, outcome, from: to - tookMs, to });
}

interface WrittenProbe {
  /** When; null: there is nothing to tell of it. */
  readonly at: number | null;
  readonly decided: readonly Decided[];
}

interface ProbedClaim {
  readonly claim: ClaimedProbe;
  readonly probed: Tried;
  readonly extent: Extent;
}

async function writeProbed(deps: ProbeDeps, tx: Tx, { claim, probed, extent }: ProbedClaim): Promise<WrittenProbe> {
  const { machine } = claim;
  const { passed } = probed;
  const { now, ids } = await tx.lock([claim.deployment]);
  const next = nextProbe(claim, probed, now);
  if (!(await tx.endProbe(claim, next))) return { at: null, decided: [] };
  if (probed === NO_ADDRESS) await tx.pollBy(machine.account, now + ADDRESS_MS);
  const at = isNewsOf(claim, probed, next) ? now : null;
  if (claim.live === null ? !passed : isUntried(probed) || !isTurn(claim, next)) return { at, decided: [] };
  const recording = (draft: Draft): void =>
    claim.live === null ? recordProbe(draft, { machine: machine.id, passed }) : recordLive(draft, machine.id);
  const news = (await tx.snapshots(ids)).map((snapshot) => ({ snapshot, now, recording }));
  return { at, decided: await writeNews(deps, tx, { news, extent }) };
}

/** Of a check that goes on and on only what is another than before is told as a span. */
function isNewsOf(claim: ClaimedProbe, probed: Tried, next: NextProbe): boolean {
  const isFirst = claim.live === null && probed.passed;
  return isFirst || next.probeAnswer !== claim.answer || (claim.live !== null && isTurn(claim, next));
}

type NextProbe = Pick<Instance, "probeAt" | "probeAnswer" | "missed">;

function nextProbe({ live, missed, probeNo }: ClaimedProbe, probed: Tried, now: number): NextProbe {
  const probeAnswer = probed.passed ? null : probed.answer;
  if (live !== null) {
    // Of a member that could not be tried nothing more is known than before.
    const inRow = isUntried(probed) ? missed : probed.passed ? 0 : Math.min(missed + 1, live.failures);
    return { probeAt: now + live.periodMs, probeAnswer, missed: inRow };
  }
  return probed.passed ? UNPROBED : { probeAt: now + probePauseMs(probeNo), probeAnswer, missed: 0 };
}

/** It may count as dead from now on, or as up again. */
const isTurn = ({ live, missed }: ClaimedProbe, next: NextProbe): boolean =>
  next.missed === (live?.failures ?? 0) || (next.missed === 0 && missed > 0);

/** What came of a try, or what kept this process from trying: that says nothing of the machine. */
type Tried = Probed | { readonly passed: false; readonly answer: string; readonly untried: true };

/** One try. Whatever goes wrong, the machine is not ready yet, and what was met is worth knowing: its deadline is judged elsewhere. */
async function probe(deps: ProbeDeps, { machine, check }: ClaimedProbe): Promise<Tried> {
  const { clock, cut, reach } = deps;
  const { externalId } = machine;
  let secrets: readonly string[] = [];
  let ms = CLOUD_MS;
  try {
    using opened = await deps.clouds.open(machine.account);
    const { cloud } = opened;
    secrets = opened.secrets;
    if (cloud.probe !== undefined) {
      if (externalId === null) return untried("the cloud's id of it is not known yet");
      const ask = cloud.probe.bind(cloud);
      const known = { ...refOf(machine), externalId };
      return await within({ clock, cut, ms }, (signal) => ask(known, check, signal));
    }
    const address = machine.publicAddress ?? machine.privateAddress;
    if (address === null) return NO_ADDRESS;
    if (!hasPort(check)) return untried("nothing to try");
    ms = DIRECT_MS;
    return await within({ clock, cut, ms }, (signal) => reach.answers(address, check, signal));
  } catch (error) {
    if (error instanceof CutShort) return untried("none, the process that tried stops");
    // A cloud that is asked in our place and does not answer has told nothing.
    if (error instanceof Overdue) return (ms === CLOUD_MS ? untried : met)(`none within ${ms / 1_000} s`);
    if (!(error instanceof ProviderFault)) throw error;
    return untried(`none, the cloud cannot be asked: ${redactFault(error.fault, secrets).text}`);
  }
}

const met = (answer: string): Probed => ({ passed: false, answer });
const untried = (answer: string): Tried => ({ passed: false, answer, untried: true });
const isUntried = (probed: Tried): boolean => "untried" in probed;
const NO_ADDRESS = untried("it has no address to try");

function hasPort(ready: Readiness): ready is Extract<Readiness, { port: number }> {
  return "port" in ready;
}
