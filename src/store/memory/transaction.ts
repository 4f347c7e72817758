// One transaction. One that writes is at READ COMMITTED: statements run one after the other, each sees what is committed when it
// runs and what this transaction wrote before; between them anything may happen. Writes become visible together, at the commit.
// One that only reads sees the moment of its first statement throughout.

import type { AccountId, DeploymentId } from "../../core/ids.ts";
import type { LedgerNews } from "../../ports/claims.ts";
import { StoreAway } from "../../ports/store.ts";
import type { Locks } from "./locks.ts";
import { STEP_MS } from "../../core/world/clock-step.ts";
import { ClockMoved, type TimeRow, type Timekeeper } from "../timekeeper.ts";
import { timeRowOf } from "./clock.ts";
import { commitAll, type Committed, type TableName, type Tables, type Views, viewsOf } from "./rows.ts";
import type { WrittenLedger } from "./written.ts";

/** What transactions share. */
export interface Database {
  readonly tables: Tables;
  readonly locks: Locks<Transaction>;
  readonly written: WrittenLedger;
  /** The database's own, which may be set. */
  readonly clock: { now(): number };
  /** A point where the scheduler may let others go first. */
  readonly pause: () => Promise<void> | undefined;
  /** What transactions see that read at an earlier moment. */
  readonly frozen: Set<Views>;
  /** Told of each commit while it is made, so that nobody has acted on it yet. */
  readonly onCommit: (changed: Committed) => void;
}

/** One for all: making an error with its stack for every transaction costs more than the transaction. */
export const OVER = new Error("the transaction is over");

/** What locks are of: rows of tables; the choice among an account's offers; the turn of whoever decides what is due. */
type LockName = TableName | "choices" | "turns";

export class Transaction {
  readonly views: Views;
  /** Set by statements that made a row due. */
  due = false;
  /** Deployments with new events. */
  readonly told = new Set<DeploymentId>();
  private readonly database: Database;
  private readonly keeper: Timekeeper;
  /** When the process asked what a statement answers now, on its own clock. */
  private askedAt = 0;
  private die: (reason: Error) => void = () => {};
  private last: Promise<unknown> = Promise.resolve();
  /** Statements that were asked for and have not ended. */
  private asked = 0;
  private over: Error | null = null;
  /** Whether the moment that is seen stands, or needs not to. */
  private fixed: boolean;
  private isFrozen = false;
  /** The error of the first statement that failed: from then on the transaction can only roll back. */
  private failure: { readonly cause: unknown } | null = null;

  constructor(database: Database, keeper: Timekeeper, mode: "write" | "read") {
    this.database = database;
    this.keeper = keeper;
    this.fixed = mode === "write";
    this.views = viewsOf(database.tables);
  }

  get isOver(): boolean {
    return this.over !== null;
  }

  /** Slipway's time, held against the process's clock: within a statement. */
  now(): number {
    return this.keeper.check(this.timeRow(), this.askedAt);
  }

  timeRow(): TimeRow {
    return timeRowOf(this.views, this.database.clock.now());
  }

  /** What is committed, by now, of the account's ledger. */
  writtenSince(id: AccountId, since: string | null): LedgerNews {
    return this.database.written.since(id, since);
  }

  /** Whether it met a clock that has stepped: then it is to run again, whatever came of it. */
  get metStep(): ClockMoved | null {
    return this.failure?.cause instanceof ClockMoved ? this.failure.cause : null;
  }

  /** Runs `act`; rejects at once when the transaction is killed, whatever `act` waits for. */
  live<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.die = reject;
      act().then(resolve, reject);
    });
  }

  /** Runs one statement after those asked for before it, from a point where others may go first. */
  statement<T>(body: () => T | Promise<T>): Promise<T> {
    const run = (): Promise<T> => this.run(body);
    const result = this.asked === 0 ? run() : this.last.then(run, run);
    this.asked += 1;
    this.last = result;
    return result;
  }

  private async run<T>(body: () => T | Promise<T>): Promise<T> {
    try {
      this.mustBeLive();
      this.askedAt = this.keeper.monotonic();
      await this.database.pause();
      this.mustBeLive();
      // The time is asked for once more when it took so long.
      if (this.keeper.monotonic() - this.askedAt > STEP_MS) this.askedAt = this.keeper.monotonic();
      this.freeze();
      return await this.perform(body);
    } finally {
      this.asked -= 1;
    }
  }

  private async perform<T>(body: () => T | Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      this.failure ??= { cause: error };
      throw error;
    }
  }

  /** Waits for the lock of a row, which may not exist yet; the row must be read again afterwards. */
  async lock(table: { name: LockName }, key: string): Promise<void> {
    // Killed between two locks, it would take the next one for ever.
    this.mustBeLive();
    await this.database.locks.wait(this, table.name, key);
    // What is asked for under a lock is asked once it is held.
    this.askedAt = this.keeper.monotonic();
  }

  /** Waits for several locks in order of their keys. Others may go first between any two of them. */
  async lockAll(table: { name: LockName }, keys: readonly string[]): Promise<void> {
    const inOrder = keys.length < 2 ? keys : [...new Set(keys)].sort();
    for (const key of inOrder) {
      this.mustBeLive();
      // Asked without a promise first, for most are free.
      await (this.lockFree(table, key) ? undefined : this.lock(table, key));
    }
  }

  /** Locks a row unless another has it. */
  lockFree(table: { name: LockName }, key: string): boolean {
    return this.database.locks.take(this, table.name, key);
  }

  holds(table: { name: TableName }, key: string): boolean {
    return this.database.locks.holds(this, table.name, key);
  }

  /** Makes all writes visible at once and lets go of the locks. */
  async commit(): Promise<void> {
    await this.statement(() => this.seal());
  }

  /** One statement that is the whole transaction: nobody goes first between it and its commit. */
  alone<T>(body: () => Promise<T>): Promise<T> {
    return this.statement(async () => {
      const result = await body();
      this.mustBeLive();
      this.seal();
      return result;
    });
  }

  private seal(): void {
    const changed = commitAll(this.views, this.database.frozen);
    this.database.written.note(changed.machines);
    this.end(OVER);
    this.database.onCommit(changed);
  }

  /** Ends it without a commit: whatever waits inside it rejects with `reason`. Does nothing once it is over. */
  kill(reason: Error): void {
    if (this.over !== null) return;
    this.die(reason);
    this.end(reason);
  }

  private end(reason: Error): void {
    this.over = reason;
    if (this.isFrozen) this.database.frozen.delete(this.views);
    this.database.locks.release(this, reason);
  }

  private freeze(): void {
    if (this.fixed) return;
    this.fixed = true;
    this.isFrozen = true;
    this.database.frozen.add(this.views);
  }

  private mustBeLive(): void {
    if (this.over !== null) throw this.over;
    if (this.failure !== null) {
      const { cause } = this.failure;
      if (cause instanceof StoreAway) throw cause;
      throw new Error("a statement before failed: the transaction rolls back", { cause });
    }
  }
}
