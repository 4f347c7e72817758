// The history of deployments, attempts and machines as one table, written while it is read.

import { createRoute, z } from "@hono/zod-openapi";
import { ExportQuery } from "../../contract/export.ts";
import type { DeploymentId } from "../../core/ids.ts";
import type { App, Caller, HttpDeps } from "../http-deps.ts";
import { PROBLEM, SECURITY } from "../route.ts";
import { tableWriter } from "../show/export.ts";
import { readDeployment, refuseUnknownPool } from "./deployments.ts";

/** So many deployments are looked up at once. */
const PAGE = 100;

const TYPES = { csv: "text/csv; charset=utf-8; header=present", json: "application/json" } as const;

const get = createRoute({
  method: "get",
  path: "/v1/export",
  tags: ["deployments"],
  summary: "The history as one table: deployments, attempts or machines, with what they cost",
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
    if (pool !== undefined) await store.read((tx) => refuseUnknownPool(tx, pool));
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
  const writer = tableWriter(query.table, query.format);
  yield writer.begin;
  for await (const id of idsOf(store, query)) {
    const rows = writer.rows(await store.read((tx) => readDeployment(tx, id, caller)));
    if (rows !== "") yield rows;
  }
  if (writer.end !== "") yield writer.end;
}

/** Newest first. */
async function* idsOf(
  store: HttpDeps["store"],
  { pool, from, until }: ExportQuery,
): AsyncGenerator<DeploymentId, void> {
  const least = from === undefined ? -Infinity : Date.parse(from);
  const end = until === undefined ? Infinity : Date.parse(until);
  const filter = { deleted: true, limit: PAGE, ...(pool === undefined ? {} : { pool }) };
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
