// Kysely on a PostgreSQL server. What comes again and again is asked for under a name, so that each connection reads and plans it once: that
// was a quarter of what a launch cost the server.

import {
  CompiledQuery,
  type DatabaseConnection,
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

class ServerConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #names: StatementNames;
  #isSpent = false;
  constructor(client: PoolClient, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#ask(sql, parameters);
    const typed = { rows };
    return WRITING.has(command) ? { ...typed, numAffectedRows: BigInt(rowCount ?? 0) } : typed;
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

  /** Throws when it was rolled back instead. */
  async commit(): Promise<void> {
    const { command } = await this.#ask("commit", []);
    if (command === "ROLLBACK") throw new Error("the transaction was rolled back: a statement of it had failed");
  }

  async rollback(): Promise<void> {
    try {
      await this.#ask("rollback", []);
    } catch (error) {
      // Nobody may come into what is left of the transaction.
      this.#isSpent = true;
      throw error;
    }
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

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? "" : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? "" : ` ${settings.accessMode}`;
    await connection.executeQuery(CompiledQuery.raw(`start transaction${level}${access}`));
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
