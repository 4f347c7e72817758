// Statements that go to the database together. Each way there and back takes as long as a small statement itself, so what does not need the
// answer of the one before does not wait for it. They run one after the other all the same, in the order in which they are given.

import type { CompiledQuery, DatabaseConnection, QueryResult, RawBuilder, TransactionSettings } from "kysely";
import { invariant } from "../core/invariant.ts";
import type { Sql } from "./rows.ts";

/** Of both kinds of databases. */
export interface FlightConnection extends DatabaseConnection {
  /** Runs it with the commit, before it; what it says is told by nobody. */
  withCommit(query: CompiledQuery): void;
}

/**
 * Of a transaction that writes: it finds rows by their keys, however small their tables were when its plans were made, and by plans that hold for all values. Left to itself
 * PostgreSQL goes through tables that have just grown, and compares plans with what they cost in the past of the connection, which makes them anew each time: both together
 * were a quarter of what a launch cost a server. A way through a whole table is called dear and not forbidden: beside what is forbidden, and is the only way to a table without
 * an index, nothing else is compared any more. What such plans are said to cost would have them compiled, which takes longer than they do.
 */
const BY_KEYS = Object.entries({
  plan_cache_mode: "force_generic_plan",
  seq_page_cost: "100",
  random_page_cost: "1.1",
  jit: "off",
}).map(([name, value]) => `set_config('${name}', '${value}', true)`);

/** The statements that a transaction begins with. */
export function beginningOf({ isolationLevel, accessMode }: TransactionSettings): readonly string[] {
  const level = isolationLevel === undefined ? "" : ` isolation level ${isolationLevel}`;
  if (accessMode === "read only") return [`start transaction${level} read only`];
  return [`start transaction${level}`, `select ${BY_KEYS.join(", ")}`];
}

type Answers<S extends readonly RawBuilder<unknown>[]> = {
  readonly [at in keyof S]: S[at] extends RawBuilder<infer R> ? readonly R[] : never;
};

/** The rows of each. Throws the first error; those behind it have come to nothing then. */
export async function together<const S extends readonly RawBuilder<unknown>[]>(
  db: Sql,
  statements: S,
): Promise<Answers<S>> {
  const answers = await fly(
    db,
    statements.map((statement) => statement.compile(db)),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what rows hold is known to whoever wrote the statements, as with every driver
  return answers.map(({ rows }) => rows) as unknown as Answers<S>;
}

/** One by one on a connection of another kind, which may not keep them in order. */
function fly(db: Sql, queries: readonly CompiledQuery[]): Promise<readonly QueryResult<unknown>[]> {
  return db.getExecutor().provideConnection(async (connection) => {
    const ask = (query: CompiledQuery): Promise<QueryResult<unknown>> => connection.executeQuery(query);
    if (isFlight(connection)) return Promise.all(queries.map(ask));
    const answers: QueryResult<unknown>[] = [];
    for (const query of queries) answers.push(await ask(query));
    return answers;
  });
}

interface Waiting {
  readonly query: CompiledQuery;
  readonly answer: PromiseWithResolvers<QueryResult<unknown>>;
}

/** Gathers statements that write, of functions which go on when they are answered. */
export class Flight {
  readonly db: Sql;
  #waiting: Waiting[] = [];
  #under: Promise<unknown>[] = [];
  #isUnderWay = false;
  constructor(db: Sql) {
    this.db = db;
  }

  executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>> {
    // Nobody would send it.
    invariant(!this.#isUnderWay, "a flight that has gone is asked for more");
    const answer = Promise.withResolvers<QueryResult<unknown>>();
    this.#waiting.push({ query, answer });
    return answer.promise;
  }

  /** What `act` begins with is part of the flight; the rest of it follows the answer. */
  add(act: (flight: Flight) => Promise<unknown>): void {
    this.#under.push(act(this));
  }

  /** Sends what was gathered, and resolves when whoever began it has ended. */
  async go(): Promise<void> {
    const [waiting, under] = [this.#waiting, this.#under];
    this.#waiting = [];
    this.#under = [];
    if (waiting.length > 0) under.push(this.#send(waiting));
    this.#isUnderWay = true;
    try {
      await Promise.all(under);
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    try {
      const answers = await fly(
        this.db,
        waiting.map(({ query }) => query),
      );
      for (const [at, { answer }] of waiting.entries()) {
        const own = answers[at];
        invariant(own !== undefined, "a statement of a flight has no answer");
        answer.resolve(own);
      }
    } catch (error) {
      for (const { answer } of waiting) answer.reject(error);
      throw error;
    }
  }
}

const isFlight = (connection: DatabaseConnection): connection is FlightConnection => "withCommit" in connection;

/** Within a transaction: the statement goes with its commit; at once on a connection of another kind. */
export function withCommit(db: Sql, statement: RawBuilder<unknown>): Promise<void> {
  const query = statement.compile(db);
  return db.getExecutor().provideConnection(async (connection) => {
    if (isFlight(connection)) connection.withCommit(query);
    else await connection.executeQuery(query);
  });
}
