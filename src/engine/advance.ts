// Decides what is due: one transaction per batch. A batch that is refused is repeated one by one, and the one for which nothing can be
// decided is parked, so that it holds up nobody else. A database that is away is nobody's fault; one that cannot bear a batch gets smaller
// ones, and what it cannot bear alone is parked as well.

import { decide, needsMarket, needsSecrets } from "../core/decision/decide.ts";
import { inWaves } from "../core/decision/draft.ts";
import type { DeploymentId } from "../core/ids.ts";
import { emptyMarket, type Market, marketAfter } from "../core/market/market.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Decided } from "../ports/spans.ts";
import { StoreAway, type Tx } from "../ports/store.ts";
import { apart } from "./apart.ts";
import { BUDGET_MS, type DecidingDeps, tellDecided } from "./follow.ts";
import type { Work } from "./pump.ts";
import { putOff, TOO_MUCH } from "./put-off.ts";
import { endedAt } from "./launch-counts.ts";
import { openTexts, sealChanges } from "../ports/sealing.ts";

const BATCH = 50;
/** So many tries by itself, one after the other, say that it is this row that is too much. */
const ALONE_MOST = 3;

export function advanceWork(deps: DecidingDeps): Work {
  let most = BATCH;
  let alone: { readonly id: DeploymentId; readonly times: number } | null = null;

  async function take(free: number): Promise<number> {
    const batch: Batch = { due: [] };
    try {
      const rows = await advanceDue(deps, Math.min(free, most), batch);
      // Nothing was taken, perhaps since it is another's turn: of what is too much that says nothing.
      if (rows === 0) return rows;
      most = Math.min(BATCH, most * 2);
      alone = null;
      return rows;
    } catch (error) {
      const [first] = batch.due;
      if (first === undefined || !(error instanceof StoreAway) || !TOO_MUCH.has(error.reason)) throw error;
      if (batch.due.length > 1) {
        most = Math.floor(batch.due.length / 2);
        throw error;
      }
      alone = { id: first, times: alone?.id === first ? alone.times + 1 : 1 };
      if (alone.times < ALONE_MOST) throw error;
      await putOff(deps, first, error);
      return 1;
    }
  }

  return { kind: "advance", bound: BATCH, take: async (free) => ({ rows: await take(free), tasks: [] }) };
}

/** What was taken, also when deciding it has failed. */
interface Batch {
  due: readonly DeploymentId[];
}

async function advanceDue(deps: DecidingDeps, limit: number, batch: Batch): Promise<number> {
  try {
    const decisions = await deps.store.write(async (tx) => {
      const locked = await tx.lockDue(limit);
      batch.due = locked.ids;
      return locked.ids.length > 0 ? await decideAll(deps, tx, locked) : [];
    });
    tellDecided(deps, decisions);
  } catch (error) {
    if (batch.due.length === 0 || error instanceof StoreAway) throw error;
    deps.events.batchRefused(batch.due.length, error);
    for (const id of batch.due) await advanceOne(deps, id);
  }
  return batch.due.length;
}

/** Decides one deployment by itself; parks it when that fails twice, for a single failure may be the database's. */
async function advanceOne(deps: DecidingDeps, id: DeploymentId): Promise<void> {
  const attempt = () =>
    deps.store.write(async (tx) => {
      const locked = await tx.lock([id]);
      return await decideAll(deps, tx, locked);
    });
  try {
    tellDecided(deps, await attempt().catch(attempt));
  } catch (error) {
    if (error instanceof StoreAway) throw error;
    // A row that takes not even that stays due, and goes by itself each time.
    await apart({ events: deps.events, kind: "advance", nameOf: String }, [id], () => putOff(deps, id, error));
  }
}

async function decideAll(
  deps: DecidingDeps,
  tx: Tx,
  locked: { readonly now: number; readonly ids: readonly DeploymentId[] },
): Promise<readonly Decided[]> {
  const snapshots = await tx.snapshots(locked.ids);
  const markets = await marketsOf(tx, snapshots);
  const sealed = await secretsOf(tx, snapshots);
  const decisions: Decided[] = [];
  const begunAt = deps.clock.monotonic();
  for (const snapshot of snapshots) {
    if (decisions.length > 0 && deps.clock.monotonic() - begunAt > BUDGET_MS) break;
    const { id, pool } = snapshot.deployment;
    const waves = decide(snapshot, locked.now, {
      market: needsMarket(snapshot) ? (markets.get(pool) ?? emptyMarket(pool)) : null,
      secrets: openTexts(deps.secrets, sealed.get(id)),
      installation: deps.installation,
      callbackBase: deps.callbackBase,
      nonce: deps.nonce,
    });
    decisions.push({ before: snapshot, waves });
    for (const [name, market] of markets) markets.set(name, marketAfter(market, { before: snapshot, waves }));
  }
  const all = decisions.map(({ waves }) => waves);
  for (const wave of inWaves(all)) await tx.apply(wave.map((changes) => sealChanges(deps.secrets, changes)));
  await deps.names.learn(tx, endedAt(all));
  return decisions;
}

async function marketsOf(tx: Tx, snapshots: readonly Snapshot[]): Promise<Map<string, Market>> {
  const choosing = snapshots.filter(needsMarket).map(({ deployment }) => deployment);
  const [pools, by] = [new Set(choosing.map(({ pool }) => pool)), new Set(choosing.map(({ createdBy }) => createdBy))];
  return pools.size === 0 ? new Map() : new Map(await tx.markets([...pools], [...by]));
}

async function secretsOf(tx: Tx, snapshots: readonly Snapshot[]): Promise<ReadonlyMap<DeploymentId, string>> {
  const ids = snapshots.filter(needsSecrets).map(({ deployment }) => deployment.id);
  return ids.length === 0 ? new Map() : tx.secretsOf(ids);
}
