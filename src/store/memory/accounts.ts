// Accounts, pools and what selection sees of them; the claims of prober and tracker.

import { counted, NO_CALLS } from "../../core/world/call-rate.ts";
import type { AccountId } from "../../core/ids.ts";
import { type Amount, sumOf } from "../../core/market/amount.ts";
import { heldBy, isHeld, type Market, type MarketAccount } from "../../core/market/market.ts";
import type { Placement } from "../../core/market/placement.ts";
import { checkOf, type ClaimedPoll, type ClaimedProbe } from "../../ports/claims.ts";
import { StoreConflict, type Tx } from "../../ports/store.ts";
import { isFresh } from "./machines.ts";
import { answerTo } from "./offers.ts";
import { limitedUsers } from "./quotas.ts";
import { type AccountRow, blockKey, compare, enquiryKey, instanceKey, type Views } from "./rows.ts";
import { dropGrantsIn } from "./access.ts";
import { guardAccount, IllegalWrite } from "./rules.ts";
import type { Transaction } from "./transaction.ts";

export function marketOf(
  views: Views,
  name: string,
  { by, now }: { readonly by: readonly string[]; readonly now: number },
): Market | null {
  const pool = views.pools.get(name);
  if (pool === undefined) return null;
  const holding = views.placements.all().filter(isHeld);
  const members = new Set<AccountId>(pool.members.map((member) => member.account));
  return {
    pool,
    poolHeld: heldBy(holding.filter((row) => views.deployments.get(row.deployment)?.row.pool === name)),
    users: limitedUsers(views, by, pool),
    accounts: pool.members.flatMap((member): MarketAccount[] => {
      const account = views.accounts.get(member.account)?.row;
      if (account === undefined) return [];
      const { id } = account;
      const here = holding.filter((row) => row.account === id);
      return [
        {
          account,
          member,
          held: heldBy(here),
          uncounted: isBounded(views, id) ? uncountedOf(views, id, here) : new Map(),
          quotas: views.usages.get(id)?.quotas ?? [],
          offers: views.offers.get(id)?.book ?? null,
          answer: (kind, choice, realm) => answerTo(views, { account: id, kind, choice, realm }, now),
        },
      ];
    }),
    blocks: views.blocks.all().filter((block) => members.has(block.account)),
  };
}

const isBounded = (views: Views, id: AccountId): boolean =>
  views.usages.get(id)?.quotas.some(({ most }) => most !== null) === true;

const takesOf = (rows: readonly Placement[]): Amount => sumOf(rows.map(({ takes }) => takes));

/** What the account's cloud, where it counts, cannot have counted of these, which are held there; by realm. */
export function uncountedOf(views: Views, id: AccountId, here: readonly Placement[]): ReadonlyMap<string, Amount> {
  const { askedAt = null, quotas = [] } = views.usages.get(id) ?? {};
  if (quotas.length === 0) return new Map();
  const uncounted = here.filter((row) => !isCounted(views, row, askedAt));
  return new Map([...Map.groupBy(uncounted, ({ realm }) => realm)].map(([realm, rows]) => [realm, takesOf(rows)]));
}

/** Whether the cloud can have counted what was placed here: it was there when the cloud was asked. */
function isCounted(views: Views, { deployment, attempt, instance, no }: Placement, askedAt: number | null): boolean {
  if (askedAt === null) return false;
  return views.machines.group(deployment).some(({ row }) => {
    const isIts = row.attemptNo === attempt && row.instance === instance && row.placementNo === no;
    const wasThere = row.madeAt !== null && row.madeAt < askedAt && (row.closedAt === null || row.closedAt > askedAt);
    return isIts && wasThere;
  });
}

export function probing(tx: Transaction): Pick<Tx, "claimProbes" | "endProbe"> {
  const { instances } = tx.views;
  return {
    claimProbes: (limit, claimMs) => tx.statement(() => claimProbes(tx, limit, claimMs)),
    endProbe: (claim, next) =>
      tx.statement(async () => {
        const key = instanceKey({ deployment: claim.deployment, name: claim.instance });
        await tx.lock(instances, key);
        const was = instances.get(key);
        if (was === undefined || was.probeNo !== claim.probeNo) return false;
        const { row } = was;
        const isAsked = row.probeAt === claim.dueAt && row.machine === claim.machine.id;
        instances.put(key, { ...was, row: isAsked ? { ...row, ...next } : row, probeClaimedUntil: null });
        tx.due = true;
        return true;
      }),
  };
}

function claimProbes(tx: Transaction, limit: number, claimMs: number): ClaimedProbe[] {
  const { instances, machines, deployments } = tx.views;
  const now = tx.now();
  const due = instances
    .all()
    .filter((one) => one.row.probeAt !== null && one.row.probeAt <= now && !isFresh(one.probeClaimedUntil, now))
    .sort((a, b) => compare(a.row.probeAt ?? 0, b.row.probeAt ?? 0) || compare(instanceKey(a.row), instanceKey(b.row)));
  const claimed: ClaimedProbe[] = [];
  for (const was of due) {
    if (claimed.length === limit) break;
    const { deployment, name } = was.row;
    const machine = was.row.machine === null ? undefined : machines.get(was.row.machine)?.row;
    const launched = deployments.get(deployment)?.row;
    const spec = launched?.blueprint.instances.find((instance) => instance.name === name);
    if (machine === undefined || spec === undefined) continue;
    if (!tx.lockFree(instances, instanceKey(was.row))) continue;
    const probeNo = was.probeNo + 1;
    instances.put(instanceKey(was.row), { ...was, probeNo, probeClaimedUntil: now + claimMs });
    const { missed, probeAnswer: answer, probeAt, readyAt, deadSince } = was.row;
    const { traceparent = null } = launched ?? {};
    const isUp = readyAt !== null || deadSince !== null;
    const known = { deployment, instance: name, machine, probeNo, dueAt: probeAt ?? now, missed, answer, traceparent };
    claimed.push({ ...known, ...checkOf(spec, isUp) });
  }
  return claimed;
}

export function polling(tx: Transaction): Pick<Tx, "claimPolls" | "renewPoll" | "endPoll" | "setLimiter" | "pollBy"> {
  const { accounts } = tx.views;
  /** Changes an account under its lock; false when `change` gives nothing. */
  const rewrite = async (id: AccountId, change: (was: AccountRow) => AccountRow | null) => {
    await tx.lock(accounts, id);
    const was = accounts.get(id);
    const row = was === undefined ? null : change(was);
    if (row === null) return false;
    accounts.put(id, row);
    tx.due = true;
    return true;
  };
  return {
    claimPolls: (limit, claimMs) => tx.statement(() => claimPolls(tx, limit, claimMs)),
    renewPoll: ({ account, pollNo }, claimMs) =>
      tx.statement(() =>
        rewrite(account.id, (was) => {
          if (was.pollNo !== pollNo) return null;
          const until = tx.now() + claimMs;
          const isWished = was.pollClaimedUntil !== null && was.row.pollAt < was.pollClaimedUntil;
          const row = { ...was.row, pollAt: isWished ? was.row.pollAt : until };
          return { ...was, row, pollClaimedUntil: until };
        }),
      ),
    endPoll: ({ account, pollNo }, found) =>
      tx.statement(() =>
        rewrite(account.id, (was) => {
          if (was.pollNo !== pollNo) return null;
          const isWished = was.pollClaimedUntil !== null && was.row.pollAt < was.pollClaimedUntil;
          const pollAt = isWished ? Math.min(was.row.pollAt, found.pollAt) : found.pollAt;
          const row = { ...was.row, ...found, pollAt, healthAt: tx.now() };
          return { ...was, row, pollClaimedUntil: null };
        }),
      ),
    setLimiter: (id, limiter) =>
      tx.statement(async () => {
        await rewrite(id, (was) => ({ ...was, row: { ...was.row, limiter } }));
      }),
    pollBy: (id, at) =>
      tx.statement(async () => {
        if ((accounts.get(id)?.row.pollAt ?? at) <= at) return;
        await rewrite(id, (was) => (was.row.pollAt <= at ? null : { ...was, row: { ...was.row, pollAt: at } }));
      }),
  };
}

function claimPolls(tx: Transaction, limit: number, claimMs: number): ClaimedPoll[] {
  const { accounts } = tx.views;
  const now = tx.now();
  const due = accounts
    .all()
    .filter(({ row, pollClaimedUntil }) => row.pollAt <= now && !isFresh(pollClaimedUntil, now))
    .filter(({ row }) => !isFresh(row.limiter.pausedUntil, now))
    .sort((a, b) => compare(a.row.pollAt, b.row.pollAt) || compare(a.row.id, b.row.id));
  const claimed: ClaimedPoll[] = [];
  for (const was of due) {
    if (claimed.length === limit) break;
    if (!tx.lockFree(accounts, was.row.id)) continue;
    const pollNo = was.pollNo + 1;
    const until = now + claimMs;
    const row = { ...was.row, pollAt: until };
    accounts.put(row.id, { ...was, row, pollNo, pollClaimedUntil: until, calls: counted(was.calls, 1, now) });
    claimed.push({ account: was.row, pollNo, now });
  }
  return claimed;
}

export function owning(
  tx: Transaction,
): Pick<Tx, "putAccount" | "lockChoice" | "lockAccount" | "deleteAccount" | "putPool" | "deletePool" | "clearBlock"> {
  const { accounts, pools, blocks, machines, attempts } = tx.views;
  return {
    putAccount: (row, credentials) =>
      tx.statement(async () => {
        await tx.lock(accounts, `name/${row.name}`);
        await tx.lock(accounts, row.id);
        for (const other of accounts.all()) {
          if (other.row.name === row.name && other.row.id !== row.id) throw new StoreConflict("account");
        }
        const was = accounts.get(row.id) ?? { credentials: null, pollNo: 0, pollClaimedUntil: null, calls: NO_CALLS };
        const { offersAt = null, usageAt = null } = accounts.get(row.id)?.row ?? {};
        const kept = { ...row, offersAt, usageAt };
        accounts.put(row.id, { ...was, row: kept, credentials: credentials ?? was.credentials });
        tx.due = true;
      }),
    lockChoice: (id) => tx.statement(() => tx.lock({ name: "choices" }, id)),
    lockAccount: (id) =>
      tx.statement(async () => {
        await tx.lock(accounts, id);
        return accounts.get(id)?.row ?? null;
      }),
    deleteAccount: (id) =>
      tx.statement(async () => {
        await tx.lock(accounts, id);
        const machine = machines.all().find(({ row }) => row.account === id);
        const attempt = attempts.all().find((row) => row.account === id);
        if (machine ?? attempt) throw new IllegalWrite(`account ${id} is referred to by the ledger`);
        accounts.delete(id);
        tx.views.offers.delete(id);
        tx.views.usages.delete(id);
        for (const one of tx.views.enquiries.group(id)) tx.views.enquiries.delete(enquiryKey(one));
        for (const block of blocks.all()) if (block.account === id) blocks.delete(blockKey(block));
        for (const pool of pools.all()) {
          if (!pool.members.some((member) => member.account === id)) continue;
          await tx.lock(pools, pool.name);
          pools.put(pool.name, { ...pool, members: pool.members.filter((member) => member.account !== id) });
        }
      }),
    putPool: (pool) =>
      tx.statement(async () => {
        await tx.lock(pools, pool.name);
        for (const member of pool.members) guardAccount(tx.views, member.account);
        pools.put(pool.name, pool);
      }),
    deletePool: (name) =>
      tx.statement(async () => {
        await tx.lock(pools, name);
        pools.delete(name);
        await dropGrantsIn(tx, name);
      }),
    clearBlock: (block) =>
      tx.statement(async () => {
        await tx.lock(blocks, blockKey(block));
        blocks.delete(blockKey(block));
      }),
  };
}
