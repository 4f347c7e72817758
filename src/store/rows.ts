// Sets of rows as one parameter each: a statement costs the same for one row and for fifty.

import { CompiledQuery, type Kysely, type QueryResult, type RawBuilder, sql } from "kysely";
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

function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  // Hardly any has an escape, and to look for one takes nothing.
  return text.includes("\\u") ? text.replaceAll(UNSTORABLE, "$1\\ufffd") : text;
}

export function json(value: unknown): RawBuilder<unknown> {
  return sql`${jsonText(value)}::jsonb`;
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

const named = (column: string): string => `"${column}"`;

/** Columns with commas between them. */
export const listed = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)));

function columnsOf<T extends keyof Tables>(rows: readonly Row<T>[]): string[] {
  return Object.keys(rows[0] ?? {});
}

/** Texts of statements by what they are of: put together once, for there are some dozens of columns in each. */
const TEXTS = new Map<string, string>();

function textOf(statement: string, columns: readonly string[], make: () => string): string {
  const of = `${statement} ${columns.join(" ")}`;
  const known = TEXTS.get(of);
  if (known !== undefined) return known;
  const text = make();
  TEXTS.set(of, text);
  return text;
}

/** The database, or what goes to it together with more (flights.ts). */
export interface Writing {
  executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>>;
}

/** Runs a statement whose parameters are sets of rows. */
const execute = (db: Writing, text: string, ...sets: readonly (readonly unknown[])[]): Promise<QueryResult<unknown>> =>
  db.executeQuery(CompiledQuery.raw(text, sets.map(jsonText)));

const recordset = (table: string, no = 1): string => `jsonb_populate_recordset(null::${named(table)}, $${no}::jsonb)`;

function insertText(table: string, columns: readonly string[], no = 1): string {
  const all = columns.map(named).join(", ");
  return `insert into ${named(table)} (${all}) select ${all} from ${recordset(table, no)}`;
}

/** Inserts rows which all have the same columns. */
export async function insertRows<T extends keyof Tables>(
  db: Writing,
  table: T,
  rows: readonly Row<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(rows);
  await execute(
    db,
    textOf(`insert ${table}`, columns, () => insertText(table, columns)),
    rows,
  );
}

/** Rows of some tables, by the names of these. */
type Sets = { readonly [T in keyof Tables]?: readonly Row<T>[] };

/** Inserts rows of several tables in one statement; of each table all have the same columns. */
export async function insertTogether(db: Writing, sets: Sets): Promise<void> {
  const given = Object.entries(sets).filter(([, rows]) => rows.length > 0);
  const all = given.map(([table, rows]) => ({ table, columns: columnsOf(rows) }));
  const of = all.map(({ table, columns }) => `${table} ${columns.join(" ")}`);
  const text = textOf("insert together", of, () => {
    const inserts = all.map(({ table, columns }, at) => insertText(table, columns, at + 1));
    const before = inserts.slice(0, -1).map((one, at) => `set${at} as (${one})`);
    return [before.length === 0 ? "" : `with ${before.join(", ")}`, inserts.at(-1)].join(" ");
  });
  await execute(db, text, ...given.map(([, rows]) => rows));
}

/** Inserts rows, or overwrites those with the same key, in order of the key, as all lock them; the key may come once only. */
export async function upsertRows<T extends keyof Tables>(
  db: Writing,
  { table, key }: { table: T; key: readonly (keyof Tables[T] & string)[] },
  rows: readonly Row<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(rows);
  const text = textOf(`upsert ${table} by ${key.join(" ")}`, columns, () => {
    const [all, keys] = [columns, key].map((some) => some.map(named).join(", "));
    const overwrites = columns.map((column) => `${named(column)} = excluded.${named(column)}`);
    return `insert into ${named(table)} (${all}) select ${all} from ${recordset(table)}
      order by ${keys} on conflict (${keys}) do update set ${overwrites.join(", ")}`;
  });
  await execute(db, text, rows);
}

interface Updating<T extends keyof Tables> {
  readonly table: T;
  readonly key: readonly (keyof Tables[T] & string)[];
  readonly also?: readonly string[];
  readonly beside?: readonly unknown[];
}

/**
 * Overwrites the given columns of existing rows; throws when one does not exist. `also` sets columns from the row as it was (`t`),
 * as it is given (`given`), and `beside`, which is JSON in `$2`.
 */
export async function updateRows<T extends keyof Tables>(
  db: Writing,
  { table, key, also = [], beside }: Updating<T>,
  rows: readonly Row<T>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(rows);
  // The limit cuts nothing: with it few are expected, and each is found by its key, not by going through a table that has many.
  const text = textOf(`update ${table} by ${key.join(" ")} ${also.join(" ")}`, columns, () => {
    const keys = new Set<string>(key);
    const written = columns.filter((column) => !keys.has(column));
    const sets = written.map((column) => `${named(column)} = given.${named(column)}`);
    const same = key.map((column) => `t.${named(column)} = given.${named(column)}`);
    return `update ${named(table)} t set ${[...sets, ...also].join(", ")}
      from (select * from ${recordset(table)} limit jsonb_array_length($1::jsonb)) given where ${same.join(" and ")}`;
  });
  const { numAffectedRows } = await execute(db, text, rows, ...(beside === undefined ? [] : [beside]));
  invariant(
    numAffectedRows === BigInt(rows.length),
    `${rows.length} rows of ${table} to write, ${numAffectedRows} there`,
  );
}
