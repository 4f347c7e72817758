// Kysely on a PostgreSQL server. What comes again and again is asked for under a name, so that each connection reads and plans it once: that
// was a quarter of what a launch cost the server.

import {
  type CompiledQuery,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { Pool, PoolClient, QueryResult as Answer } from "pg";
import { StoreAway } from "../ports/store.ts";
import { translate } from "./errors.ts";
import type { FlightConnection } from "./flights.ts";

/** Each is kept by each connection of this process, at some ten kilobytes. */
const NAMES_MOST = 200;
/** Texts of which it is remembered that they came once. */
const MET_MOST = 1_000;
/** Plans of nothing else are kept. */
const PLANNED = /^\s*(?:select|insert|update|delete|with)\b/i;

export function serverDialect(pool: Pool): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new ServerDriver(pool),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** The same for all connections. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #met = new Set<string>();

  /** Null for a text that has not come before, and once there are names enough: lists with filters have texts without end. */
  of(sql: string): string | null {
    const known = this.#names.get(sql);
    if (known !== undefined) return known;
    if (this.#names.size >= NAMES_MOST || !PLANNED.test(sql)) return null;
    if (!this.#met.delete(sql)) {
      if (this.#met.size >= MET_MOST) this.#met.clear();
      this.#met.add(sql);
      return null;
    }
    const name = `s${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

const WRITING = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** Reads, and may lock: outside of a transaction that would come to nothing. */
const READING = /^\s*select\b/i;

class ServerConnection implements FlightConnection {
  readonly #client: PoolClient;
  readonly #names: StatementNames;
  #isSpent = false;
  /** The beginning of a transaction that has had no statement yet: it goes with the first. */
  #beginning: string | null = null;
  /** Of the present transaction: rejects when it could not be begun. */
  #begun: Promise<unknown> | null = null;
  /** Something that writes has come: from then on all wait until the transaction has begun, each behind the one before. */
  #isHeld = false;
  #last: CompiledQuery | null = null;
  constructor(client: PoolClient, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  begin(sql: string): void {
    this.#beginning = sql;
  }

  withCommit(query: CompiledQuery): void {
    this.#last = query;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#askInside(sql, parameters);
    const typed = { rows };
    return WRITING.has(command) ? { ...typed, numAffectedRows: BigInt(rowCount ?? 0) } : typed;
  }

  /** With the beginning, if it does no harm outside of a transaction: what was sent is carried out, also when that has not begun. */
  async #askInside(sql: string, parameters: readonly unknown[]): Promise<Answer> {
    const first = this.#beginning;
    this.#beginning = null;
    if (first !== null) this.#begun = this.#sendBeginning(first);
    if (this.#begun === null) return this.#ask(sql, parameters);
    this.#isHeld ||= !READING.test(sql);
    if (this.#isHeld) {
      await this.#begun;
      return this.#ask(sql, parameters);
    }
    const [begun, asked] = await Promise.allSettled([this.#begun, this.#ask(sql, parameters)]);
    if (begun.status === "rejected") throw begun.reason;
    if (asked.status === "rejected") throw asked.reason;
    return asked.value;
  }

  #sendBeginning(sql: string): Promise<unknown> {
    const begun = this.#ask(sql, []).catch((error: unknown) => {
      this.#isSpent = true;
      const left = translate(error);
      throw left instanceof StoreAway ? left : new StoreAway("unreachable", { cause: error });
    });
    begun.catch(() => undefined);
    return begun;
  }

  async #ask(sql: string, parameters: readonly unknown[]): Promise<Answer> {
    const name = this.#names.of(sql);
    const values = [...parameters];
    try {
      return await (name === null ? this.#client.query(sql, values) : this.#client.query({ name, text: sql, values }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Made where the server's answer was read, which says nothing of whoever asked.
      Error.captureStackTrace(error);
      if (!isOutOfDate(error)) throw error;
      this.#isSpent = true;
      throw new StoreAway("busy", { cause: error });
    }
  }

  /** Throws when it was rolled back instead. One in which nothing was asked was never begun. */
  async commit(): Promise<void> {
    const last = this.#last;
    if (this.#beginning !== null && last === null) return this.#endTransaction();
    try {
      const asked = last === null ? null : this.#askInside(last.sql, last.parameters);
      const [told, committed] = await Promise.allSettled([asked, this.#askInside("commit", [])]);
      if (told.status === "rejected") throw told.reason;
      if (committed.status === "rejected") throw committed.reason;
      if (committed.value.command === "ROLLBACK") {
        throw new Error("the transaction was rolled back: a statement of it had failed");
      }
    } finally {
      this.#endTransaction();
    }
  }

  async rollback(): Promise<void> {
    const isBegun = this.#beginning === null;
    this.#endTransaction();
    if (!isBegun) return;
    try {
      await this.#ask("rollback", []);
    } catch (error) {
      // Nobody may come into what is left of the transaction.
      this.#isSpent = true;
      throw error;
    }
  }

  #endTransaction(): void {
    this.#beginning = null;
    this.#begun = null;
    this.#isHeld = false;
    this.#last = null;
  }

  release(): void {
    this.#client.release(this.#isSpent);
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("rows come all at once");
  }
}

/** A newer program has given a table more columns. Whatever this connection knows by name is of before. */
const isOutOfDate = (error: Error): boolean =>
  Reflect.get(error, "code") === "0A000" && error.message.includes("cached plan");

class ServerDriver implements Driver {
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  #isDestroyed = false;
  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ServerConnection> {
    return new ServerConnection(await this.#pool.connect(), this.#names);
  }

  async beginTransaction(connection: ServerConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? "" : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? "" : ` ${settings.accessMode}`;
    connection.begin(`start transaction${level}${access}`);
  }

  commitTransaction(connection: ServerConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: ServerConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: ServerConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    await this.#pool.end();
  }
}
