// The history of deployments, attempts and machines as one table, written while it is read.

import { createRoute, z } from "@hono/zod-openapi";
import { ExportQuery } from "../../contract/export.ts";
import type { DeploymentId } from "../../core/ids.ts";
import { allows } from "../../core/people/grants.ts";
import type { Reads } from "../../ports/store.ts";
import { type Asking, findDeployment, notPermitted, seenPools } from "../acts/find.ts";
import { type Who, whoIs } from "../auth.ts";
import type { App, Caller, HttpDeps } from "../http-deps.ts";
import { badQuery, Refused } from "../problem.ts";
import { PROBLEM, SECURITY } from "../route.ts";
import { showAudit } from "../show/audit.ts";
import { auditRow, rowsOfDeployment, tableWriter } from "../show/export.ts";
import { readDeployment, refuseUnknownPool } from "./deployments.ts";

/** So many deployments are looked up at once. */
const PAGE = 100;

const TYPES = { csv: "text/csv; charset=utf-8; header=present", json: "application/json" } as const;

const get = createRoute({
  method: "get",
  path: "/v1/export",
  tags: ["deployments"],
  summary: "The history as one table: deployments, attempts or machines, with what they cost; or the audit log",
  description:
    "Newest deployments first, deleted ones too, as long as their rows are kept. Each deployment is as it was when its rows were written. A table that breaks off " +
    "ends its connection without the end of the body (of JSON the last bracket is missing too), so that half of it is never taken for the whole.",
  security: SECURITY,
  request: { query: ExportQuery },
  responses: {
    200: {
      description: "The table",
      content: {
        "text/csv": { schema: z.string() },
        "application/json": { schema: z.array(z.record(z.string(), z.unknown())) },
      },
    },
    ...PROBLEM,
  },
});

export function addExportRoutes(app: App, { store }: Pick<HttpDeps, "store">): void {
  app.openapi(get, async (c) => {
    const query = c.req.valid("query");
    const { table, format, pool } = query;
    if (table === "audit") refuseNoAdmin(c.get("caller"));
    if (table === "audit" && pool !== undefined) throw badQuery("pool", "is not for audit, which spans pools");
    if (pool !== undefined) await store.read((tx) => refuseUnknownPool(tx, pool, c.get("caller")));
    const headers = {
      "Content-Type": TYPES[format],
      "Content-Disposition": `attachment; filename="slipway-${table}.${format}"`,
    };
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    const pieces = piecesOf(store, query, c.get("caller"));
    return c.body(ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()), 200, headers);
  });
}

async function* piecesOf(store: HttpDeps["store"], query: ExportQuery, caller: Caller): AsyncGenerator<string, void> {
  const { table } = query;
  const writer = tableWriter(table, query.format);
  yield writer.begin;
  const all = table === "audit" ? auditRows(store, query, caller) : deploymentRows(store, { ...query, table }, caller);
  for await (const rows of all) {
    if (rows.length > 0) yield writer.rows(rows);
  }
  if (writer.end !== "") yield writer.end;
}

/** A table takes long: whose pass counts no more meanwhile gets no more of it. */
async function still(tx: Reads, { pass }: Caller): Promise<Who> {
  const who = whoIs(await tx.access(), pass);
  if (who === null) throw new Refused("not_authenticated", "The token counts no more.");
  return who;
}

type OfDeployments = ExportQuery & { readonly table: Exclude<ExportQuery["table"], "audit"> };

async function* deploymentRows(
  store: HttpDeps["store"],
  query: OfDeployments,
  caller: Caller,
): AsyncGenerator<readonly object[], void> {
  for await (const id of idsOf(store, query, caller)) {
    const shown = await store.read(async (tx) => {
      const who = await still(tx, caller);
      return readDeployment(tx, (await findDeployment(tx, id, who)).id, who);
    });
    yield rowsOfDeployment(query.table, shown);
  }
}

async function* auditRows(
  store: HttpDeps["store"],
  { from, until }: ExportQuery,
  caller: Caller,
): AsyncGenerator<readonly object[], void> {
  const filter = {
    limit: PAGE,
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  };
  let cursor: string | undefined;
  do {
    const at = cursor === undefined ? filter : { ...filter, cursor };
    const page = await store.read(async (tx) => {
      refuseNoAdmin(await still(tx, caller));
      return tx.audit(at);
    });
    yield page.rows.map((row) => auditRow(showAudit(row)));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

function refuseNoAdmin(who: Asking): void {
  const needed = { role: "admin", pool: null } as const;
  if (!allows(who.grants, needed)) throw notPermitted(who, needed);
}

/** Newest first. */
async function* idsOf(
  store: HttpDeps["store"],
  { pool, from, until }: ExportQuery,
  caller: Caller,
): AsyncGenerator<DeploymentId, void> {
  const least = from === undefined ? -Infinity : Date.parse(from);
  const end = until === undefined ? Infinity : Date.parse(until);
  const filter = { ...seenPools(caller), deleted: true, limit: PAGE, ...(pool === undefined ? {} : { pool }) };
  let cursor: string | undefined;
  do {
    const at = cursor === undefined ? filter : { ...filter, cursor };
    const page = await store.read((tx) => tx.deployments(at));
    for (const { deployment } of page.rows) {
      if (deployment.createdAt < least) return;
      if (deployment.createdAt < end) yield deployment.id;
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
