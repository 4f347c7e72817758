// The hold after a return from a backup, in memory.

import { ON_ITS_WAY } from "../../core/decision/decide.ts";
import { askedFor } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { isOpen } from "../../core/states.ts";
import type { Hold, HoldReads, HoldWrites, Stray } from "../../ports/hold.ts";
import { compare, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** Settings with its times, ms since 1970. */
const RESTORED_AT = "hold.restored_at";
const UNTIL = "hold.until";

export function holdAt({ settings }: Views, now: number): Hold | null {
  const [restoredAt, until] = [settings.get(RESTORED_AT), settings.get(UNTIL)].map(Number);
  return restoredAt === undefined || until === undefined || !(until > now) ? null : { restoredAt, until };
}

/** What was asked for before the database was put back is not removed. */
export function isHeldBack({ call, intentAt }: Machine, hold: Hold | null): boolean {
  return hold !== null && call === "destroy" && intentAt <= hold.restoredAt;
}

export function readingHold(tx: Transaction): HoldReads {
  const { views } = tx;
  return {
    hold: () => tx.statement(() => holdAt(views, tx.now())),
    strays: () => tx.statement(() => strays(views)),
    heldDeployments: () =>
      tx.statement(() => {
        const rows = views.deployments.all().map(({ row }) => row);
        return rows.filter((row) => (row.resumedAt ?? 0) > tx.now() && ON_ITS_WAY.has(row.state)).length;
      }),
  };
}

function strays(views: Views): Stray[] {
  return views.machines
    .all()
    .map(({ row }) => row)
    .filter((row) => row.deployment === null && isOpen(row))
    .sort((a, b) => compare(a.intentAt, b.intentAt) || compare(a.id, b.id))
    .map((machine) => ({
      machine,
      accountName: views.accounts.get(machine.account)?.row.name ?? "",
      deploymentName: views.deployments.get(askedFor(machine.id)?.deployment ?? "")?.row.name ?? null,
    }));
}

export function holding(tx: Transaction): HoldWrites {
  const { views } = tx;
  return {
    beginHold: (until) =>
      tx.statement(() => {
        beginHold(views, until, tx.now());
        tx.due = true;
      }),
    setHold: (until) =>
      tx.statement(async () => {
        if (holdAt(views, tx.now()) === null) return;
        await tx.lock(views.settings, UNTIL);
        await setHold(tx, until);
        tx.due = true;
      }),
  };
}

/** Nobody else works on the database yet. */
function beginHold(views: Views, until: number, now: number): void {
  views.settings.put(RESTORED_AT, String(now));
  views.settings.put(UNTIL, String(until));
  for (const was of views.deployments.all()) {
    const { row } = was;
    if (row.deletedAt !== null) continue;
    const wakeAt = row.wakeAt === null ? null : now;
    views.deployments.put(row.id, { ...was, row: { ...row, resumedAt: until, resumes: row.resumes + 1, wakeAt } });
  }
  for (const was of views.instances.all()) {
    views.instances.put(`${was.row.deployment}/${was.row.name}`, { ...was, probeClaimedUntil: null });
  }
  for (const was of views.machines.all()) {
    const { row } = was;
    if (!isOpen(row)) continue;
    const sentAt = row.state === "intent" ? now : row.sentAt;
    const undoAskedAt = row.deployment === null && row.debtSince === null ? until : row.undoAskedAt;
    const rebootSentAt = row.call === "reboot" ? now : row.rebootSentAt;
    views.machines.put(row.id, { ...was, row: { ...row, claimedUntil: null, sentAt, rebootSentAt, undoAskedAt } });
  }
  for (const was of views.accounts.all()) {
    views.accounts.put(was.row.id, { ...was, row: { ...was.row, pollAt: now }, pollClaimedUntil: null });
  }
}

/** Locks deployments before machines, as all do. */
async function setHold(tx: Transaction, until: number): Promise<void> {
  const { deployments, machines, settings } = tx.views;
  const heldIds = () => deployments.all().flatMap(({ row }) => ((row.resumedAt ?? 0) > tx.now() ? [row.id] : []));
  await tx.lockAll(deployments, heldIds());
  for (const id of heldIds()) {
    const was = deployments.get(id);
    if (was === undefined) continue;
    const wakeAt = was.row.wakeAt === null ? null : Math.min(was.row.wakeAt, until);
    deployments.put(id, { ...was, row: { ...was.row, resumedAt: until, wakeAt } });
  }
  const strayIds = () =>
    machines.all().flatMap(({ row }) => ((row.undoAskedAt ?? 0) > tx.now() && isOpen(row) ? [row.id] : []));
  await tx.lockAll(machines, strayIds());
  for (const id of strayIds()) {
    const was = machines.get(id);
    if (was === undefined) continue;
    const callAt = was.row.call === "look" ? until : was.row.callAt;
    machines.put(id, { ...was, row: { ...was.row, undoAskedAt: until, callAt } });
  }
  settings.put(UNTIL, String(until));
}
