// Row locks: taken by one owner at a time, kept until it lets go of all, granted in the order of asking.

import { StoreAway } from "../../ports/store.ts";

interface Waiter<O> {
  readonly owner: O;
  grant(): void;
  refuse(reason: Error): void;
}

interface Lock<O> {
  owner: O;
  readonly key: string;
  /** Null while nobody has ever waited, as for most. */
  waiters: Waiter<O>[] | null;
  /** The locks of its table. */
  readonly among: Map<string, Lock<O>>;
}

export class Locks<O> {
  /** By table, then by key. */
  private readonly tables = new Map<string, Map<string, Lock<O>>>();
  private readonly held = new Map<O, Lock<O>[]>();
  private readonly waitsFor = new Map<O, Lock<O>>();

  holds(owner: O, table: string, key: string): boolean {
    return this.tables.get(table)?.get(key)?.owner === owner;
  }

  /** Takes the lock if nobody else has it. */
  take(owner: O, table: string, key: string): boolean {
    const among = this.among(table);
    const lock = among.get(key);
    if (lock !== undefined) return lock.owner === owner;
    const taken = { owner, key, waiters: null, among };
    among.set(key, taken);
    this.keep(owner, taken);
    return true;
  }

  /** Resolves when the owner has the lock; rejects when its wait is abandoned, and at once when the wait would close a circle of waits, as in PostgreSQL. */
  async wait(owner: O, table: string, key: string): Promise<void> {
    const lock = this.among(table).get(key);
    if (lock === undefined || lock.owner === owner) return void this.take(owner, table, key);
    if (this.closesCircle(owner, lock)) {
      throw new StoreAway("busy", { cause: new Error(`deadlock detected while waiting for ${table}/${key}`) });
    }
    this.waitsFor.set(owner, lock);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    lock.waiters ??= [];
    lock.waiters.push({ owner, grant: resolve, refuse: reject });
    await promise;
  }

  /** Ends the owner's wait, if it has one, with an error, and gives all its locks to those next in line. */
  release(owner: O, reason: Error): void {
    const awaited = this.waitsFor.get(owner);
    if (awaited !== undefined) this.abandon(owner, awaited, reason);
    const locks = this.held.get(owner);
    if (locks === undefined) return;
    for (const lock of locks) this.pass(lock);
    this.held.delete(owner);
  }

  private among(table: string): Map<string, Lock<O>> {
    const known = this.tables.get(table);
    if (known !== undefined) return known;
    const locks = new Map<string, Lock<O>>();
    this.tables.set(table, locks);
    return locks;
  }

  private pass(lock: Lock<O>): void {
    const next = lock.waiters?.shift();
    if (next === undefined) {
      lock.among.delete(lock.key);
      return;
    }
    lock.owner = next.owner;
    this.waitsFor.delete(next.owner);
    this.keep(next.owner, lock);
    next.grant();
  }

  private abandon(owner: O, { waiters }: Lock<O>, reason: Error): void {
    this.waitsFor.delete(owner);
    const place = waiters?.findIndex((waiter) => waiter.owner === owner) ?? -1;
    for (const waiter of place === -1 ? [] : (waiters?.splice(place, 1) ?? [])) waiter.refuse(reason);
  }

  private keep(owner: O, lock: Lock<O>): void {
    const locks = this.held.get(owner);
    if (locks === undefined) this.held.set(owner, [lock]);
    else locks.push(lock);
  }

  private closesCircle(owner: O, wanted: Lock<O>): boolean {
    for (let awaited: Lock<O> | undefined = wanted; awaited !== undefined; awaited = this.waitsFor.get(awaited.owner)) {
      if (awaited.owner === owner) return true;
    }
    return false;
  }
}
