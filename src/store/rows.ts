// Sets of rows as one parameter each: a statement costs the same for one row and for fifty.

import { type Kysely, type RawBuilder, sql } from "kysely";
import { invariant } from "../core/invariant.ts";
import { OPEN_MACHINE_STATES } from "../core/states.ts";
import type { Tables } from "./schema.ts";

export type Sql = Kysely<Tables>;

/** Time of a column as ms since 1970. */
export const ms = (at: Date): number => at.getTime();
export const msOrNull = (at: Date | null): number | null => at?.getTime() ?? null;
export const date = (at: number): Date => new Date(at);
export const dateOrNull = (at: number | null): Date | null => (at === null ? null : new Date(at));

/** True of machines that are open. The states are written out, as in the indexes of open machines: else none of those is taken. */
export function openMachine(state: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${state} in (${sql.join(OPEN_MACHINE_STATES.map((open) => sql.lit(open)))})`;
}

/** The row of a statement that always gives one. */
export function only<R>(rows: readonly R[]): R {
  const [row] = rows;
  invariant(row !== undefined, "a statement gave no row");
  return row;
}

// PostgreSQL refuses NUL and lone surrogates in text, and a cloud's console may hold anything.
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

export function json(value: unknown): RawBuilder<unknown> {
  return sql`${JSON.stringify(value).replaceAll(UNSTORABLE, "$1\\ufffd")}::jsonb`;
}

/** Text from people or clouds, as far as it can be kept; `json` does the same to what is inside. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** A list of texts as one parameter, for `= any(…)`. */
export function texts(values: readonly string[]): RawBuilder<string[]> {
  return sql`${[...values]}::text[]`;
}

type Row<T extends keyof Tables> = Partial<Tables[T]>;

function recordset<T extends keyof Tables>(table: T, rows: readonly Row<T>[]): RawBuilder<unknown> {
  return sql`jsonb_populate_recordset(null::${sql.table(table)}, ${json(rows)})`;
}

function columnsOf<T extends keyof Tables>(rows: readonly Row<T>[]): string[] {
  return Object.keys(rows[0] ?? {});
}

/** Columns with commas between them. */
export const listed = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)));

/** Inserts rows which all have the same columns. */
export async function insertRows<T extends keyof Tables>(db: Sql, table: T, rows: readonly Row<T>[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = listed(columnsOf(rows));
  await sql`insert into ${sql.table(table)} (${columns}) select ${columns} from ${recordset(table, rows)}`.execute(db);
}

/** Inserts rows, or overwrites those with the same key, in order of the key, as all lock them; the key may come once only. */
export async function upsertRows<T extends keyof Tables>(
  db: Sql,
  { table, key }: { table: T; key: readonly (keyof Tables[T] & string)[] },
  rows: readonly Row<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = listed(columnsOf(rows));
  const overwrites = columnsOf(rows).map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  await sql`insert into ${sql.table(table)} (${columns}) select ${columns} from ${recordset(table, rows)}
    order by ${listed(key)} on conflict (${listed(key)}) do update set ${sql.join(overwrites)}`.execute(db);
}

/**
 * Overwrites the given columns of existing rows; throws when one does not exist. `also` sets columns from the row as it was (`t`)
 * and as it is given (`given`).
 */
export async function updateRows<T extends keyof Tables>(
  db: Sql,
  { table, key, also }: { table: T; key: readonly (keyof Tables[T] & string)[]; also?: RawBuilder<unknown> },
  rows: readonly Row<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const keys = new Set<string>(key);
  const written = columnsOf(rows).filter((column) => !keys.has(column));
  const sets = written.map((column) => sql`${sql.ref(column)} = ${sql.ref(`given.${column}`)}`);
  const { numAffectedRows } = await sql`update ${sql.table(table)} t
    set ${sql.join(also === undefined ? sets : [...sets, also])}
    from ${recordset(table, rows)} given
    where ${sql.join(
      key.map((column) => sql`${sql.ref(`t.${column}`)} = ${sql.ref(`given.${column}`)}`),
      sql` and `,
    )}`.execute(db);
  invariant(
    numAffectedRows === BigInt(rows.length),
    `${rows.length} rows of ${table} to write, ${numAffectedRows} there`,
  );
}
