// A database that refuses: between a store and its driver, every statement passes here, is counted where it writes, and one of them, or
// all from one on for a while, fails as a server in trouble lets it fail, by the SQLSTATE of that trouble. What the server would keep is
// kept: a transaction that failed is rolled back, and of a commit whose answer is lost nobody knows that it was made.

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import { randomOf } from "../../datacentre/src/random.ts";

/** What keeps a server from doing its work for anybody, and a conflict between transactions, which is to be tried again as well. */
export const TROUBLES = {
  "no room on its disk": { states: ["53100"], refuses: "writes", endsSession: false, maySayTooMuch: false },
  "no memory": { states: ["53200"], refuses: "writes", endsSession: false, maySayTooMuch: true },
  "no connection left": { states: ["53300"], refuses: "everything", endsSession: true, maySayTooMuch: false },
  "read-only": { states: ["25006"], refuses: "writes", endsSession: false, maySayTooMuch: false },
  "stopped, crashed or starting": {
    states: ["57P01", "57P02", "57P03"],
    refuses: "everything",
    endsSession: true,
    maySayTooMuch: false,
  },
  "not to be reached": {
    states: ["08000", "08001", "08003", "08004", "08006"],
    refuses: "everything",
    endsSession: true,
    maySayTooMuch: false,
  },
  "unreadable files": { states: ["58030"], refuses: "writes", endsSession: false, maySayTooMuch: false },
  "a conflict": { states: ["40001", "40P01"], refuses: "writes", endsSession: false, maySayTooMuch: true },
} as const satisfies Readonly<Record<string, Trouble>>;

export interface Trouble {
  /** The SQLSTATEs by which it says so, in turns. */
  readonly states: readonly [string, ...string[]];
  /** While it lasts. */
  readonly refuses: "writes" | "everything";
  /** Whether it may be about the size of what was asked for, so that a deployment by itself is put off in the end. */
  readonly maySayTooMuch: boolean;
  readonly endsSession: boolean;
}

export interface Refusal {
  readonly trouble: Trouble;
  /** The write that it begins with, from 1. */
  readonly nth: number;
  /** How long what comes after it is refused as well … */
  readonly forMs: number;
  /** … and how much of it: a disk that is nearly full refuses one statement and takes the next. */
  readonly share: number;
}

/** As a driver throws it. */
class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: string;
  readonly severity: string;
  constructor(code: string, severity: "ERROR" | "FATAL") {
    super(`refused with ${code}`);
    this.code = code;
    this.severity = severity;
  }
}

export class RefusingServer {
  private readonly now: () => number;
  private refusal: Refusal | null = null;
  private struckAt: number | null = null;
  private count = 0;
  private refused = 0;
  private draw = randomOf("");
  private isOff = false;
  private busy = 0;
  private quiet = Promise.withResolvers<void>();

  /** The time by which statements are told what time it is. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** From now on writes are counted, and refused as is said. */
  begin(refusal: Refusal | null): void {
    this.refusal = refusal;
    this.draw = randomOf(`refusals/${refusal?.nth}`);
    this.struckAt = null;
    this.count = 0;
    this.refused = 0;
  }

  /** Since the beginning. */
  get writes(): number {
    return this.count;
  }

  get hasStruck(): boolean {
    return this.struckAt !== null;
  }

  /** What is asked in `act` is neither counted nor refused; nobody else may be asking meanwhile. */
  async aside<T>(act: () => Promise<T>): Promise<T> {
    this.isOff = true;
    try {
      return await act();
    } finally {
      this.isOff = false;
    }
  }

  /** When nobody waits for the database, nor is about to ask it without time passing first. */
  async idle(): Promise<void> {
    do {
      if (this.busy > 0) await this.quiet.promise;
      await new Promise((resolve) => void setImmediate(resolve));
    } while (this.busy > 0);
  }

  dialect(inner: Dialect): Dialect {
    return {
      createAdapter: () => inner.createAdapter(),
      createDriver: () => new RefusingDriver(inner.createDriver(), this),
      createIntrospector: (db) => inner.createIntrospector(db),
      createQueryCompiler: () => inner.createQueryCompiler(),
    };
  }

  /** What this statement is answered instead; null when it may go on. */
  refuse(isWrite: boolean): { readonly error: Error; readonly endsSession: boolean } | null {
    if (this.isOff) return null;
    if (isWrite) this.count += 1;
    if (this.refusal === null || !this.isRefused(this.refusal, isWrite)) return null;
    this.struckAt ??= this.now();
    const { trouble, nth } = this.refusal;
    const { states, endsSession } = trouble;
    const state = states[(nth + this.refused) % states.length] ?? states[0];
    this.refused += 1;
    return { error: new ServerError(state, endsSession ? "FATAL" : "ERROR"), endsSession };
  }

  private isRefused({ trouble, nth, forMs, share }: Refusal, isWrite: boolean): boolean {
    if (this.struckAt === null) return isWrite && this.count === nth;
    if (this.now() >= this.struckAt + forMs) return false;
    return (isWrite || trouble.refuses === "everything") && this.draw() < share;
  }

  async ask<R>(connection: DatabaseConnection, { sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const time = `timestamptz '${new Date(this.now()).toISOString()}'`;
    this.busy += 1;
    try {
      return await connection.executeQuery<R>(
        CompiledQuery.raw(sql.replaceAll("clock_timestamp()", time), [...parameters]),
      );
    } finally {
      this.busy -= 1;
      if (this.busy === 0) {
        this.quiet.resolve();
        this.quiet = Promise.withResolvers();
      }
    }
  }
}

const WRITES = /^\s*(?:insert|update|delete)\b|\b(?:insert into|update \S+ (?:\S+ )?set|delete from)\b|\bpg_notify\(/i;
const ROLLBACK = CompiledQuery.raw("rollback");

/** One session, from when it is taken to when it is given back. */
class RefusingConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  private readonly server: RefusingServer;
  private hasWritten = false;
  private isReading = false;
  private failure: Error | null = null;
  private over: Error | null = null;

  constructor(inner: DatabaseConnection, server: RefusingServer) {
    this.inner = inner;
    this.server = server;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql } = query;
    if (this.over !== null) throw this.over;
    if (sql === "rollback") return this.server.ask<R>(this.inner, query);
    if (this.failure !== null) throw this.failure;
    if (sql.startsWith("start transaction")) this.isReading = sql.includes("read only");
    const isCommit = sql === "commit";
    const isWrite = !this.isReading && (isCommit ? this.hasWritten : WRITES.test(sql));
    this.hasWritten ||= isWrite;
    const refused = this.server.refuse(isWrite);
    if (refused === null) return this.server.ask<R>(this.inner, query);
    if (refused.endsSession) this.over = new ServerError("08006", "FATAL");
    else this.failure = new ServerError("25P02", "ERROR");
    // A session that ends while it commits has committed: that is the case in which more can go wrong.
    await this.server.ask(this.inner, isCommit && refused.endsSession ? query : ROLLBACK);
    throw refused.error;
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("nothing is streamed");
  }
}

class RefusingDriver implements Driver {
  private readonly inner: Driver;
  private readonly server: RefusingServer;
  constructor(inner: Driver, server: RefusingServer) {
    this.inner = inner;
    this.server = server;
  }

  init(): Promise<void> {
    return this.inner.init();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new RefusingConnection(await this.inner.acquireConnection(), this.server);
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.inner.beginTransaction(connection, settings);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(ROLLBACK);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof RefusingConnection) await this.inner.releaseConnection(connection.inner);
  }

  destroy(): Promise<void> {
    return this.inner.destroy();
  }
}
