// What people and tokens changed, page by page; as a table: export.ts.

import { createRoute, z } from "@hono/zod-openapi";
import { AUDIT_KINDS, AUDIT_PER_PAGE, AuditPage } from "../../contract/audit.ts";
import { Time } from "../../contract/terms.ts";
import { CURSOR } from "../../ports/store.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { PROBLEM, reply, SECURITY, wholeNumberOr } from "../route.ts";
import { showAudit } from "../show/audit.ts";

const list = createRoute({
  method: "get",
  path: "/v1/audit",
  tags: ["audit"],
  summary: "List what people and tokens changed, newest first",
  security: SECURITY,
  request: {
    query: z.object({
      by: z.string().max(100).optional().openapi({ description: "By this user or token" }),
      kind: z.enum(AUDIT_KINDS).optional().openapi({ description: "Of this kind of thing" }),
      subject: z.string().max(200).optional().openapi({ description: "Of the thing of this name" }),
      from: Time.optional().openapi({ description: "Then or later" }),
      until: Time.optional().openapi({ description: "Before then" }),
      cursor: z
        .string()
        .regex(CURSOR, { error: "is no cursor: take `next` of the page before" })
        .optional()
        .openapi({ type: "string", description: "`next` of the page before" }),
      limit: wholeNumberOr(AUDIT_PER_PAGE.usual, { least: 1, most: AUDIT_PER_PAGE.most }),
    }),
  },
  responses: { 200: reply(AuditPage, "A page"), ...PROBLEM },
});

export function addAuditRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { by, kind, subject, from, until, cursor, limit } = c.req.valid("query");
    const filter = {
      ...(by === undefined ? {} : { by }),
      ...(kind === undefined ? {} : { kind }),
      ...(subject === undefined ? {} : { subject }),
      ...(from === undefined ? {} : { from: Date.parse(from) }),
      ...(until === undefined ? {} : { until: Date.parse(until) }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const { rows, next } = await store.read((tx) => tx.audit({ ...filter, limit }));
    return c.json({ entries: rows.map(showAudit), next }, 200);
  });
}
