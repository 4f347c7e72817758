// Deployments: advance's statements, and the launch itself.

import type { Account, Block } from "../../core/account.ts";
import type { Deployment, DeploymentHead, Instance } from "../../core/deployment.ts";
import type { AccountId, DeploymentId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { triesEnded } from "../../core/market/blocks.ts";
import { isOfUse } from "../../core/market/placement.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { isOpen } from "../../core/states.ts";
import { type NewDeployment, type SealedChanges, StoreConflict, type Tx } from "../../ports/store.ts";
import { marketOf } from "./accounts.ts";
import { enquire } from "./offers.ts";
import { blockKey, compare, instanceKey, type DeploymentRow, numberedKey, placementKey, type Views } from "./rows.ts";
import {
  guardAccount,
  guardCall,
  guardDeployment,
  guardInstance,
  guardMachine,
  guardWake,
  IllegalWrite,
} from "./rules.ts";
import { isLimited } from "./quotas.ts";
import type { Transaction } from "./transaction.ts";
import { addEvent, lockLanes } from "./webhooks.ts";

export function advancing(
  tx: Transaction,
): Pick<Tx, "lockDue" | "lock" | "wakeSeekers" | "wakeParked" | "snapshots" | "markets" | "apply"> {
  const { views } = tx;
  return {
    lockDue: (limit) => tx.statement(() => lockDue(tx, limit)),
    lock: (ids) =>
      tx.statement(async () => {
        const known = ids.filter((id) => views.deployments.get(id) !== undefined);
        await tx.lockAll(views.deployments, known);
        return { now: tx.now(), ids: [...new Set(known)].sort(compare) };
      }),
    wakeSeekers: (id) => tx.statement(() => wakeSeekers(tx, id)),
    snapshots: (ids) => tx.statement(() => snapshots(tx, ids)),
    markets: (pools, by = []) =>
      tx.statement(async () => {
        const members = pools.flatMap((pool) => views.pools.get(pool)?.members ?? []);
        await tx.lockAll(
          { name: "choices" },
          members.map((member) => member.account),
        );
        await tx.lockAll(views.pools, pools);
        await tx.lockAll(
          views.users,
          by.filter((name) => isLimited(views, name)),
        );
        return new Map(
          pools.flatMap((pool) => {
            const market = marketOf(views, pool, { by, now: tx.now() });
            return market === null ? [] : [[pool, market] as const];
          }),
        );
      }),
    apply: (changes) => tx.statement(() => apply(tx, changes)),
    wakeParked: () =>
      tx.statement(async () => {
        const parked = views.deployments.all().flatMap(({ row }) => (row.parked === null ? [] : [row.id]));
        await tx.lockAll(views.deployments, parked);
        for (const id of parked) {
          const before = views.deployments.get(id);
          if (before !== undefined) views.deployments.put(id, { ...before, row: { ...before.row, wakeAt: tx.now() } });
        }
        tx.due ||= parked.length > 0;
        return parked.length;
      }),
  };
}

function lockDue(tx: Transaction, limit: number): { now: number; ids: DeploymentId[] } {
  const now = tx.now();
  if (!tx.lockFree({ name: "turns" }, "deciding")) return { now, ids: [] };
  const due = tx.views.deployments
    .all()
    .flatMap(({ row: { id, wakeAt } }) => (wakeAt !== null && wakeAt <= now ? [{ id, wakeAt }] : []))
    .sort((a, b) => compare(a.wakeAt, b.wakeAt) || compare(a.id, b.id));
  const ids: DeploymentId[] = [];
  for (const { id } of due) {
    if (ids.length === limit) break;
    if (tx.lockFree(tx.views.deployments, id)) ids.push(id);
  }
  return { now, ids };
}

async function wakeSeekers(tx: Transaction, account: AccountId): Promise<number> {
  const { deployments, pools } = tx.views;
  const named = new Set(
    pools.all().flatMap(({ name, members }) => (members.some((one) => one.account === account) ? [name] : [])),
  );
  const seeking = (): Deployment[] =>
    deployments
      .all()
      .map(({ row }) => row)
      .filter(({ state, pool, wakeAt }) => state === "rollback_failed" && named.has(pool) && (wakeAt ?? 0) > tx.now());
  await tx.lockAll(
    deployments,
    seeking().map(({ id }) => id),
  );
  const woken = seeking().filter(({ id }) => tx.holds(deployments, id));
  for (const row of woken) {
    const was = deployments.get(row.id);
    if (was !== undefined) deployments.put(row.id, { ...was, row: { ...row, wakeAt: tx.now() } });
    tx.due = true;
  }
  return woken.length;
}

async function snapshots(tx: Transaction, ids: readonly DeploymentId[]): Promise<Snapshot[]> {
  for (const id of ids) {
    if (!tx.holds(tx.views.deployments, id)) throw new Error(`snapshot of ${id}, which is not locked`);
  }
  const open = ids.flatMap((id) => machinesOf(tx.views, id).filter(isOpen));
  await tx.lockAll(
    tx.views.machines,
    open.map((machine) => machine.id),
  );
  return ids.flatMap((id) => snapshotOf(tx.views, id) ?? []);
}

export function snapshotOf(views: Views, id: DeploymentId): Snapshot | null {
  const deployment = views.deployments.get(id)?.row;
  if (deployment === undefined) return null;
  const attempts = views.attempts.group(id).sort((a, b) => a.no - b.no);
  return {
    deployment,
    instances: inOrder(deployment, views.instances.group(id)),
    revisions: views.revisions.group(id).sort((a, b) => a.no - b.no),
    attempts,
    machines: machinesOf(views, id).filter((row) => isOpen(row) || row.attemptNo === deployment.attemptNo),
    placements: views.placements
      .group(id)
      .filter((row) => isOfUse(row, deployment, attempts))
      .sort(
        (a, b) => a.attempt - b.attempt || a.no - b.no || a.askOrder - b.askOrder || compare(a.instance, b.instance),
      ),
  };
}

function inOrder({ blueprint }: Deployment, rows: readonly { readonly row: Instance }[]): Instance[] {
  const places = new Map(blueprint.instances.map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: Instance): number => places.get(name) ?? 0;
  return rows.map(({ row }) => row).toSorted((a, b) => placeOf(a) - placeOf(b));
}

export function machinesOf(views: Views, id: DeploymentId): Machine[] {
  return views.machines
    .group(id)
    .map(({ row }) => row)
    .sort((a, b) => compare(a.intentAt, b.intentAt) || compare(a.id, b.id));
}

async function apply(tx: Transaction, all: readonly SealedChanges[]): Promise<void> {
  const { views } = tx;
  await tx.lockAll(
    views.deployments,
    all.map((changes) => changes.deployment.id),
  );
  await tx.lockAll(
    views.instances,
    all.flatMap(({ deployment: { id: deployment }, instances, dropped }) =>
      [...instances, ...dropped.map((name) => ({ deployment, name }))].map(instanceKey),
    ),
  );
  await tx.lockAll(
    views.machines,
    all
      .flatMap((changes) => [...changes.machines, ...changes.newMachines.map((one) => one.machine)])
      .map((row) => row.id),
  );
  await tx.lockAll(
    views.accounts,
    all.flatMap((changes) => changes.verdicts.map((verdict) => verdict.account)),
  );
  await tx.lockAll(
    views.blocks,
    [...all.flatMap((changes) => changes.blocks), ...blocksTriedBy(views, triesEnded(all))].map(blockKey),
  );
  await lockLanes(
    tx,
    all.map(({ deployment }) => deployment.id),
  );
  for (const changes of all) {
    applyDeployment(tx, changes);
    applyMachines(views, changes);
    applyToAccounts(tx, changes);
  }
  for (const block of blocksTriedBy(views, triesEnded(all)))
    views.blocks.put(blockKey(block), { ...block, probe: null });
  await enquire(
    tx,
    all.flatMap((changes) => changes.enquiries),
  );
}

function blocksTriedBy(views: Views, ended: readonly DeploymentId[]): Block[] {
  return views.blocks.all().filter(({ probe }) => probe !== null && ended.includes(probe.deployment));
}

function applyDeployment(tx: Transaction, changes: SealedChanges): void {
  const { deployment, instances, born, dropped, revisions, attempts, placements, events } = changes;
  const { views } = tx;
  const before = views.deployments.get(deployment.id);
  if (before === undefined) throw new IllegalWrite(`no deployment ${deployment.id}`);
  guardDeployment(before.row.state, deployment.state);
  guardWake(deployment);
  views.deployments.put(deployment.id, { ...before, row: deployment, ...turnedBack(before, changes) });
  tx.due = true;
  for (const name of dropped) views.instances.delete(instanceKey({ deployment: deployment.id, name }));
  for (const row of born) {
    if (views.instances.get(instanceKey(row)) !== undefined)
      throw new IllegalWrite(`instance ${instanceKey(row)} exists`);
    // One that an update had removed is on the way back what it was.
    if (deployment.state !== "reverting") guardInstance(null, row);
    views.instances.put(instanceKey(row), { row, probeNo: 0, probeClaimedUntil: null });
  }
  for (const row of instances) {
    const was = views.instances.get(instanceKey(row));
    if (was === undefined) throw new IllegalWrite(`no instance ${instanceKey(row)}`);
    guardInstance(was.row, row);
    views.instances.put(instanceKey(row), { ...was, row });
  }
  for (const row of revisions) {
    views.revisions.put(numberedKey(row), row);
  }
  for (const row of attempts) {
    guardAccount(views, row.account);
    views.attempts.put(numberedKey(row), row);
  }
  for (const row of placements) {
    if (views.attempts.get(numberedKey({ deployment: row.deployment, no: row.attempt })) === undefined) {
      throw new IllegalWrite(`no attempt for ${placementKey(row)}`);
    }
    views.placements.put(placementKey(row), row);
  }
  for (const event of events) {
    if (views.events.get(numberedKey(event)) !== undefined)
      throw new IllegalWrite(`event ${numberedKey(event)} exists`);
    addEvent(tx, event);
  }
}

/** On its way back it has its former source and secrets again, and those of the update are put aside; those of an update that is over are wanted no more. */
function turnedBack(
  before: DeploymentRow,
  { blueprint, deployment, revisions }: SealedChanges,
): Partial<DeploymentRow> {
  const { aside } = before;
  if (aside === null) return {};
  if (blueprint !== null && deployment.state === "reverting") {
    return { ...aside, aside: { source: before.source, secrets: before.secrets } };
  }
  return revisions.some(({ endedAt }) => endedAt !== null) ? { aside: null } : {};
}

export function turningSources(tx: Transaction): Pick<Tx, "turnSource"> {
  const { deployments } = tx.views;
  return {
    turnSource: ({ deployment, source, secrets }) =>
      tx.statement(() => {
        const before = deployments.get(deployment);
        if (before === undefined) throw new IllegalWrite(`no deployment ${deployment}`);
        const aside = { source: before.source, secrets: before.secrets };
        deployments.put(deployment, { ...before, source, secrets, aside });
      }),
  };
}

function applyMachines(views: Views, { machines, newMachines, evidence }: SealedChanges): void {
  for (const row of machines) {
    const was = views.machines.get(row.id);
    if (was === undefined) throw new IllegalWrite(`no machine ${row.id}`);
    guardMachine(was.row.state, row.state);
    guardCall(row);
    const { callNo, claimedUntil } = was.row;
    const request = row.state === "intent" ? was.request : null;
    views.machines.put(row.id, { request, row: { ...row, callNo, claimedUntil } });
  }
  for (const { machine, request } of newMachines) {
    if (views.machines.get(machine.id) !== undefined) throw new IllegalWrite(`machine ${machine.id} exists`);
    guardMachine(null, machine.state);
    guardCall(machine);
    guardAccount(views, machine.account);
    views.machines.put(machine.id, { row: machine, request });
  }
  for (const row of evidence) {
    views.evidence.put(row.machine, row);
    const owner = views.deployments.get(views.machines.get(row.machine)?.row.deployment ?? "");
    if (owner !== undefined) views.deployments.put(owner.row.id, { ...owner, consolesGoneAt: null });
  }
}

function applyToAccounts(tx: Transaction, { blocks, unblocks, verdicts }: SealedChanges): void {
  const { views } = tx;
  for (const block of blocks) {
    guardAccount(views, block.account);
    views.blocks.put(blockKey(block), block);
  }
  for (const { account, realm, size } of unblocks) {
    for (const block of views.blocks.all()) {
      if (block.account === account && block.realm === realm && block.size === size)
        views.blocks.delete(blockKey(block));
    }
  }
  for (const { account, fault } of verdicts) {
    const was = views.accounts.get(account);
    if (was === undefined || (fault.class !== "auth" && fault.class !== "account")) continue;
    const health: Account["health"] = "suspended";
    const row = { ...was.row, health, healthText: fault.text, healthAt: tx.now() };
    views.accounts.put(account, { ...was, row });
  }
}

export function launching(tx: Transaction): Pick<Tx, "insertDeployment" | "requestKey"> {
  return {
    insertDeployment: (row) => tx.statement(() => insertDeployment(tx, row)),
    requestKey: (key) => tx.statement(() => tx.views.requestKeys.get(key) ?? null),
  };
}

const ALL_KEPT = { stepsFrom: 1, consolesGoneAt: null, ledgerGoneAt: null, ledgerEmpty: false } as const;

/** The lock of a name or key stands for its unique index: a second insert waits for the outcome of the first. */
async function insertDeployment(tx: Transaction, given: NewDeployment): Promise<void> {
  const { deployment, revision, instances, events, requestKey, secrets, source } = given;
  const { views } = tx;
  if (requestKey !== null) {
    await tx.lock(views.requestKeys, requestKey.key);
    if (views.requestKeys.get(requestKey.key) !== undefined) throw new StoreConflict("request_key");
    views.requestKeys.put(requestKey.key, { deployment: deployment.id, digest: requestKey.digest });
  }
  await tx.lock(views.deployments, `${deployment.pool}/${deployment.name}`);
  if (namesakes(views, deployment.name, deployment.pool).length > 0) throw new StoreConflict("deployment");
  await tx.lock(views.deployments, deployment.id);
  if (views.deployments.get(deployment.id) !== undefined) throw new IllegalWrite(`deployment ${deployment.id} exists`);
  guardDeployment(null, deployment.state);
  guardWake(deployment);
  views.deployments.put(deployment.id, { row: deployment, secrets, source, aside: null, ...ALL_KEPT });
  views.revisions.put(numberedKey(revision), revision);
  tx.due = true;
  for (const row of instances) {
    guardInstance(null, row);
    views.instances.put(instanceKey(row), { row, probeNo: 0, probeClaimedUntil: null });
  }
  for (const event of events) {
    addEvent(tx, event);
  }
}

export function headOf(deployment: Deployment): DeploymentHead {
  const { seed: _, blueprint, ...head } = deployment;
  return { ...head, blueprint: { name: blueprint.name, policy: blueprint.policy } };
}

export function namesakes(views: Views, name: string, pool?: string) {
  return views.deployments
    .all()
    .map(({ row }) => row)
    .filter((row) => row.name === name && row.deletedAt === null && row.successor === null)
    .filter((row) => pool === undefined || row.pool === pool);
}

/** Sealed, of those that have some. */
export function secretsOf(views: Views, ids: readonly DeploymentId[]): ReadonlyMap<DeploymentId, string> {
  return new Map(
    ids.flatMap((id) => {
      const secrets = views.deployments.get(id)?.secrets ?? null;
      return secrets === null ? [] : [[id, secrets] as const];
    }),
  );
}

export function secretSetsOf(views: Views, ids: readonly DeploymentId[]): ReadonlyMap<DeploymentId, readonly string[]> {
  return new Map(
    ids.flatMap((id) => {
      const row = views.deployments.get(id);
      const sets = [row?.secrets, row?.aside?.secrets].filter((one) => typeof one === "string");
      return sets.length === 0 ? [] : [[id, sets] as const];
    }),
  );
}
