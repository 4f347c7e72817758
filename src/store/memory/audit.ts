// What people and tokens changed, in memory.

import type { AuditFilter, AuditReads, AuditWrites } from "../../ports/audit.ts";
import { compare, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function readingAudit(tx: Transaction): AuditReads {
  return { audit: (filter) => tx.statement(() => audit(tx.views, filter)) };
}

export function keepingAudit(tx: Transaction): AuditWrites {
  return {
    putAudit: (entries) =>
      tx.statement(() => {
        for (const entry of entries) tx.views.audit.put(entry.id, { ...entry, at: tx.now() });
      }),
  };
}

function audit(views: Views, { by, kind, subject, from, until, cursor, limit }: AuditFilter) {
  const [at = "", id = ""] = cursor?.split(" ") ?? [];
  const found = views.audit
    .all()
    .filter(
      (row) =>
        (by === undefined || row.by === by) &&
        (kind === undefined || row.kind === kind) &&
        (subject === undefined || row.subject === subject) &&
        row.at >= (from ?? -Infinity) &&
        row.at < (until ?? Infinity) &&
        (cursor === undefined || row.at < Number(at) || (row.at === Number(at) && row.id < id)),
    )
    .sort((a, b) => compare(b.at, a.at) || compare(b.id, a.id));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last !== undefined ? `${last.at} ${last.id}` : null };
}
