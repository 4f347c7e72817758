// The audit log: what people and tokens changed.

import { z } from "zod";
import { Time } from "./terms.ts";

/** What people and tokens change. */
export const AUDIT_KINDS = [
  "account",
  "block",
  "blueprint",
  "deployment",
  "group",
  "hold",
  "machine",
  "pool",
  "profile",
  "session",
  "token",
  "user",
  "webhook",
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

const Values = z.record(z.string(), z.unknown()).nullable();

export const AuditEntry = z
  .object({
    id: z.string(),
    at: Time,
    by: z.string().meta({ description: "The user, or the token that is nobody's" }),
    token: z.string().nullable(),
    via: z.enum(["token", "session", "sign_in"]).meta({
      description: "Sent a token, was signed in to the page, or was signing in with a provider of identities",
    }),
    address: z.string().nullable().meta({ description: "Where the request came from, as far as that is known" }),
    request: z.string().meta({ description: "As in PATCH /v1/pools/web" }),
    kind: z.string().meta({ description: "What kind of thing was changed" }),
    subject: z.string().meta({ description: "Its name" }),
    before: Values.meta({ description: "Without secrets; the fields that differ. Null: it was not there" }),
    after: Values.meta({ description: "Null: it is gone" }),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = z
  .object({
    entries: z.array(AuditEntry).meta({ description: "Newest first" }),
    next: z.string().nullable().meta({ description: "Cursor of the next page; null: there is none" }),
  })
  .meta({ id: "AuditPage" });
export type AuditPage = z.infer<typeof AuditPage>;

export const AUDIT_PER_PAGE = { usual: 50, most: 200 } as const;
