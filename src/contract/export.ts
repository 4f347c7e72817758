// The history as tables, for spreadsheets and programs: GET /v1/export.

import { z } from "zod";
import { Time } from "./terms.ts";

export const EXPORT_FORMATS = ["csv", "json"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The columns of each table, in their order. Sums are in dollars; times in UTC, empty (in JSON null) while there is none. */
export const EXPORT_COLUMNS = {
  deployments: [
    "id",
    "name",
    "pool",
    "blueprint",
    "state",
    "failure",
    "partial",
    "account",
    "attempts",
    "instances",
    "createdAt",
    "createdBy",
    "firstRunningAt",
    "allRunningAt",
    "endedAt",
    "deletedAt",
    "cost",
    "failedAttemptsCost",
    "hourlyCost",
    "unpriced",
    "debts",
  ],
  attempts: [
    "deployment",
    "name",
    "pool",
    "no",
    "account",
    "realm",
    "startedAt",
    "endedAt",
    "outcome",
    "reason",
    "failedInstance",
    "faultClass",
    "faultCode",
    "cost",
    "unpriced",
  ],
  machines: [
    "deployment",
    "name",
    "pool",
    "id",
    "instance",
    "attempt",
    "account",
    "realm",
    "size",
    "state",
    "externalId",
    "askedAt",
    "madeAt",
    "undoAskedAt",
    "closedAt",
    "debtSince",
    "hourlyCost",
    "cost",
    "faultClass",
    "faultCode",
  ],
  audit: ["at", "by", "token", "via", "address", "request", "kind", "subject", "before", "after"],
} as const;

export type ExportTable = keyof typeof EXPORT_COLUMNS;
export const EXPORT_TABLES = ["deployments", "attempts", "machines", "audit"] as const satisfies readonly ExportTable[];

/** What one cell holds; what is no single value is JSON in CSV; null: nothing is known, or there is none. */
type ExportCell = string | number | boolean | object | null;
export type ExportRow<T extends ExportTable> = Readonly<Record<(typeof EXPORT_COLUMNS)[T][number], ExportCell>>;

export const ExportQuery = z.object({
  table: z.enum(EXPORT_TABLES).meta({
    description:
      "A row for each deployment, attempt or machine, or for each change that people and tokens made (for admins)",
  }),
  format: z.enum(EXPORT_FORMATS).default("csv").meta({ description: "CSV as in RFC 4180, or an array in JSON" }),
  pool: z
    .string()
    .optional()
    .meta({ description: "Of this pool; one that was never there is refused. Not for audit, which spans them" }),
  from: Time.optional().meta({ description: "What was asked for then or later" }),
  until: Time.optional().meta({ description: "What was asked for before then" }),
});
export type ExportQuery = z.infer<typeof ExportQuery>;
