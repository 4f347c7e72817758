// What work costs a PostgreSQL, counted there: statements by text, bytes of its log, processor time. Counts do not depend on how busy the
// machine is, as times do.

import { Client } from "pg";
import { processorSeconds } from "./crew.ts";

/** What a cluster is started with, so that its statements are counted. Whole pages come into its log by the clock, and are left out of what is compared. */
export const COUNTING = ["shared_preload_libraries=pg_stat_statements", "full_page_writes=off"];

interface StatementCount {
  /** One line, its parameters as $1, $2, … */
  readonly text: string;
  readonly calls: number;
  /** Read or written. */
  readonly rows: number;
  readonly ms: number;
  readonly walBytes: number;
}

export interface Cost {
  /** Most time first. */
  readonly statements: readonly StatementCount[];
  readonly walBytes: number;
  /** Of this process, and of PostgreSQL. */
  readonly ownMs: number;
  readonly databaseMs: number;
  readonly tookMs: number;
}

export interface Meter extends AsyncDisposable {
  measure(act: () => Promise<unknown>): Promise<Cost>;
}

/** In the database of that address, which nobody else uses meanwhile. */
export async function openMeter(url: string): Promise<Meter> {
  const client = new Client({ connectionString: url, application_name: "bench meter" });
  await client.connect();
  await client.query("create extension if not exists pg_stat_statements");
  const walAt = async (): Promise<number> => {
    const { rows } = await client.query<{ at: string }>("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as at");
    return Number(rows[0]?.at ?? 0);
  };
  return {
    async measure(act) {
      await client.query("select pg_stat_statements_reset()");
      const walBefore = await walAt();
      const postgresBefore = processorSeconds().get("postgres") ?? 0;
      const cpuBefore = process.cpuUsage();
      const begun = performance.now();
      await act();
      const tookMs = performance.now() - begun;
      const { user, system } = process.cpuUsage(cpuBefore);
      const databaseMs = ((processorSeconds().get("postgres") ?? 0) - postgresBefore) * 1_000;
      const walBytes = (await walAt()) - walBefore;
      const { rows } = await client.query<Omit<StatementCount, "text"> & { query: string }>(`
        select query, sum(calls)::int as calls, sum(rows)::int as rows, sum(total_exec_time + total_plan_time)::float8 as ms,
          sum(wal_bytes)::float8 as "walBytes"
        from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and query !~ 'pg_stat_statements|pg_current_wal'
        group by query order by sum(total_exec_time + total_plan_time) desc`);
      const statements = rows.map(({ query, ...row }) => ({ ...row, text: query.replaceAll(/\s+/g, " ").trim() }));
      return { statements, walBytes, ownMs: (user + system) / 1_000, databaseMs, tookMs };
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** What opens and ends transactions. */
const FRAME = /^(?:begin|start transaction|commit|rollback|select set_config)\b/i;
const WRITES_DEPLOYMENTS = /^(?:with .*\b)?(?:insert into|update) "?deployments"?\b/i;

/** Of each of so many launches. */
export function costLine(cost: Cost, launches: number): string {
  const each = (what: (one: StatementCount) => number, some: (one: StatementCount) => boolean = () => true): string =>
    (cost.statements.filter(some).reduce((sum, one) => sum + what(one), 0) / launches).toFixed(1);
  const isFrame = ({ text }: StatementCount): boolean => FRAME.test(text);
  return [
    `${each(
      ({ calls }) => calls,
      (one) => !isFrame(one),
    )} statements`,
    `${each(
      ({ calls }) => calls,
      (one) => /^(?:begin|start)/i.test(one.text),
    )} transactions`,
    `${each(
      ({ rows }) => rows,
      ({ text }) => WRITES_DEPLOYMENTS.test(text),
    )} writes of a deployment's row`,
    `${(cost.walBytes / 1_024 / launches).toFixed(1)} KiB of log`,
    `${(cost.ownMs / launches).toFixed(2)} ms of this process + ${(cost.databaseMs / launches).toFixed(2)} ms in PostgreSQL`,
  ].join(", ");
}

/** The statements that took most, of each launch. */
export function costTable(cost: Cost, launches: number, most: number): string {
  const lines = cost.statements.slice(0, most).map(({ text, calls, rows, ms, walBytes }) => {
    const [c, r, t, w] = [calls, rows, ms, walBytes / 1_024].map((sum) => (sum / launches).toFixed(2).padStart(7));
    return `${c} ${r} ${t} ${w}  ${text.slice(0, 130)}`;
  });
  return ["  calls    rows      ms KiB log  of each launch", ...lines].join("\n");
}
