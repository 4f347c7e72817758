// What people and tokens changed, as it is kept: written in the transaction of the change, never changed itself.

export const AUDIT_VIAS = ["token", "session", "sign_in"] as const;

export interface AuditEntry {
  /** Random; with the time it is the entry's place. */
  readonly id: string;
  /** Of a user, or of a token that is nobody's. */
  readonly by: string;
  readonly token: string | null;
  /** How they came in. */
  readonly via: (typeof AUDIT_VIAS)[number];
  /** Where the request came from, as far as that is known. */
  readonly address: string | null;
  /** As in `PATCH /v1/pools/web`. */
  readonly request: string;
  /** What kind of thing was changed. */
  readonly kind: string;
  /** Its name. */
  readonly subject: string;
  /** Without secrets; of what was changed and not made, the fields that differ. Null: it was not there. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** Null: it is gone. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface AuditFilter {
  readonly by?: string;
  readonly kind?: string;
  readonly subject?: string;
  /** Of then or later, ms since 1970. */
  readonly from?: number;
  /** Of before then. */
  readonly until?: number;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface AuditReads {
  /** Newest first. */
  audit(
    filter: AuditFilter,
  ): Promise<{ readonly rows: readonly (AuditEntry & { readonly at: number })[]; readonly next: string | null }>;
}

export interface AuditWrites {
  putAudit(entries: readonly AuditEntry[]): Promise<void>;
}
