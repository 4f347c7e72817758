// Entries of the audit log as replies.

import type * as contract from "../../contract/audit.ts";
import type { AuditEntry } from "../../ports/audit.ts";
import { time } from "./terms.ts";

export const showAudit = ({
  at,
  before,
  after,
  ...entry
}: AuditEntry & { readonly at: number }): contract.AuditEntry => ({
  ...entry,
  at: time(at),
  before: before === null ? null : { ...before },
  after: after === null ? null : { ...after },
});
