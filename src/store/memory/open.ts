// The store in memory, for simulation and fast tests: as honest about concurrency as a database would be. Statements of running
// transactions interleave wherever `pause` lets them, locks wait and may deadlock, and a process may die with what it had not
// committed.

import { AsyncLocalStorage } from "node:async_hooks";
import type { DeploymentId } from "../../core/ids.ts";
import { type Store, StoreAway, type Tx } from "../../ports/store.ts";
import { createTimekeeper, type TimekeeperOptions } from "../timekeeper.ts";
import { keepingAccess } from "./access.ts";
import { keepingAudit } from "./audit.ts";
import { owning, polling, probing } from "./accounts.ts";
import { tellingTime, timeRowsOn } from "./clock.ts";
import { advancing, launching, turningSources } from "./deployments.ts";
import { holding } from "./hold.ts";
import { Locks } from "./locks.ts";
import { calling, listing, waiting } from "./machines.ts";
import { keepingOffers } from "./offers.ts";
import { keeping } from "./people.ts";
import { keepingPlans } from "./plans.ts";
import { pruning } from "./pruning.ts";
import { reading } from "./reads.ts";
import { type Committed, emptyTables } from "./rows.ts";
import { seed } from "./seeds.ts";
import { type Database, OVER, Transaction } from "./transaction.ts";
import { keepingWebhooks, voidLetters } from "./webhooks.ts";
import { WrittenLedger } from "./written.ts";

/**
 * What each process on the database has of its own. What a process that joins does not bring is that of the first. Its clock by default:
 * the database's, so that a step of that is none.
 */
export interface Own extends Partial<TimekeeperOptions> {
  /** Awaited before every statement, commit and notification: where a simulator lets others go first. Default, and for undefined: one microtask. */
  readonly pause?: () => Promise<void> | undefined;
}

export interface MemoryOptions extends Own {
  /** The database's clock: ms since 1970. */
  readonly clock: { now(): number };
  /** Told of each commit while it is made: what a simulator watches. */
  readonly onCommit?: (changed: Committed) => void;
  /** Asked for each notification: true loses it. */
  readonly drop?: () => boolean;
  /** Setting of that name. */
  readonly installation?: string;
  /** How long a transaction may take; default 10 s. */
  readonly giveUpMs?: number;
  /** Waits in parts of `giveUpMs` while transactions run, and, unless told otherwise, for other processes. Default: real time. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** One process's connection to the database in memory. */
export interface MemoryStore extends Store {
  /**
   * The death of this process: its running transactions end without a commit, whatever they wait for rejects with StoreAway, it hears
   * no more notifications, and it can do nothing from now on. What was committed stays.
   */
  crash(): void;
  /** The connections of this process are cut: its running transactions end without a commit and reject with the reason. It may go on. */
  cut(reason: Error): void;
  /** Another process on the same database; also after `crash` or `close` of this one. */
  join(own?: Own): MemoryStore;
}

/** Which wake-ups are listened for, over all processes. */
interface Ears {
  readonly due: Set<() => void>;
  readonly events: Set<(deployment: DeploymentId) => void>;
}

/** One for all databases: the contexts of each would be copied with those of all before it. */
const inside = new AsyncLocalStorage<Transaction>();

interface Shared extends Database, Required<Own> {
  readonly ears: Ears;
  readonly drop: () => boolean;
  readonly giveUpMs: number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A fresh database with the seeds of a new installation, and the first process on it. */
export function openMemory(options: MemoryOptions): MemoryStore {
  const { clock, installation = "simulated0" } = options;
  const tables = emptyTables();
  seed(tables, { installation, now: clock.now() });
  return join({
    tables,
    locks: new Locks(),
    written: new WrittenLedger(),
    frozen: new Set(),
    clock,
    monotonic: options.monotonic ?? (() => clock.now()),
    onStep: options.onStep ?? (() => {}),
    waitForOthers: options.waitForOthers ?? options.sleep ?? realSleep,
    pause: options.pause ?? (() => undefined),
    onCommit: options.onCommit ?? (() => {}),
    ears: { due: new Set(), events: new Set() },
    drop: options.drop ?? (() => false),
    giveUpMs: options.giveUpMs ?? 10_000,
    sleep: options.sleep ?? realSleep,
  });
}

function realSleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

function join(shared: Shared): MemoryStore {
  const running = watchdog(shared);
  const endings = new Set<() => void>();
  let away = false;

  const run = async <T>(tx: Transaction, act: () => Promise<T>): Promise<T> => {
    if (away) throw new StoreAway("unreachable");
    if (inside.getStore()?.isOver === false) throw new Error("a transaction may not be opened inside another");
    running.add(tx);
    try {
      return await tx.live(() => inside.run(tx, act));
    } finally {
      running.delete(tx);
      tx.kill(OVER);
    }
  };

  const leave = () => {
    away = true;
    for (const end of endings) end();
    endings.clear();
  };

  const listen = <L>(ears: Set<L>, ear: L): (() => Promise<void>) => {
    if (away) throw new StoreAway("unreachable");
    ears.add(ear);
    const end = () => void ears.delete(ear);
    endings.add(end);
    return async () => end();
  };

  const transact = async <T>(mode: "write" | "read", act: (tx: Transaction) => Promise<T>): Promise<T> => {
    const tx = new Transaction(shared, keeper, mode);
    try {
      const result = await run(tx, async () => {
        const outcome = await act(tx);
        if (mode === "write" && !tx.isOver) await tx.commit();
        return outcome;
      });
      notify(shared, tx);
      return result;
    } catch (error) {
      throw tx.metStep ?? error;
    }
  };
  const keeper = createTimekeeper(timeRowsOn(transact), shared);

  return {
    write: (act) => keeper.guard(() => transact("write", (tx) => act(portOf(tx)))),
    read: (act) => keeper.guard(() => transact("read", (tx) => act(reading(tx)))),
    keepTime: () => keeper.keep(),
    onDue: async (wake) => listen(shared.ears.due, () => wake()),
    onEvents: async (wake) => listen(shared.ears.events, (deployment) => wake(deployment)),
    async close() {
      leave();
    },
    crash() {
      leave();
      for (const tx of running.all()) tx.kill(new StoreAway("unreachable"));
    },
    cut(reason) {
      for (const tx of running.all()) tx.kill(reason);
    },
    join: (own = {}) => join({ ...shared, ...own }),
  };
}

/** A transaction is given up when it has been running over so many looks. */
const LOOKS = 4;

/** The running transactions of one process: one look in a while for all of them is cheaper than an alarm for each. */
function watchdog({ giveUpMs, sleep }: Shared) {
  const looks = new Map<Transaction, number>();
  let isWatching = false;
  const watch = async (): Promise<void> => {
    isWatching = true;
    while (looks.size > 0) {
      await sleep(giveUpMs / LOOKS);
      for (const [tx, seen] of looks) {
        looks.set(tx, seen + 1);
        if (seen === LOOKS) tx.kill(tooLong(giveUpMs));
      }
    }
    isWatching = false;
  };
  return {
    all: () => looks.keys(),
    add(tx: Transaction) {
      looks.set(tx, 0);
      if (!isWatching) void watch();
    },
    delete: (tx: Transaction) => void looks.delete(tx),
  };
}

function tooLong(giveUpMs: number): StoreAway {
  return new StoreAway("busy", { cause: new Error(`the transaction took longer than ${giveUpMs} ms`) });
}

/** Tells whoever still listens when the notification arrives. */
function notify({ ears, drop, pause }: Shared, tx: Transaction): void {
  const send = <L>(all: Set<L>, tell: (ear: L) => void) => {
    const arrive = async (ear: L): Promise<void> => {
      await pause();
      if (all.has(ear)) tell(ear);
    };
    for (const ear of all) if (!drop()) void arrive(ear);
  };
  if (tx.due) send(ears.due, (wake) => wake());
  for (const deployment of tx.told) send(ears.events, (wake) => wake(deployment));
}

function portOf(tx: Transaction): Tx {
  const { views } = tx;
  return {
    ...reading(tx),
    ...advancing(tx),
    ...calling(tx),
    ...probing(tx),
    ...polling(tx),
    ...listing(tx),
    ...waiting(tx),
    ...launching(tx),
    ...turningSources(tx),
    ...owning(tx),
    ...keepingOffers(tx),
    ...keepingAccess(tx),
    ...keepingAudit(tx),
    ...keeping(tx),
    ...keepingPlans(tx),
    ...tellingTime(tx),
    ...pruning(tx),
    ...holding(tx),
    ...keepingWebhooks(tx),
    voidClaims: () =>
      tx.statement(() => {
        for (const was of views.machines.all()) {
          views.machines.put(was.row.id, { ...was, row: { ...was.row, claimedUntil: null } });
        }
        for (const was of views.instances.all()) {
          views.instances.put(`${was.row.deployment}/${was.row.name}`, { ...was, probeClaimedUntil: null });
        }
        for (const was of views.accounts.all()) {
          if (was.pollClaimedUntil === null) continue;
          const row = { ...was.row, pollAt: Math.min(was.row.pollAt, tx.now()) };
          views.accounts.put(row.id, { ...was, row, pollClaimedUntil: null });
        }
        voidLetters(tx);
        tx.due = true;
      }),
  };
}
