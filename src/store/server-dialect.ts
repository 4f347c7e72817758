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
import type { Pool, PoolClient } from "pg";
import { StoreAway } from "../ports/store.ts";
import { translate } from "./errors.ts";
import { beginningOf, type FlightConnection } from "./flights.ts";
import { type Answer, type Asked, type Known, type Landing, ServerFlight } from "./server-flight.ts";
import { parameterText } from "./server-values.ts";

/** Each is kept by each connection of this process, at some ten kilobytes. */
const NAMES_MOST = 300;
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

/** The same for all connections. What writes has names of its own: a plan that was made for its values, or by another measure, stays with its name. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #met = new Set<string>();

  /** Null for a text that has not come before, and once there are names enough: lists with filters have texts without end. */
  of(sql: string, isWriting = false): string | null {
    const key = `${isWriting ? "w" : "r"} ${sql}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.#names.size >= NAMES_MOST || !PLANNED.test(sql)) return null;
    if (!this.#met.delete(key)) {
      if (this.#met.size >= MET_MOST) this.#met.clear();
      this.#met.add(key);
      return null;
    }
    const name = `${isWriting ? "w" : "r"}${this.#names.size}`;
    this.#names.set(key, name);
    return name;
  }
}

const WRITING = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** As much of a client of `pg` as is used. */
type ServerClient = Pick<PoolClient, "query" | "release">;

const [COMMIT, ROLLBACK]: readonly [Asked, Asked] = [
  { sql: "commit", parameters: [], name: null },
  { sql: "rollback", parameters: [], name: null },
];

interface Waiting extends Asked {
  readonly answer: PromiseWithResolvers<Answer>;
}

class ServerConnection implements FlightConnection {
  readonly #client: ServerClient;
  readonly #names: StatementNames;
  readonly #known: Known;
  #isSpent = false;
  /** The beginning of a transaction that has had no statement yet: it goes with the first. */
  #beginning: readonly string[] = [];
  /** Why the present transaction could not be begun: nothing more of it is sent. */
  #unbegun: { readonly cause: unknown } | null = null;
  /** What was asked for since the last flight left; what is asked for while one is under way goes with the next. */
  #waiting: Waiting[] = [];
  #isUnderWay = false;
  #isWriting = false;
  #last: Asked | null = null;
  constructor(client: ServerClient, names: StatementNames, known: Known) {
    this.#client = client;
    this.#names = names;
    this.#known = known;
  }

  begin(settings: TransactionSettings): void {
    this.#beginning = beginningOf(settings);
    this.#isWriting = settings.accessMode !== "read only";
  }

  /** Throws as a statement does whose parameters cannot be written. */
  withCommit(query: CompiledQuery): void {
    this.#last = this.#asked(query);
  }

  #asked({ sql, parameters }: Pick<CompiledQuery, "sql" | "parameters">): Asked {
    return { sql, parameters: parameters.map(parameterText), name: this.#names.of(sql, this.#isWriting) };
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { command, count, rows } = await this.#ask(this.#asked(query));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a row holds is known to whoever wrote the statement, as with every driver
    const typed = { rows: rows as R[] };
    return WRITING.has(command) ? { ...typed, numAffectedRows: count } : typed;
  }

  /** In one flight with all that is asked for at the same moment. */
  async #ask(asked: Asked): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.push({ ...asked, answer });
    if (!this.#isUnderWay) {
      this.#isUnderWay = true;
      queueMicrotask(() => void this.#sendAll());
    }
    try {
      return await answer.promise;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Made where the server's answer was read, which says nothing of whoever asked.
      Error.captureStackTrace(error);
      // What the server ends is not ended yet.
      this.#isSpent ||= Reflect.get(error, "severity") === "FATAL";
      if (!isOutOfDate(error)) throw error;
      this.#isSpent = true;
      throw new StoreAway("busy", { cause: error });
    }
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      await this.#send(waiting);
    }
    this.#isUnderWay = false;
  }

  /** Resolves when all are answered, with whatever. */
  async #send(waiting: readonly Waiting[]): Promise<void> {
    const beginning = this.#beginning;
    this.#beginning = [];
    const begin = beginning.map((sql) => this.#asked({ sql, parameters: [] }));
    const { answers, failure } = await this.#fly([...begin, ...waiting]);
    if (failure !== null && answers.length < beginning.length) {
      this.#unbegun = { cause: beginningFailed(failure.cause) };
    }
    const came = answers.slice(beginning.length);
    // First of all what failed: whoever asked for several things is told that.
    if (failure !== null) waiting[came.length]?.answer.reject(this.#unbegun?.cause ?? failure.cause);
    for (const [at, { answer }] of waiting.entries()) {
      const own = came[at];
      if (failure === null && own !== undefined) answer.resolve(own);
      else answer.reject(this.#unbegun?.cause ?? new FellowFailed(failure?.cause));
    }
  }

  async #fly(asked: readonly Asked[]): Promise<Landing> {
    if (this.#unbegun !== null) return { answers: [], failure: this.#unbegun };
    const flight = new ServerFlight(asked, this.#known);
    try {
      this.#client.query(flight);
    } catch (cause) {
      // Nobody knows how much of it was sent.
      this.#isSpent = true;
      return { answers: [], failure: { cause } };
    }
    return flight.landed;
  }

  /** Throws when it was rolled back instead. One in which nothing was asked was never begun. */
  async commit(): Promise<void> {
    const last = this.#last;
    try {
      if (this.#beginning.length > 0 && last === null) return;
      const told = last === null ? undefined : this.#ask(last);
      const [first, committed] = await Promise.allSettled([told, this.#ask(COMMIT)]);
      // What was told of has come to nothing with the commit as well.
      if (first.status === "rejected" && !(first.reason instanceof FellowFailed)) throw first.reason;
      if (committed.status === "rejected") throw committed.reason;
      if (committed.value.command === "ROLLBACK") {
        throw new Error("the transaction was rolled back: a statement of it had failed");
      }
    } finally {
      this.#endTransaction();
    }
  }

  async rollback(): Promise<void> {
    const isBegun = this.#beginning.length === 0 && this.#unbegun === null;
    this.#endTransaction();
    // One that is closed anyway is rolled back by that.
    if (!isBegun || this.#isSpent) return;
    try {
      await this.#ask(ROLLBACK);
    } catch (error) {
      // Nobody may come into what is left of the transaction.
      this.#isSpent = true;
      throw error;
    }
  }

  #endTransaction(): void {
    this.#beginning = [];
    this.#isSpent ||= this.#unbegun !== null;
    this.#unbegun = null;
    this.#isWriting = false;
    this.#last = null;
  }

  release(): void {
    this.#client.release(this.#isSpent);
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("rows come all at once");
  }
}

/** What came of a statement whose fellow failed: nothing. */
class FellowFailed extends Error {
  constructor(cause: unknown) {
    super("a statement that went together with it failed", { cause });
  }
}

function beginningFailed(error: unknown): StoreAway {
  const left = translate(error);
  return left instanceof StoreAway ? left : new StoreAway("unreachable", { cause: error });
}

/**
 * A newer program has given a table more columns: whatever this connection knows by name is of before. Or what it knew is known no more, as a pooler between it and
 * the server may see to.
 */
const isOutOfDate = (error: Error): boolean => {
  const code: unknown = Reflect.get(error, "code");
  return code === "26000" || (code === "0A000" && error.message.includes("cached plan"));
};

class ServerDriver implements Driver {
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  readonly #known = new WeakMap<PoolClient, Known>();
  #isDestroyed = false;
  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ServerConnection> {
    const client = await this.#pool.connect();
    const known: Known = this.#known.get(client) ?? new Map();
    this.#known.set(client, known);
    return new ServerConnection(client, this.#names, known);
  }

  async beginTransaction(connection: ServerConnection, settings: TransactionSettings): Promise<void> {
    connection.begin(settings);
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
