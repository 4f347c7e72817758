// Row locks: taken by one owner at a time, kept until it lets go of all, granted in the order of asking.

interface Waiter<O> {
  readonly owner: O;
  grant(): void;
  refuse(reason: Error): void;
}

interface Lock<O> {
  owner: O;
  readonly waiters: Waiter<O>[];
}

/** Thrown at the one whose wait would close a circle of waits, as PostgreSQL does (40P01). */
export class Deadlock extends Error {
  override readonly name = "Deadlock";
  constructor(key: string) {
    super(`deadlock detected while waiting for ${key}`);
  }
}

export class Locks<O> {
  private readonly locks = new Map<string, Lock<O>>();
  private readonly held = new Map<O, Set<string>>();
  private readonly waitsFor = new Map<O, string>();

  holds(owner: O, key: string): boolean {
    return this.locks.get(key)?.owner === owner;
  }

  /** Takes the lock if nobody else has it. */
  take(owner: O, key: string): boolean {
    const lock = this.locks.get(key);
    if (lock !== undefined) return lock.owner === owner;
    this.locks.set(key, { owner, waiters: [] });
    this.keep(owner, key);
    return true;
  }

  /** Resolves when the owner has the lock; rejects when its wait is abandoned. Throws Deadlock. */
  async wait(owner: O, key: string): Promise<void> {
    if (this.take(owner, key)) return;
    if (this.closesCircle(owner, key)) throw new Deadlock(key);
    this.waitsFor.set(owner, key);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.locks.get(key)?.waiters.push({ owner, grant: resolve, refuse: reject });
    await promise;
  }

  /** Ends the owner's wait, if it has one, with an error, and gives all its locks to those next in line. */
  release(owner: O, reason: Error): void {
    const awaited = this.waitsFor.get(owner);
    if (awaited !== undefined) this.abandon(owner, awaited, reason);
    for (const key of this.held.get(owner) ?? []) this.pass(key);
    this.held.delete(owner);
  }

  private pass(key: string): void {
    const lock = this.locks.get(key);
    const next = lock?.waiters.shift();
    if (lock === undefined || next === undefined) {
      this.locks.delete(key);
      return;
    }
    lock.owner = next.owner;
    this.waitsFor.delete(next.owner);
    this.keep(next.owner, key);
    next.grant();
  }

  private abandon(owner: O, key: string, reason: Error): void {
    this.waitsFor.delete(owner);
    const waiters = this.locks.get(key)?.waiters ?? [];
    const place = waiters.findIndex((waiter) => waiter.owner === owner);
    for (const waiter of place === -1 ? [] : waiters.splice(place, 1)) waiter.refuse(reason);
  }

  private keep(owner: O, key: string): void {
    const keys = this.held.get(owner);
    if (keys === undefined) this.held.set(owner, new Set([key]));
    else keys.add(key);
  }

  private closesCircle(owner: O, key: string): boolean {
    let awaited: string | undefined = key;
    while (awaited !== undefined) {
      const ahead: O | undefined = this.locks.get(awaited)?.owner;
      if (ahead === undefined) return false;
      if (ahead === owner) return true;
      awaited = this.waitsFor.get(ahead);
    }
    return false;
  }
}
