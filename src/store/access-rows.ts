// Rows of who may do what, and of what was changed, as in the migrations.

import type { QuotaLimit } from "../core/market/amount.ts";
import type { Role } from "../core/people/grants.ts";
import type { AuditEntry } from "../ports/audit.ts";

export interface TokenRow {
  readonly name: string;
  readonly hash: string;
  readonly role: Role;
  readonly pool: string | null;
  readonly owner: string | null;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

export interface UserRow {
  readonly name: string;
  readonly enabled: boolean;
  readonly groups: readonly string[];
  readonly subject: string | null;
  readonly claims: readonly string[];
  /** As far as it is limited. */
  readonly quota: Partial<QuotaLimit>;
  readonly created_at: Date;
}

export interface GroupRow {
  readonly name: string;
  readonly claim: string | null;
  readonly created_at: Date;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly made_by: string;
  readonly token: string | null;
  readonly via: AuditEntry["via"];
  readonly address: string | null;
  readonly request: string;
  readonly kind: string;
  readonly subject: string;
  readonly before: AuditEntry["before"];
  readonly after: AuditEntry["after"];
}

/** Of a user or of a group. */
export interface GrantRow {
  readonly holder_user: string | null;
  readonly holder_group: string | null;
  readonly role: Role;
  readonly pool: string | null;
}
