// What the world has told of deployments is written with what follows from it, in the transaction that has their locks already. What cannot be
// decided there is only recorded, and is due at once: advance.ts goes on with it, and says what is wrong.

import { inWaves } from "../core/decision/draft.ts";
import { needsSecrets } from "../core/decision/decide.ts";
import { type Followed, record, recordAndDecide, type Told } from "../core/decision/follow.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Changes } from "../core/snapshot.ts";
import { openTexts, sealChanges } from "../ports/sealing.ts";
import type { Decided } from "../ports/spans.ts";
import type { Tx } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { countLaunches, endedAt, type ProviderNames } from "./launch-counts.ts";

export type DecidingDeps = EngineDeps & { readonly names: ProviderNames };

/** What is decided after so long is committed, and the rest is decided next: a transaction has its own limit, and holds others up. */
export const BUDGET_MS = 2_000;

/** "record": a transaction with more than that was refused, and what was told must not be lost for it. */
export type Extent = "decide" | "record";

/** Returns what was decided; to be told of once it is committed. */
export async function writeNews(
  deps: DecidingDeps,
  tx: Tx,
  { news, extent }: { readonly news: readonly Told[]; readonly extent: Extent },
): Promise<readonly Decided[]> {
  const decided = extent === "record" ? new Map<DeploymentId, Followed>() : await decideNews(deps, tx, news);
  const all = news.map((told): readonly Changes[] => decided.get(told.snapshot.deployment.id)?.waves ?? record(told));
  for (const wave of inWaves(all)) await tx.apply(wave.map((changes) => sealChanges(deps.secrets, changes)));
  const decisions = [...decided.values()];
  await deps.names.learn(tx, endedAt(decisions.map(({ waves }) => waves)));
  return decisions;
}

async function decideNews(
  deps: DecidingDeps,
  tx: Tx,
  news: readonly Told[],
): Promise<ReadonlyMap<DeploymentId, Followed>> {
  const ids = news.flatMap(({ snapshot }) => (needsSecrets(snapshot) ? [snapshot.deployment.id] : []));
  const sealed = ids.length === 0 ? new Map<DeploymentId, string>() : await tx.secretsOf(ids);
  const decided = new Map<DeploymentId, Followed>();
  const begunAt = deps.clock.monotonic();
  for (const told of news) {
    if (deps.clock.monotonic() - begunAt > BUDGET_MS) break;
    const { id } = told.snapshot.deployment;
    const secrets = openTexts(deps.secrets, sealed.get(id));
    const { installation, callbackBase, nonce } = deps;
    try {
      const followed = recordAndDecide(told, { secrets, installation, callbackBase, nonce });
      if (followed !== null) decided.set(id, followed);
    } catch {
      // It is decided again by itself, which tells what is wrong and parks it.
    }
  }
  return decided;
}

/** What was decided and is written. */
export function tellDecided({ events, names }: DecidingDeps, decisions: readonly Decided[]): void {
  const all = decisions.map(({ waves }) => waves);
  countLaunches(events, names, all);
  for (const { deployment, events: told } of all.flat()) {
    for (const { body } of told) {
      if (body.kind === "account_suspended") events.accountSuspended(body.account, deployment, body.text);
    }
  }
  for (const decision of decisions) events.decided(decision, (account) => names.of(account));
}
