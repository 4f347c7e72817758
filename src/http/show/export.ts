// Rows of the history's tables, from the replies that people see.

import { stringify } from "csv-stringify/sync";
import type { Attempt, Deployment, Machine } from "../../contract/deployment.ts";
import type { AuditEntry } from "../../contract/audit.ts";
import { EXPORT_COLUMNS, type ExportFormat, type ExportRow, type ExportTable } from "../../contract/export.ts";

/** The tables to which deployments add rows. */
type OfDeployments = Exclude<ExportTable, "audit">;
type Rows = { readonly [T in OfDeployments]: (shown: Deployment) => readonly ExportRow<T>[] };

const ROWS: Rows = {
  deployments: (shown) => [deploymentRow(shown)],
  attempts: (shown) => shown.attempts.map((attempt) => attemptRow(shown, attempt)),
  machines: (shown) => shown.machines.map((machine) => machineRow(shown, machine)),
};

function deploymentRow(shown: Deployment): ExportRow<"deployments"> {
  const { id, name, pool, blueprint, state, failure, partial, account, createdAt, createdBy, cost } = shown;
  const { firstRunningAt, allRunningAt, endedAt, deletedAt, instances, attempts, debt } = shown;
  return {
    id,
    name,
    pool,
    blueprint,
    state,
    failure,
    partial,
    account,
    attempts: attempts.length,
    instances: instances.length,
    createdAt,
    createdBy,
    firstRunningAt,
    allRunningAt,
    endedAt,
    deletedAt,
    cost: cost.total,
    failedAttemptsCost: cost.failedAttempts,
    hourlyCost: cost.perHour,
    unpriced: cost.unpriced,
    debts: debt.count,
  };
}

function attemptRow({ id, name, pool }: Deployment, attempt: Attempt): ExportRow<"attempts"> {
  const { no, account, realm, startedAt, endedAt, outcome, reason, failedInstance, fault, cost, unpriced } = attempt;
  const of = { deployment: id, name, pool, no, account, realm, startedAt, endedAt };
  const end = { outcome, reason, failedInstance, faultClass: fault?.class ?? null, faultCode: fault?.code ?? null };
  return { ...of, ...end, cost, unpriced };
}

function machineRow({ id, name, pool }: Deployment, machine: Machine): ExportRow<"machines"> {
  const { instance, attempt, account, realm, size, state, externalId, hourlyCost, cost, fault } = machine;
  const { askedAt, madeAt, undoAskedAt, closedAt, debtSince } = machine;
  const of = { deployment: id, name, pool, id: machine.id, instance, attempt, account, realm, size, state, externalId };
  const times = { askedAt, madeAt, undoAskedAt, closedAt, debtSince };
  return { ...of, ...times, hourlyCost, cost, faultClass: fault?.class ?? null, faultCode: fault?.code ?? null };
}

/** What one deployment adds to one of the tables. */
export const rowsOfDeployment = (table: OfDeployments, shown: Deployment): readonly object[] => ROWS[table](shown);

export function auditRow(entry: AuditEntry): ExportRow<"audit"> {
  const { at, by, token, via, address, request, kind, subject, before, after } = entry;
  return { at, by, token, via, address, request, kind, subject, before, after };
}

/** Writes a table piece by piece: what stands before the rows, some of them, and what stands behind them. */
export interface TableWriter {
  readonly begin: string;
  /** Empty where there is none. */
  rows(rows: readonly object[]): string;
  readonly end: string;
}

export function tableWriter(table: ExportTable, format: ExportFormat): TableWriter {
  return format === "csv" ? csvWriter(EXPORT_COLUMNS[table]) : jsonWriter();
}

/** RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection). */
function csvWriter(columns: readonly string[]): TableWriter {
  const cast = { boolean: String };
  const options = { columns: [...columns], cast, escape_formulas: true, record_delimiter: "windows" } as const;
  return {
    begin: stringify([], { ...options, header: true }),
    rows: (rows) => stringify([...rows], options),
    end: "",
  };
}

/** An array with a row in each line: one that is cut off has no end. */
function jsonWriter(): TableWriter {
  let isFirst = true;
  return {
    begin: "[",
    rows: (rows) =>
      rows
        .map((row) => {
          const before = isFirst ? "\n" : ",\n";
          isFirst = false;
          return before + JSON.stringify(row);
        })
        .join(""),
    end: "\n]\n",
  };
}
