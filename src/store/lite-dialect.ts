// Kysely on the embedded database. There is one connection, and Kysely hands it to one user at a time.

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import { beginningOf, type FlightConnection } from "./flights.ts";
import type { Lite, LiteLife } from "./lite.ts";

export function liteDialect(lite: Lite): Dialect {
  return {
    createAdapter: () => new PGliteAdapter(),
    createDriver: () => new LiteDriver(lite),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class LiteConnection implements FlightConnection {
  private readonly lite: Lite;
  private life: LiteLife | null = null;
  private failure: unknown = null;
  /** The beginning of a transaction that has had no statement yet: it goes with the first. */
  private beginning: readonly string[] = [];
  private last: CompiledQuery | null = null;
  /** Of the first statement, until it is answered: what is asked meanwhile comes after it, and to nothing with it. */
  private opening: Promise<unknown> | null = null;
  constructor(lite: Lite) {
    this.lite = lite;
  }

  /** For the next user. Kysely would never hand on a connection that could not be acquired: what it is, the first statement says. */
  async renew(): Promise<void> {
    this.beginning = [];
    this.last = null;
    this.opening = null;
    try {
      this.life = await this.lite.living();
    } catch (error) {
      this.life = null;
      this.failure = error;
    }
  }

  begin(statements: readonly string[]): void {
    if (this.life === null) throw this.failure;
    this.beginning = statements;
  }

  withCommit(query: CompiledQuery): void {
    this.last = query;
  }

  async commit(): Promise<void> {
    const { last } = this;
    this.last = null;
    if (last !== null) await this.executeQuery(last);
    await this.finish("commit");
  }

  /** With `commit` or `rollback`. One in which nothing was asked was never begun. */
  async finish(sql: string): Promise<void> {
    if (this.beginning.length === 0) await this.executeQuery(CompiledQuery.raw(sql));
    this.beginning = [];
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.life === null) throw this.failure;
    const first = this.beginning;
    this.beginning = [];
    const { life } = this;
    const ask = () => life.query({ first, sql, parameters }).catch(askedHere);
    const behind = this.opening;
    const asked = behind === null ? ask() : behind.then(ask);
    if (first.length > 0) {
      this.opening = asked;
      const answered = () => (this.opening = null);
      asked.then(answered, answered);
    }
    const { rows, affected } = await asked;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a row holds is known to whoever wrote the statement, as with every driver
    const typed = { rows: rows as R[] };
    return affected === null ? typed : { ...typed, numAffectedRows: BigInt(affected) };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("rows of the embedded database come all at once");
  }

  end(cause: Error): void {
    this.life?.end(cause);
  }
}

/** With the stack of whoever asked, which an error from another thread cannot know. */
function askedHere(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error);
  throw error;
}

class LiteDriver implements Driver {
  private readonly lite: Lite;
  private readonly connection: LiteConnection;
  constructor(lite: Lite) {
    this.lite = lite;
    this.connection = new LiteConnection(lite);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.connection.renew();
    return this.connection;
  }

  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    this.connection.begin(beginningOf(settings));
  }

  async commitTransaction(): Promise<void> {
    await this.connection.commit();
  }

  async rollbackTransaction(): Promise<void> {
    try {
      await this.connection.finish("rollback");
    } catch (error) {
      // Nobody may come into what is left of the transaction.
      this.connection.end(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  async releaseConnection(): Promise<void> {}

  destroy(): Promise<void> {
    return this.lite.close();
  }
}
