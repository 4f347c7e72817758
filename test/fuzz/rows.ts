// Whether rows have changed. Every row knows the transaction that wrote it, so what a request changed is found without reading what
// is in the rows: those written since it began, and a count that differs.

import { CompiledQuery } from "kysely";
import { z } from "zod";
import type { Sql } from "../../src/store/rows.ts";

export interface Rows {
  /** The moment before a request. */
  mark(): Promise<Mark>;
  /** Tables with rows that were written, made or deleted since then. */
  changedSince(mark: Mark): Promise<readonly string[]>;
}

interface Mark {
  /** Transactions that write get this number, or a higher one. */
  readonly transaction: number;
  /** Rows by table. */
  readonly counts: ReadonlyMap<string, number>;
  /** By the database's clock, ms since 1970. */
  readonly at: number;
}

/** That a token was used is written down whatever was asked for, and changes nothing else: rows of which only that is new count as they were. */
const USED: Readonly<Record<string, string>> = { tokens: "last_used_at" };

const Counted = z.array(z.object({ name: z.string(), rows: z.number(), written: z.number() }));

export async function openRows(db: Sql): Promise<Rows> {
  const ask = async (text: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> =>
    (await db.executeQuery(CompiledQuery.raw(text, [...parameters]))).rows;
  const named = await ask("select tablename as name from pg_tables where schemaname = 'public' order by tablename");
  const tables = z.array(z.object({ name: z.string() })).parse(named);
  const counting = tables
    .map(({ name }) => {
      const used = USED[name];
      const isUse = used === undefined ? "false" : `coalesce("${used}" >= to_timestamp($2::float8 / 1000), false)`;
      return `select '${name}' as name, count(*)::int as rows,
        (count(*) filter (where xmin::text::bigint >= $1 and not ${isUse}))::int as written from "${name}"`;
    })
    .join(" union all ");
  const count = async ({ transaction, at }: Pick<Mark, "transaction" | "at">) =>
    Counted.parse(await ask(counting, [transaction, at]));
  const moment = async (): Promise<Pick<Mark, "transaction" | "at">> => {
    const rows = await ask(`select pg_snapshot_xmax(pg_current_snapshot())::text::int as transaction,
      floor(extract(epoch from clock_timestamp()) * 1000)::float8 as at`);
    return z.tuple([z.object({ transaction: z.number(), at: z.number() })]).parse(rows)[0];
  };
  let last: Mark = { transaction: -1, counts: new Map(), at: 0 };
  return {
    async mark() {
      const now = await moment();
      // Without a transaction that wrote since, the counts are the same.
      if (now.transaction !== last.transaction) {
        const counts = await count(now);
        last = { ...now, counts: new Map(counts.map(({ name, rows }) => [name, rows])) };
      }
      return last;
    },
    async changedSince({ counts, ...mark }) {
      if ((await moment()).transaction === mark.transaction) return [];
      const now = await count(mark);
      return now.filter(({ name, rows, written }) => written > 0 || rows !== counts.get(name)).map(({ name }) => name);
    },
  };
}
