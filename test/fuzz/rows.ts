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
}

const Counted = z.array(z.object({ name: z.string(), rows: z.number(), written: z.number() }));

export async function openRows(db: Sql): Promise<Rows> {
  const ask = async (text: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> =>
    (await db.executeQuery(CompiledQuery.raw(text, [...parameters]))).rows;
  const named = await ask("select tablename as name from pg_tables where schemaname = 'public' order by tablename");
  const tables = z.array(z.object({ name: z.string() })).parse(named);
  const counting = tables
    .map(
      ({ name }) => `select '${name}' as name, count(*)::int as rows,
        (count(*) filter (where xmin::text::bigint >= $1))::int as written from "${name}"`,
    )
    .join(" union all ");
  const count = async (since: number) => Counted.parse(await ask(counting, [since]));
  const next = async (): Promise<number> => {
    const rows = await ask("select pg_snapshot_xmax(pg_current_snapshot())::text::int as next");
    return z.tuple([z.object({ next: z.number() })]).parse(rows)[0].next;
  };
  let last: Mark = { transaction: -1, counts: new Map() };
  return {
    async mark() {
      const transaction = await next();
      // Without a transaction that wrote since, the counts are the same.
      if (transaction !== last.transaction) {
        const counts = await count(transaction);
        last = { transaction, counts: new Map(counts.map(({ name, rows }) => [name, rows])) };
      }
      return last;
    },
    async changedSince({ transaction, counts }) {
      if ((await next()) === transaction) return [];
      const now = await count(transaction);
      return now.filter(({ name, rows, written }) => written > 0 || rows !== counts.get(name)).map(({ name }) => name);
    },
  };
}
