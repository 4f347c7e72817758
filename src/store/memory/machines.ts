// The ledger's calls and what listings say about it.

import { isDeepStrictEqual } from "node:util";
import type { Account } from "../../core/account.ts";
import { counted } from "../../core/world/call-rate.ts";
import { callsAtOnce } from "../../core/world/limiter.ts";
import type { AccountId } from "../../core/ids.ts";
import type { Call, Machine, Observed } from "../../core/machine.ts";
import { isOpen } from "../../core/states.ts";
import type { Tally, Transit } from "../../core/world/tracking.ts";
import {
  type ClaimedCall,
  type CountedMissing,
  DUE_MOST,
  type EndedClaim,
  type Listed,
  type ListingDifference,
  LOOK_AHEAD_MS,
} from "../../ports/claims.ts";
import type { Hold } from "../../ports/hold.ts";
import type { Tx } from "../../ports/store.ts";
import { holdAt, isHeldBack } from "./hold.ts";
import { compare, type MachineRow, type Views } from "./rows.ts";
import { guardAccount, guardCall, guardMachine, guardStray, IllegalWrite } from "./rules.ts";
import type { Transaction } from "./transaction.ts";

export function calling(tx: Transaction): Pick<Tx, "claimCalls" | "renewClaims" | "keepHandle" | "endClaims"> {
  const { machines } = tx.views;
  /** Changes the claims that still are somebody's; says which are. */
  const fenced = async (claims: readonly EndedClaim[], claimedUntil: () => number | null): Promise<boolean[]> => {
    const ids = claims.map(({ machine }) => machine.id);
    await tx.lockAll(machines, ids);
    return claims.map(({ machine, callNo }) => {
      const was = machines.get(machine.id);
      const until = claimedUntil();
      // One that was given back is not brought to life again.
      if (was?.row.callNo !== callNo || (until !== null && was.row.claimedUntil === null)) return false;
      machines.put(machine.id, { ...was, row: { ...was.row, claimedUntil: until } });
      return true;
    });
  };
  return {
    claimCalls: (limit, claimMs) => tx.statement(() => claimCalls(tx, limit, claimMs)),
    renewClaims: (claims, claimMs) => tx.statement(() => fenced(claims, () => tx.now() + claimMs)),
    keepHandle: ({ machine, callNo }, handle) =>
      tx.statement(async () => {
        await tx.lockAll(machines, [machine.id]);
        const was = machines.get(machine.id);
        if (was?.row.callNo !== callNo) return false;
        machines.put(machine.id, { ...was, row: { ...was.row, handle } });
        return was.row.undoAskedAt === null;
      }),
    endClaims: (claims) =>
      tx.statement(async () => {
        const held = await fenced(claims, () => null);
        tx.due ||= held.includes(true);
        return held;
      }),
  };
}

export const isFresh = (claimedUntil: number | null, now: number): boolean =>
  claimedUntil !== null && claimedUntil > now;

/** What a claim of this row hands out: a create that was sent without a known answer is looked up first, and a reboot never sent again. */
function callOf(row: Machine): Call | null {
  if (row.call === "reboot" && row.rebootSentAt !== null) return "look";
  return row.call === "create" && row.sentAt !== null ? "lookup" : row.call;
}

/**
 * Whether the call is let through: by the account's switch, which lets through what ends or looks at a machine, and by a hold, which keeps
 * from ending what was asked for before the database was put back.
 */
export function isAllowed(account: Account, row: Machine, hold: Hold | null): boolean {
  if (isHeldBack(row, hold)) return false;
  const call = callOf(row);
  return account.enabled || (call !== "create" && call !== "start");
}

/** What is one call at a cloud: all looks of an account, all look-ups there, or else one row. */
const jobOf = ({ call, id }: Machine): string => (call === "look" || call === "lookup" ? call : id);

/** Calls under a fresh claim, by account. */
export function callsInFlight(views: Views, now: number): Map<AccountId, Set<string>> {
  const jobs = new Map<AccountId, Set<string>>();
  for (const { row } of views.machines.all()) {
    if (!isFresh(row.claimedUntil, now)) continue;
    const mine = jobs.get(row.account) ?? new Set();
    jobs.set(row.account, mine.add(jobOf(row)));
  }
  return jobs;
}

export const bound = (account: Account): number => callsAtOnce(account.limiter);

function claimCalls(tx: Transaction, limit: number, claimMs: number): ClaimedCall[] {
  const { machines, accounts } = tx.views;
  const now = tx.now();
  const claimed: ClaimedCall[] = [];
  const counts = new Map<AccountId, Set<string>>();
  for (const { rows } of takenJobs(tx.views, { now, limit })) {
    for (const { row, request } of rows) {
      const held = accounts.get(row.account);
      const call = callOf(row);
      if (held === undefined || call === null) continue;
      // The account's lock makes the bound hold over several claimers: each counts what the one before has committed.
      if (!tx.lockFree(accounts, row.account) || !tx.lockFree(machines, row.id)) continue;
      const claimedUntil = now + claimMs;
      const sentAt = call === "create" ? now : row.sentAt;
      const rebootSentAt = call === "reboot" ? now : row.rebootSentAt;
      const machine = { ...row, callNo: row.callNo + 1, claimedUntil, sentAt, rebootSentAt };
      machines.put(row.id, { row: machine, request });
      counts.set(row.account, (counts.get(row.account) ?? new Set()).add(jobOf(row)));
      const { callNo } = machine;
      const launched = row.deployment === null ? undefined : tx.views.deployments.get(row.deployment);
      const traceparent = launched?.row.traceparent ?? null;
      claimed.push({
        machine,
        call,
        callNo,
        traceparent,
        request: call === "create" ? request : null,
        parallel: held.row.limiter.parallel,
        claimedUntil,
        now,
      });
    }
  }
  for (const [id, { size }] of counts) {
    const held = accounts.get(id);
    if (held !== undefined) accounts.put(id, { ...held, calls: counted(held.calls, size, now) });
  }
  return claimed;
}

interface Job {
  readonly at: number;
  readonly key: string;
  /** The how manyeth of its account's that are in flight then. */
  readonly nth: number;
  readonly rows: readonly MachineRow[];
}

/** The calls whose turn it is: of those with the fewest in flight first, as far as the account's bound goes, and while as many places are left. */
function takenJobs(views: Views, { now, limit }: { now: number; limit: number }): readonly Job[] {
  const inFlight = callsInFlight(views, now);
  const jobs: Job[] = [];
  for (const { row: account } of views.accounts.all()) {
    if (isFresh(account.limiter.pausedUntil, now)) continue;
    const flying = inFlight.get(account.id) ?? new Set();
    const due = dueCalls(views, account, now).filter(({ row }) => !(row.call !== null && flying.has(row.call)));
    const byKey = Map.groupBy(due.slice(0, DUE_MOST), ({ row }) => jobOf(row));
    const mine = [...byKey].map(([key, rows]) => ({ key, rows, at: rows[0]?.row.callAt ?? now }));
    const ready = mine.filter(({ at }) => at <= now).slice(0, Math.max(0, bound(account) - flying.size));
    jobs.push(...ready.map((job, turn) => ({ ...job, nth: flying.size + turn + 1 })));
  }
  jobs.sort((a, b) => compare(a.nth, b.nth) || compare(a.at, b.at) || compare(a.key, b.key));
  return jobs.slice(0, limit).filter(({ nth }, place) => nth - 1 <= limit - place);
}

/** In the order in which they are due; looks a little before. */
function dueCalls(views: Views, account: Account, now: number): MachineRow[] {
  const hold = holdAt(views, now);
  const untilOf = ({ call }: Machine): number => (call === "look" ? now + LOOK_AHEAD_MS : now);
  return views.machines
    .all()
    .filter(({ row }) => row.account === account.id && row.callAt !== null && row.callAt <= untilOf(row))
    .filter(({ row }) => !isFresh(row.claimedUntil, now) && isAllowed(account, row, hold))
    .sort(
      ({ row: a }, { row: b }) =>
        compare(a.callAt ?? 0, b.callAt ?? 0) || compare(a.askOrder, b.askOrder) || compare(a.id, b.id),
    );
}

export function listing(
  tx: Transaction,
): Pick<Tx, "compareListing" | "countMissing" | "putStray" | "lockMachine" | "inTransit" | "machinesInTransit"> {
  const { machines } = tx.views;
  return {
    compareListing: (id, page) => tx.statement(() => compareListing(tx.views, id, page)),
    countMissing: (id, listed, before) => tx.statement(() => countMissing(tx, id, { listed, before })),
    putStray: (machine) => tx.statement(() => putStray(tx, machine)),
    lockMachine: (id) =>
      tx.statement(async () => {
        if (machines.get(id) === undefined) return null;
        await tx.lock(machines, id);
        const machine = machines.get(id)?.row;
        return machine === undefined ? null : { now: tx.now(), machine };
      }),
    inTransit: (id) => tx.statement(() => inTransit(tx.views, id)),
    machinesInTransit: (id, limit) =>
      tx.statement(() =>
        movingAt(tx.views, id)
          .toSorted((a, b) => compare(a.id, b.id))
          .slice(0, limit),
      ),
  };
}

interface Count {
  readonly listed: Listed;
  readonly before: number;
}

async function countMissing(tx: Transaction, id: AccountId, { listed, before }: Count): Promise<CountedMissing> {
  const { views } = tx;
  const given = new Set("names" in listed ? listed.names : listed.absent);
  const isNamed = (row: Machine): boolean => given.has(row.id) === "names" in listed;
  const isConcerned = (row: Machine): boolean => "names" in listed || given.has(row.id) || row.missing > 0;
  const listedBy = () => heldBy(views, id).filter(({ realm }) => !listed.unlisted.includes(realm));
  const recount = (row: Machine): number =>
    row.madeAt !== null && row.madeAt < before && !isNamed(row) ? row.missing + 1 : 0;
  const stale = listedBy().filter((row) => isConcerned(row) && recount(row) !== row.missing);
  await tx.lockAll(
    views.machines,
    stale.map((row) => row.id),
  );
  const held = listedBy().map((was) => {
    if (!isConcerned(was)) return was;
    const row = { ...was, missing: recount(was) };
    if (row.missing !== was.missing) putMachine(views, row);
    return row;
  });
  const expected = held.filter((row) => row.undoAskedAt === null);
  const young = expected.flatMap((row) =>
    row.madeAt !== null && row.madeAt >= before && isConcerned(row) && !isNamed(row) ? [row.madeAt] : [],
  );
  const tallies = talliesOf(expected, isNamed);
  const lacking = new Set(held.filter(isConcerned).map(({ realm }) => realm));
  return {
    missing: held.filter((row) => row.missing > 0),
    tallies: "names" in listed ? tallies : talliesLacking(tallies, lacking),
    absent: heldBy(views, id)
      .filter((row) => isConcerned(row) && (!isNamed(row) || row.missing > 0))
      .map((row) => row.id),
    youngAt: young.length === 0 ? null : Math.min(...young),
  };
}

function talliesLacking(tallies: readonly Tally[], lacking: ReadonlySet<string>): readonly Tally[] {
  const one = (tally: Tally): Tally => ({ ...tally, shown: Math.min(1, tally.shown) });
  const some = tallies.filter(({ realm }) => lacking.has(realm)).map(one);
  if (some.some(({ shown }) => shown > 0)) return some;
  return [
    ...some,
    ...tallies
      .filter(({ realm }) => !lacking.has(realm))
      .slice(0, 1)
      .map(one),
  ];
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

function talliesOf(expected: readonly Machine[], isNamed: (row: Machine) => boolean): Tally[] {
  return [...Map.groupBy(expected, ({ realm }) => realm)]
    .map(([realm, rows]) => ({
      realm,
      shown: rows.filter(isNamed).length,
      missing: rows.filter(({ missing }) => missing > 0).length,
    }))
    .filter(({ shown, missing }) => shown + missing > 0)
    .sort((a, b) => compare(a.realm, b.realm));
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

function movingAt(views: Views, id: AccountId): Machine[] {
  return views.machines.all().flatMap(({ row }) => (row.account === id && isMoving(row) ? [row] : []));
}

function inTransit(views: Views, id: AccountId): Transit[] {
  const rows = movingAt(views, id);
  const stepOf = ({ startAskedAt }: Machine): Transit["step"] => (startAskedAt === null ? "boot" : "start");
  return [...Map.groupBy(rows, (row) => `${stepOf(row)} ${row.size}`).values()]
    .flatMap((group) => {
      const since = group.map(movingSince);
      const [first] = group;
      if (first === undefined) return [];
      const { size } = first;
      return [{ step: stepOf(first), size, oldestAt: Math.min(...since), newestAt: Math.max(...since) }];
    })
    .sort((a, b) => compare(a.step, b.step) || compare(a.size, b.size));
}

function isMoving(row: Machine): boolean {
  if (row.debtSince !== null || row.undoAskedAt !== null || row.quarantinedUntil !== null) return false;
  if (row.state === "in_doubt") return true;
  return row.state === "made" && (row.startAskedAt !== null || !["running", "stopped", "error"].includes(row.observed));
}

function movingSince({ startAskedAt, rebootSentAt, madeAt, intentAt }: Machine): number {
  return Math.max(startAskedAt ?? 0, rebootSentAt ?? 0, madeAt ?? 0, intentAt);
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
    (observed.handle !== null && !isDeepStrictEqual(machine.handle, observed.handle)) ||
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
