// One transaction. One that writes is at READ COMMITTED: statements run one after the other, each sees what is committed when it
// runs and what this transaction wrote before; between them anything may happen. Writes become visible together, at the commit.
// One that only reads sees the moment of its first statement throughout.

import type { DeploymentId } from "../../core/ids.ts";
import type { Locks } from "./locks.ts";
import { commitAll, type Committed, type TableName, type Tables, type Views, viewsOf } from "./rows.ts";

/** What transactions share. */
export interface Database {
  readonly tables: Tables;
  readonly locks: Locks<Transaction>;
  readonly clock: { now(): number };
  /** A point where the scheduler may let others go first. */
  readonly pause: () => Promise<void>;
  /** Told of each commit while it is made, so that nobody has acted on it yet. */
  readonly onCommit: (changed: Committed) => void;
}

/** One for all: making an error with its stack for every transaction costs more than the transaction. */
export const OVER = new Error("the transaction is over");

export class Transaction {
  readonly views: Views;
  /** Set by statements that made a row due. */
  due = false;
  /** Deployments with new events. */
  readonly told = new Set<DeploymentId>();
  private readonly database: Database;
  private readonly death = Promise.withResolvers<never>();
  private last: Promise<unknown> = Promise.resolve();
  private over: Error | null = null;
  /** Whether the moment that is seen stands, or needs not to. */
  private fixed: boolean;
  private isFrozen = false;
  /** The error of the first statement that failed: from then on the transaction can only roll back. */
  private failure: { readonly cause: unknown } | null = null;

  constructor(database: Database, mode: "write" | "read") {
    this.database = database;
    this.fixed = mode === "write";
    this.views = viewsOf(database.tables);
    this.death.promise.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.over !== null;
  }

  now(): number {
    return this.database.clock.now();
  }

  /** Runs `act`; rejects at once when the transaction is killed, whatever `act` waits for. */
  async live<T>(act: () => Promise<T>): Promise<T> {
    return Promise.race([act(), this.death.promise]);
  }

  /** Runs one statement after those asked for before it, from a point where others may go first. */
  async statement<T>(body: () => T | Promise<T>): Promise<T> {
    const run = async () => {
      this.mustBeLive();
      await this.database.pause();
      this.mustBeLive();
      this.freeze();
      try {
        return await body();
      } catch (error) {
        this.failure ??= { cause: error };
        throw error;
      }
    };
    const result = this.last.then(run, run);
    this.last = result;
    return result;
  }

  /** Waits for the lock of a row, which may not exist yet; the row must be read again afterwards. */
  async lock(table: { name: TableName }, key: string): Promise<void> {
    // Killed between two locks, it would take the next one for ever.
    this.mustBeLive();
    await this.database.locks.wait(this, `${table.name}/${key}`);
  }

  /** Waits for several locks in order of their keys. */
  async lockAll(table: { name: TableName }, keys: Iterable<string>): Promise<void> {
    for (const key of [...new Set(keys)].sort()) await this.lock(table, key);
  }

  /** Locks a row unless another has it. */
  lockFree(table: { name: TableName }, key: string): boolean {
    return this.database.locks.take(this, `${table.name}/${key}`);
  }

  holds(table: { name: TableName }, key: string): boolean {
    return this.database.locks.holds(this, `${table.name}/${key}`);
  }

  /** Makes all writes visible at once and lets go of the locks. */
  async commit(): Promise<void> {
    await this.statement(() => {
      const changed = commitAll(this.views);
      this.end(OVER);
      this.database.onCommit(changed);
    });
  }

  /** Ends it without a commit: whatever waits inside it rejects with `reason`. Does nothing once it is over. */
  kill(reason: Error): void {
    if (this.over !== null) return;
    this.death.reject(reason);
    this.end(reason);
  }

  private end(reason: Error): void {
    this.over = reason;
    if (this.isFrozen) for (const view of Object.values(this.views)) view.thaw();
    this.database.locks.release(this, reason);
  }

  private freeze(): void {
    if (this.fixed) return;
    this.fixed = true;
    this.isFrozen = true;
    for (const view of Object.values(this.views)) view.freeze();
  }

  private mustBeLive(): void {
    if (this.over !== null) throw this.over;
    if (this.failure !== null) {
      throw new Error("a statement before failed: the transaction rolls back", { cause: this.failure.cause });
    }
  }
}
