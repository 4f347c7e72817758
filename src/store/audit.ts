// What people and tokens changed.

import { type RawBuilder, sql } from "kysely";
import type { AuditEntry, AuditFilter, AuditReads, AuditWrites } from "../ports/audit.ts";
import { date, insertRows, ms, type Sql } from "./rows.ts";
import type { AuditRow } from "./access-rows.ts";
import type { Session } from "./session.ts";

export function readingAudit({ run }: Session): AuditReads {
  return { audit: (filter) => run((db) => audit(db, filter)) };
}

export function keepingAudit({ run, clock }: Session): AuditWrites {
  return {
    putAudit: (entries) =>
      run(async (db) => {
        if (entries.length === 0) return;
        const at = date(await clock(db));
        await insertRows(
          db,
          "audit",
          entries.map(({ by, ...entry }) => ({ ...entry, made_by: by, at })),
        );
      }),
  };
}

async function audit(db: Sql, filter: AuditFilter): ReturnType<AuditReads["audit"]> {
  const { rows } = await sql<AuditRow>`
    select * from audit where ${sql.join(conditions(filter), sql` and `)}
    order by at desc, id desc limit ${filter.limit + 1}::int`.execute(db);
  const shown = rows.slice(0, filter.limit);
  const last = shown.at(-1);
  const next = rows.length > filter.limit && last !== undefined ? `${ms(last.at)} ${last.id}` : null;
  return { rows: shown.map(toEntry), next };
}

function conditions({ by, kind, subject, from, until, cursor }: AuditFilter): RawBuilder<unknown>[] {
  const [at = "", id = ""] = cursor?.split(" ") ?? [];
  return [
    sql`true`,
    ...(by === undefined ? [] : [sql`made_by = ${by}`]),
    ...(kind === undefined ? [] : [sql`kind = ${kind}`]),
    ...(subject === undefined ? [] : [sql`subject = ${subject}`]),
    ...(from === undefined ? [] : [sql`at >= ${date(from)}`]),
    ...(until === undefined ? [] : [sql`at < ${date(until)}`]),
    ...(cursor === undefined ? [] : [sql`(at, id) < (${date(Number(at))}::timestamptz, ${id})`]),
  ];
}

function toEntry({ at, made_by: by, ...row }: AuditRow): AuditEntry & { readonly at: number } {
  return { ...row, by, at: ms(at) };
}
