// Statements of the embedded database, prepared under names. Most of what one costs there is being read and planned, and its own `query`
// goes into the database six times for each; a name that is known goes in once.

import { parse, type PGlite, protocol } from "@electric-sql/pglite";

/** Some hundred texts make a busy day; lists with filters make more. */
const KEPT_MOST = 250;
/** A plan made for small tables would stay after they have grown: it is made anew after so many uses. */
const USES_MOST = 250;
/** Anything else may change what names stand for: tables, or their statistics. */
const LASTING = /^\s*(?:select|insert|update|delete|with|start transaction|commit|rollback)\b/i;

const { serialize } = protocol;
type Message = Parameters<typeof parse.parseResults>[0][number];

interface Prepared {
  readonly name: string;
  readonly types: readonly number[];
  /** What its rows look like. */
  readonly columns: readonly Message[];
  uses: number;
}

export interface LiteRows {
  readonly rows: unknown[];
  readonly affectedRows?: number;
}

/** Answers as `lite.query` would, a statement at a time. */
export function createStatements(lite: PGlite): (sql: string, parameters: readonly unknown[]) => Promise<LiteRows> {
  /** In the order of their last use. */
  const kept = new Map<string, Prepared>();
  let lastNo = 0;

  const exchange = (...messages: readonly Uint8Array[]): Promise<Message[]> =>
    lite.execProtocolStream(Buffer.concat([...messages, serialize.sync()]), { syncToFs: false });

  async function close(sql: string): Promise<void> {
    const known = kept.get(sql);
    kept.delete(sql);
    if (known !== undefined) await exchange(serialize.close({ type: "S", name: known.name }));
  }

  async function prepare(sql: string): Promise<Prepared> {
    lastNo += 1;
    const name = `s${lastNo}`;
    const told = await exchange(serialize.parse({ name, text: sql }), serialize.describe({ type: "S", name }));
    const columns = told.filter((message) => message.name === "rowDescription");
    return { name, types: parse.parseDescribeStatementResults(told), columns, uses: 0 };
  }

  async function prepared(sql: string): Promise<Prepared> {
    const known = kept.get(sql);
    if (known !== undefined && known.uses >= USES_MOST) await close(sql);
    const statement = kept.get(sql) ?? (await prepare(sql));
    kept.delete(sql);
    kept.set(sql, statement);
    const [eldest] = kept.keys();
    if (kept.size > KEPT_MOST && eldest !== undefined) await close(eldest);
    statement.uses += 1;
    return statement;
  }

  return async (sql, parameters) => {
    if (!LASTING.test(sql)) {
      await lite.runExclusive(async () => {
        for (const text of kept.keys()) await close(text);
      });
      return lite.query<unknown>(sql, [...parameters]);
    }
    return lite.runExclusive(async () => {
      const { name, types, columns } = await prepared(sql);
      const values = parameters.map((value, at) => textOf(lite, value, types[at]));
      const told = await exchange(serialize.bind({ statement: name, values }), serialize.execute({}));
      const [answer] = parse.parseResults([...columns, ...told], lite.parsers);
      return answer ?? { rows: [] };
    });
  };
}

function textOf({ serializers }: PGlite, value: unknown, type = 0): string | null {
  if (value === null || value === undefined) return null;
  const write = serializers[type];
  if (write !== undefined) return write(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
