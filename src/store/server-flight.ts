// Statements that go to a server in one message, with one `Sync` behind them, and are answered in one: `pg` itself sends one for each, and the
// server wakes the process for each. Where one fails the server passes over those behind it
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).

import { type Connection, type FieldDef, type Submittable, types } from "pg";
import { dateOf } from "./server-values.ts";

export interface Asked {
  readonly sql: string;
  /** As text. */
  readonly parameters: readonly (string | null)[];
  /** Under which a connection keeps its plan; null: none. */
  readonly name: string | null;
}

export interface Answer {
  /** As the server calls what was done, such as `UPDATE`. */
  readonly command: string;
  /** Read or written. */
  readonly count: bigint;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** What a connection knows by name, and what rows of it have; null: it gives none. */
export type Known = Map<string, readonly Column[] | null>;

/** What came of a flight. */
export interface Landing {
  /** Of the statements in their order, until one failed. */
  readonly answers: readonly Answer[];
  /** Of the statement behind those; what is behind it has come to nothing. */
  readonly failure: { readonly cause: unknown } | null;
}

const TIMESTAMPTZ = 1184;
/** Such as `UPDATE 5`, `INSERT 0 5`, `COMMIT`. */
const DONE = /^([A-Z]+)(?:.* (\d+))?/;

export class ServerFlight implements Submittable {
  readonly #asked: readonly Asked[];
  readonly #known: Known;
  readonly #answers: Answer[] = [];
  readonly #landing = Promise.withResolvers<Landing>();
  #columns: readonly Column[] | null = null;
  #rows: Record<string, unknown>[] = [];

  constructor(asked: readonly Asked[], known: Known) {
    this.#asked = asked;
    this.#known = known;
    this.#expect();
  }

  /** Never rejects. */
  get landed(): Promise<Landing> {
    return this.#landing.promise;
  }

  submit(connection: Connection): void {
    connection.stream.cork();
    try {
      for (const asked of this.#asked) this.#write(connection, asked);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  #write(connection: Connection, { sql, parameters, name }: Asked): void {
    const statement = name ?? "";
    const isKnown = name !== null && this.#known.has(name);
    if (!isKnown) {
      // It may have been read where it then failed: nobody knows.
      if (name !== null) connection.close({ type: "S", name }, true);
      connection.parse({ name: statement, text: sql, types: [] }, true);
    }
    connection.bind({ portal: "", statement, binary: "", values: [...parameters] }, true);
    if (!isKnown) connection.describe({ type: "P", name: "" }, true);
    connection.execute({ portal: "", rows: "" }, true);
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, read: readerOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const columns = this.#columns ?? [];
    for (let at = 0; at < columns.length; at += 1) {
      const [column, text] = [columns[at], fields[at] ?? null];
      if (column !== undefined) row[column.name] = text === null ? null : column.read(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, command = "", count = "0"] = DONE.exec(text) ?? [];
    this.#end({ command, count: BigInt(count), rows: this.#rows });
  }

  handleEmptyQuery(): void {
    this.#end({ command: "", count: 0n, rows: [] });
  }

  /** Of `copy … from stdin`, which nobody asks for: the server would wait for data for ever. */
  handleCopyInResponse({ stream }: Connection): void {
    stream.destroy(new Error("Connection terminated: there is nothing to copy"));
  }

  handleCopyData(): void {}

  handlePortalSuspended(): void {}

  handleReadyForQuery(): void {
    const isWhole = this.#answers.length === this.#asked.length;
    this.#land(isWhole ? null : { cause: new Error("the server left a statement unanswered") });
  }

  handleError(cause: unknown): void {
    this.#land({ cause });
  }

  #land(failure: Landing["failure"]): void {
    this.#landing.resolve({ answers: this.#answers, failure });
  }

  #end(answer: Answer): void {
    const name = this.#asked[this.#answers.length]?.name ?? null;
    if (name !== null) this.#known.set(name, this.#columns);
    this.#answers.push(answer);
    this.#expect();
  }

  /** Of what is known the server does not say again what rows have. */
  #expect(): void {
    const name = this.#asked[this.#answers.length]?.name ?? null;
    this.#columns = name === null ? null : (this.#known.get(name) ?? null);
    this.#rows = [];
  }
}

function readerOf(type: number): (text: string) => unknown {
  const read: (text: string) => unknown = types.getTypeParser(type, "text");
  return type === TIMESTAMPTZ ? (text) => dateOf(text) ?? read(text) : read;
}
