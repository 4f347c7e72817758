// The ledger's calls and what listings say about it.

import type { Account } from "../../core/account.ts";
import { counted } from "../../core/call-rate.ts";
import type { AccountId } from "../../core/ids.ts";
import type { Call, Machine, Observed } from "../../core/machine.ts";
import { isOpen } from "../../core/states.ts";
import type { ClaimedCall, ListingDifference, Tx } from "../../ports/store.ts";
import { compare, type MachineRow, type Views } from "./rows.ts";
import { guardAccount, guardCall, guardMachine, guardStray, IllegalWrite } from "./rules.ts";
import type { Transaction } from "./transaction.ts";

export function calling(tx: Transaction): Pick<Tx, "claimCalls" | "endClaims"> {
  const { machines } = tx.views;
  return {
    claimCalls: (limit, claimMs) => tx.statement(() => claimCalls(tx, limit, claimMs)),
    endClaims: (claims) =>
      tx.statement(async () => {
        const held: boolean[] = [];
        await tx.lockAll(
          machines,
          claims.map(({ machine }) => machine.id),
        );
        for (const { machine, callNo } of claims) {
          const was = machines.get(machine.id);
          const isHeld = was?.row.callNo === callNo;
          held.push(isHeld);
          if (!isHeld) continue;
          machines.put(machine.id, { ...was, row: { ...was.row, claimedUntil: null } });
          tx.due = true;
        }
        return held;
      }),
  };
}

export const isFresh = (claimedUntil: number | null, now: number): boolean =>
  claimedUntil !== null && claimedUntil > now;

/** What a claim of this row hands out: a create that was sent without a known answer is looked up first. */
function callOf(row: Machine): Call | null {
  return row.call === "create" && row.sentAt !== null ? "lookup" : row.call;
}

/** Whether the account's switch lets the call through. What ends or looks at a machine always may. */
export function isAllowed(account: Account, row: Machine): boolean {
  const call = callOf(row);
  return account.enabled || (call !== "create" && call !== "start");
}

/** Calls under a fresh claim, by account. */
export function callsInFlight(views: Views, now: number): Map<AccountId, number> {
  const counts = new Map<AccountId, number>();
  for (const { row } of views.machines.all()) {
    if (isFresh(row.claimedUntil, now)) counts.set(row.account, (counts.get(row.account) ?? 0) + 1);
  }
  return counts;
}

export const bound = (account: Account): number => Math.floor(account.limiter.parallel);

function claimCalls(tx: Transaction, limit: number, claimMs: Readonly<Record<Call, number>>): ClaimedCall[] {
  const { machines, accounts } = tx.views;
  const now = tx.now();
  const inFlight = callsInFlight(tx.views, now);
  const claimed: ClaimedCall[] = [];
  for (const { row, request } of dueCalls(tx.views, now)) {
    if (claimed.length === limit) break;
    const held = accounts.get(row.account);
    const call = callOf(row);
    if (held === undefined || call === null || !isAllowed(held.row, row)) continue;
    const { row: account, calls } = held;
    if (isFresh(account.limiter.pausedUntil, now)) continue;
    const running = inFlight.get(account.id) ?? 0;
    if (running >= bound(account)) continue;
    // The account's lock makes the bound hold over several claimers: each counts what the one before has committed.
    if (!tx.lockFree(accounts, account.id) || !tx.lockFree(machines, row.id)) continue;
    const claimedUntil = now + claimMs[call];
    const sentAt = call === "create" ? now : row.sentAt;
    const machine = { ...row, callNo: row.callNo + 1, claimedUntil, sentAt };
    machines.put(row.id, { row: machine, request });
    accounts.put(account.id, { ...held, calls: counted(calls, 1, now) });
    inFlight.set(account.id, running + 1);
    claimed.push({
      machine,
      call,
      callNo: machine.callNo,
      request: call === "create" ? request : null,
      claimedUntil,
      now,
    });
  }
  return claimed;
}

function dueCalls(views: Views, now: number): MachineRow[] {
  return views.machines
    .all()
    .filter(({ row }) => row.callAt !== null && row.callAt <= now && !isFresh(row.claimedUntil, now))
    .sort((a, b) => compare(a.row.callAt ?? 0, b.row.callAt ?? 0) || compare(a.row.id, b.row.id));
}

export function listing(
  tx: Transaction,
): Pick<Tx, "compareListing" | "countMissing" | "putStray" | "lockMachine" | "inTransit"> {
  const { machines } = tx.views;
  return {
    compareListing: (id, page) => tx.statement(() => compareListing(tx.views, id, page)),
    countMissing: (id, seen, before) =>
      tx.statement(async () => {
        const named = new Set(seen);
        const recount = (row: Machine) =>
          row.madeAt !== null && row.madeAt < before && !named.has(row.id) ? row.missing + 1 : 0;
        const stale = heldBy(tx.views, id).filter((row) => recount(row) !== row.missing);
        await tx.lockAll(
          machines,
          stale.map((row) => row.id),
        );
        const missing: Machine[] = [];
        const held = heldBy(tx.views, id);
        for (const was of held) {
          const row = { ...was, missing: recount(was) };
          if (row.missing > 0) missing.push(row);
          if (row.missing !== was.missing) putMachine(tx.views, row);
        }
        const expected = held.filter((row) => row.undoAskedAt === null);
        const young = expected.flatMap(({ id: name, madeAt }) =>
          madeAt !== null && madeAt >= before && !named.has(name) ? [madeAt] : [],
        );
        const shown = expected.filter((row) => named.has(row.id)).length;
        return { missing, shown, youngAt: young.length === 0 ? null : Math.min(...young) };
      }),
    putStray: (machine) => tx.statement(() => putStray(tx, machine)),
    lockMachine: (id) =>
      tx.statement(async () => {
        if (machines.get(id) === undefined) return null;
        await tx.lock(machines, id);
        const machine = machines.get(id)?.row;
        return machine === undefined ? null : { now: tx.now(), machine };
      }),
    inTransit: (id) =>
      tx.statement(() => {
        const since = machines
          .all()
          .flatMap(({ row }) => (row.account === id && isMoving(row) ? [movingSince(row)] : []));
        return since.length === 0 ? null : { oldestAt: Math.min(...since), newestAt: Math.max(...since) };
      }),
  };
}

export function waiting(tx: Transaction): Pick<Tx, "lockWaiting" | "putMachines"> {
  const { machines } = tx.views;
  return {
    lockWaiting: (id) =>
      tx.statement(async () => {
        await tx.lockAll(
          machines,
          waitingAt(tx.views, id).map((row) => row.id),
        );
        // Whoever held one of them before may have written it since.
        const held = waitingAt(tx.views, id).filter((row) => tx.holds(machines, row.id));
        return { now: tx.now(), machines: held };
      }),
    putMachines: (rows) =>
      tx.statement(async () => {
        await tx.lockAll(
          machines,
          rows.map((row) => row.id),
        );
        for (const row of rows) {
          const was = machines.get(row.id)?.row;
          if (was === undefined) throw new IllegalWrite(`no machine ${row.id}`);
          guardMachine(was.state, row.state);
          guardCall(row);
          putMachine(tx.views, { ...row, callNo: was.callNo, claimedUntil: was.claimedUntil });
          tx.due = true;
        }
      }),
  };
}

/** Machines that the account surely holds. */
function heldBy(views: Views, id: AccountId): Machine[] {
  return views.machines
    .all()
    .map(({ row }) => row)
    .filter((row) => row.account === id && row.state === "made");
}

/** Open machines whose call was put off after a fault, or that are debt, in order of their ids. */
function waitingAt(views: Views, id: AccountId): Machine[] {
  return views.machines
    .all()
    .map(({ row }) => row)
    .filter((row) => row.account === id && isOpen(row) && row.call !== null)
    .filter((row) => row.debtSince !== null || row.fault !== null)
    .sort((a, b) => compare(a.id, b.id));
}

function putMachine(views: Views, row: Machine): void {
  views.machines.put(row.id, { row, request: views.machines.get(row.id)?.request ?? null });
}

function isMoving(row: Machine): boolean {
  if (row.debtSince !== null || !isOpen(row)) return false;
  const settled = row.observed === "running" || row.observed === "stopped";
  return row.state !== "made" || row.undoAskedAt !== null || row.startAskedAt !== null || !settled;
}

function movingSince({ undoAskedAt, startAskedAt, madeAt, intentAt }: Machine): number {
  return Math.max(undoAskedAt ?? 0, startAskedAt ?? 0, madeAt ?? 0, intentAt);
}

function compareListing(views: Views, id: AccountId, page: readonly Observed[]): ListingDifference {
  const changed: { machine: Machine; observed: Observed }[] = [];
  const strays: Observed[] = [];
  for (const observed of page) {
    const machine = views.machines.get(observed.name)?.row;
    if (machine === undefined || machine.account !== id || !isOpen(machine)) strays.push(observed);
    else if (differs(machine, observed)) changed.push({ machine, observed });
  }
  return { changed, strays };
}

function differs(machine: Machine, observed: Observed): boolean {
  return (
    machine.observed !== observed.state ||
    machine.externalId !== observed.externalId ||
    machine.privateAddress !== (observed.privateAddress ?? machine.privateAddress) ||
    machine.publicAddress !== (observed.publicAddress ?? machine.publicAddress) ||
    (machine.startAskedAt !== null && observed.fault !== null)
  );
}

async function putStray(tx: Transaction, machine: Machine): Promise<void> {
  await tx.lock(tx.views.machines, machine.id);
  const was = tx.views.machines.get(machine.id)?.row;
  if (was === undefined) guardStray(null, machine.state);
  else guardMachine(was.state, machine.state);
  guardCall(machine);
  guardAccount(tx.views, machine.account);
  const { callNo, claimedUntil } = was ?? machine;
  putMachine(tx.views, { ...machine, callNo, claimedUntil });
  tx.due = true;
}
