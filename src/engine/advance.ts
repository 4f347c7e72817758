// Decides what is due: one transaction per batch. A batch that is refused is repeated one by one, and the one whose decision
// fails for itself is parked, so that it holds up nobody else.

import { decide, needsMarket, needsSecrets } from "../core/decide.ts";
import { inWaves } from "../core/draft.ts";
import type { DeploymentId } from "../core/ids.ts";
import { emptyMarket, type Market, marketAfter } from "../core/market/market.ts";
import type { Changes, Snapshot } from "../core/snapshot.ts";
import { chainOf } from "../events.ts";
import { StoreAway, type Tx } from "../ports/store.ts";
import type { EngineDeps } from "./deps.ts";
import type { Work } from "./pump.ts";
import { openTexts, sealChanges } from "./sealing.ts";

const BATCH = 50;

/** The waves of one deployment. */
type Decision = readonly Changes[];

export function advanceWork(deps: EngineDeps): Work {
  return {
    kind: "advance",
    bound: BATCH,
    async take(free) {
      const rows = await advanceDue(deps, free);
      return { rows, tasks: [] };
    },
  };
}

async function advanceDue(deps: EngineDeps, limit: number): Promise<number> {
  let due: readonly DeploymentId[] = [];
  try {
    const decisions = await deps.store.write(async (tx) => {
      const locked = await tx.lockDue(limit);
      due = locked.ids;
      return due.length > 0 ? await decideAll(deps, tx, locked) : [];
    });
    tell(deps, decisions);
  } catch (error) {
    if (due.length === 0 || error instanceof StoreAway) throw error;
    deps.events.batchRefused(due.length, error);
    for (const id of due) await advanceOne(deps, id);
  }
  return due.length;
}

/** Decides one deployment by itself; parks it when that fails twice, for a single failure may be the database's. */
async function advanceOne(deps: EngineDeps, id: DeploymentId): Promise<void> {
  const attempt = () =>
    deps.store.write(async (tx) => {
      const locked = await tx.lock([id]);
      return await decideAll(deps, tx, locked);
    });
  try {
    tell(deps, await attempt().catch(attempt));
  } catch (error) {
    if (error instanceof StoreAway) throw error;
    await deps.store.write(async (tx) => {
      await tx.lock([id]);
      await tx.park(id, chainOf(error));
    });
    deps.events.deploymentParked(id, error);
  }
}

async function decideAll(
  deps: EngineDeps,
  tx: Tx,
  locked: { readonly now: number; readonly ids: readonly DeploymentId[] },
): Promise<readonly Decision[]> {
  const snapshots = await tx.snapshots(locked.ids);
  const markets = await marketsOf(tx, snapshots);
  const sealed = await secretsOf(tx, snapshots);
  const decisions: Decision[] = [];
  for (const snapshot of snapshots) {
    const { id, pool } = snapshot.deployment;
    const waves = decide(snapshot, locked.now, {
      market: needsMarket(snapshot) ? (markets.get(pool) ?? emptyMarket(pool)) : null,
      secrets: openTexts(deps.secrets, sealed.get(id)),
      installation: deps.installation,
      callbackBase: deps.callbackBase,
      nonce: deps.nonce,
    });
    decisions.push(waves);
    for (const [name, market] of markets) markets.set(name, marketAfter(market, { before: snapshot, waves }));
  }
  for (const wave of inWaves(decisions)) await tx.apply(wave.map((changes) => sealChanges(deps.secrets, changes)));
  return decisions;
}

/** What was decided and is written. */
function tell({ events }: EngineDeps, decisions: readonly Decision[]): void {
  for (const { deployment, events: told } of decisions.flat()) {
    for (const { body } of told) {
      if (body.kind === "account_suspended") events.accountSuspended(body.account, deployment.id, body.text);
    }
  }
}

async function marketsOf(tx: Tx, snapshots: readonly Snapshot[]): Promise<Map<string, Market>> {
  const pools = new Set(snapshots.filter(needsMarket).map(({ deployment }) => deployment.pool));
  return pools.size === 0 ? new Map() : new Map(await tx.markets([...pools]));
}

async function secretsOf(tx: Tx, snapshots: readonly Snapshot[]): Promise<ReadonlyMap<DeploymentId, string>> {
  const ids = snapshots.filter(needsSecrets).map(({ deployment }) => deployment.id);
  return ids.length === 0 ? new Map() : tx.secretsOf(ids);
}
