// People: they launch, and interfere at bad moments. Their wishes go through the same functions of core as the API's.

import type { BillingEntry } from "../datacentre/src/billing.ts";
import { DAY_MS } from "../src/core/people/retention.ts";
import { mayRetry } from "../src/core/people/actions.ts";
import { askUpdate } from "../src/core/change/begin.ts";
import { emptyMarket } from "../src/core/market/market.ts";
import { askReboot } from "../src/core/people/reboot.ts";
import { askReleaseInstance } from "../src/core/people/release.ts";
import { recordCallback } from "../src/core/world/record.ts";
import {
  askCancel,
  askDelete,
  type Asked,
  type Asker,
  askExtend,
  askRelease,
  askRepair,
  askRetryInstance,
  askRetryRollback,
  askStop,
} from "../src/core/people/requests.ts";
import { type DeploymentId, deploymentId, type MachineId, machineId } from "../src/core/ids.ts";
import { OWNER_LABELS } from "../src/core/machine.ts";
import type { Snapshot } from "../src/core/snapshot.ts";
import { isOpen } from "../src/core/states.ts";
import { writeWaves } from "../src/http/acts/waves.ts";
import type { Pruned } from "../src/ports/pruning.ts";
import type { Store, Tx } from "../src/ports/store.ts";
import { sampleNewDeployment } from "../src/ports/store.samples.ts";
import { revised } from "./revised.ts";
import { type Ask, type Launch, POOLS } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import type { Witness } from "./witness.ts";

/** A machine calls home this long after it came to run, and so often while nobody knows it. */
const PHONE_MS = 700;
const PHONES_MOST = 20;

/** Has no limit and no row. */
const NOBODY = "ada";

const HOME = "http://slipway";

const EXTENSION_MS = 30_000;

export function idOf(launch: number): DeploymentId {
  return deploymentId(`dep${String(launch + 1).padStart(9, "0")}`);
}

export async function launch(store: Store, index: number, of: Launch): Promise<void> {
  const { blueprint, partial, by: createdBy = NOBODY, pool = POOLS[0] } = of;
  await store.write(async (tx) => {
    const now = await tx.now();
    const times = { createdAt: now, since: now, wakeAt: now };
    await tx.insertDeployment(
      sampleNewDeployment({ id: idOf(index), pool, createdBy, blueprint, partial, seed: index, ...times }),
    );
  });
}

/** Returns true when something was changed: refused wishes and those that were granted before change nothing. */
export async function ask(
  store: Store,
  id: DeploymentId,
  wish: { readonly ask: Ask; readonly pick: number },
): Promise<boolean> {
  return store.write(async (tx) => {
    const { now, ids } = await tx.lock([id]);
    const [snapshot] = await tx.snapshots(ids);
    if (snapshot === undefined) return false;
    const by = { by: "ada", now };
    const asked =
      wish.ask === "update"
        ? await updating(tx, snapshot, { ...by, ...wish })
        : asking(snapshot, by, { ...wish, ask: wish.ask });
    if ("refused" in asked || asked.changes.length === 0) return false;
    await writeWaves(tx, asked.changes);
    if (wish.ask === "update") await turnSource(tx, id);
    return true;
  });
}

async function updating(
  tx: Tx,
  snapshot: Snapshot,
  { by, now, pick }: Asker & { readonly pick: number },
): Promise<Asked> {
  const { pool, blueprint } = snapshot.deployment;
  const market = (await tx.markets([pool], [snapshot.deployment.createdBy])).get(pool) ?? emptyMarket(pool);
  const allowReplace = pick % 3 === 0 ? [] : blueprint.instances.map(({ name }) => name);
  const after = revised(blueprint, pick);
  return askUpdate({ snapshot, after, changedSecrets: new Set(), allowReplace, market, now, callbackBase: HOME }, by);
}

async function turnSource(tx: Tx, id: DeploymentId): Promise<void> {
  const revision = (await tx.deploymentHead(id))?.revisionNo ?? 0;
  const source = `revision ${revision}`;
  await tx.turnSource({ deployment: id, revision, source, secrets: null });
}

function asking(
  snapshot: Snapshot,
  asker: Asker,
  { ask: what, pick }: { readonly ask: Exclude<Ask, "update">; readonly pick: number },
): Asked {
  switch (what) {
    case "cancel":
      return askCancel(snapshot, asker);
    case "stop":
      return askStop(snapshot, asker);
    case "delete":
      return askDelete(snapshot, { ...asker, stop: false, abandonDebt: false });
    case "delete_with_stop":
      return askDelete(snapshot, { ...asker, stop: true, abandonDebt: false });
    case "delete_with_debt":
      return askDelete(snapshot, { ...asker, stop: true, abandonDebt: true });
    case "extend":
      return askExtend(snapshot, {
        ...asker,
        until: (snapshot.deployment.leaseEndsAt ?? 0) + EXTENSION_MS,
        mostMs: null,
      });
    case "retry_rollback":
      return askRetryRollback(snapshot, asker);
    case "release":
      return askRelease(snapshot, asker);
    case "release_instance": {
      const kept = snapshot.machines.filter(({ quarantinedUntil }) => quarantinedUntil !== null);
      return askReleaseInstance(snapshot, { ...asker, instance: kept[pick % kept.length]?.instance ?? "" });
    }
    case "skip": {
      const left = snapshot.machines.filter(
        (row) => isOpen(row) && row.attemptNo === snapshot.deployment.attemptNo && row.skippedAt === null,
      );
      return askRetryRollback(snapshot, { ...asker, skip: left.slice(0, 1 + (pick % 2)).map(({ id }) => id) });
    }
    case "repair": {
      // All that has failed, or one whatever it does.
      const instance = pick < 3 ? undefined : snapshot.instances[pick % snapshot.instances.length]?.name;
      const allowReplace = pick % 2 === 0 ? [] : snapshot.instances.map(({ name }) => name);
      return askRepair(snapshot, { ...asker, instances: instance === undefined ? [] : [instance], allowReplace });
    }
    case "reboot": {
      const up = snapshot.instances.filter(({ state }) => state === "running");
      const among = up.length === 0 ? snapshot.instances : up;
      return askReboot(snapshot, { ...asker, instance: among[pick % among.length]?.name ?? "" });
    }
    case "retry_instance": {
      const failed = snapshot.instances.filter((one) => mayRetry(snapshot.deployment, one));
      const among = failed.length === 0 ? snapshot.instances : failed;
      const instance = among[pick % among.length]?.name ?? "";
      return askRetryInstance(snapshot, { ...asker, instance });
    }
  }
}

/** A machine runs: if that is what its blueprint waits for, it calls home, and again while nobody knows it. */
export function phone(
  { clock, people: store }: Stage,
  { facts, onBug }: Witness,
  { name, labels }: BillingEntry,
): void {
  const deployment = labels[OWNER_LABELS.deployment] ?? "";
  const specs = facts.deployments.get(deployment)?.blueprint.instances ?? [];
  const spec = specs.find((one) => one.name === labels[OWNER_LABELS.instance]);
  if (spec?.ready.kind !== "callback") return;
  const call = async (): Promise<void> => {
    for (let tries = 0; tries < PHONES_MOST; tries += 1) {
      await clock.sleep(PHONE_MS);
      if (await callHome(store, machineId(name))) return;
    }
  };
  call().catch(onBug);
}

/** False when it is not known to be made yet. */
async function callHome(store: Store, name: MachineId): Promise<boolean> {
  return store.write(async (tx) => {
    const machine = await tx.machine(name);
    const deployment = machine?.deployment ?? null;
    if (machine === null || deployment === null || !isOpen(machine)) return true;
    const { now, ids } = await tx.lock([deployment]);
    const [snapshot] = await tx.snapshots(ids);
    if (snapshot === undefined) return true;
    const { known, changes } = recordCallback(snapshot, name, now);
    await writeWaves(tx, changes);
    return known;
  });
}

const SMALL = { deployments: 1, rows: 20 } as const;

/** Somebody sets how long everything is kept, and a sweep follows. */
export async function prune(store: Store, keepMs: number, onBatch: (batch: Pruned) => void): Promise<void> {
  await store.write(async (tx) => {
    const days = keepMs / DAY_MS;
    const retention = { stepsDays: days, consolesDays: days, ledgerDays: days };
    for (const pool of await tx.pools()) await tx.putPool({ ...pool, retention });
  });
  for (let isMore = true; isMore;) {
    const batch = await store.write((tx) => tx.prune(SMALL));
    onBatch(batch);
    isMore = batch.isMore;
  }
}

/** Everybody wants everything gone. */
export function clearUp(store: Store, launches: number, onBug: (error: unknown) => void): void {
  for (let index = 0; index < launches; index += 1) {
    ask(store, idOf(index), { ask: "delete_with_stop", pick: 0 }).catch(onBug);
  }
}

/** So many machines of a member in vain say that its cloud will never bring one up, as some that are drawn. */
const IN_VAIN = 12;

/** Somebody stops what is repaired again and again, each once. */
export function hopelessStops(store: Store, { facts, onBug }: Witness): () => void {
  const stopped = new Set<string>();
  return () => {
    for (const { id, state, attemptNo } of facts.deployments.values()) {
      if (state !== "incomplete" || stopped.has(id)) continue;
      const own = facts.machinesOf(id).filter((row) => row.attemptNo === attemptNo);
      const asked = Map.groupBy(own, ({ instance }) => instance);
      if (![...asked.values()].some((rows) => rows.length >= IN_VAIN)) continue;
      stopped.add(id);
      ask(store, id, { ask: "stop", pick: 0 }).catch(onBug);
    }
  };
}
