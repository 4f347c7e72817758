// The embedded database as one file. What is secret in it is sealed, and the key is not in it.

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createRoute, z } from "@hono/zod-openapi";
import { BACKUP_AT, BACKUP_ROWS } from "../../contract/backup.ts";
import type { App, BackUp, HttpDeps } from "../http-deps.ts";
import { Refused } from "../problem.ts";
import { PROBLEM, SECURITY } from "../route.ts";
import { time } from "../show/terms.ts";

const get = createRoute({
  method: "get",
  path: "/v1/backup",
  tags: ["server"],
  summary: "All that an embedded database holds, as of one moment, in one file",
  description:
    "For `slipway restore`. Credentials and secret parameters are sealed in it, and the key is not part of it. `Repr-Digest` (RFC 9530) has " +
    `its SHA-256, \`${BACKUP_AT}\` the moment, \`${BACKUP_ROWS}\` the number of rows. Nothing is written down while it is being made.`,
  security: SECURITY,
  responses: { 200: { description: "The file", content: { "application/gzip": { schema: z.string() } } }, ...PROBLEM },
});

const ELSEWHERE = "The database is on a PostgreSQL server: back it up with pg_dump, as docs/operations.md describes.";

export function addBackupRoutes(app: App, { backUp }: HttpDeps): void {
  app.openapi(get, async (c) => {
    if (backUp === null) throw new Refused("not_in_this_state", ELSEWHERE);
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "Content-Type": "application/gzip" });
    const made = await backUp();
    return c.body(streamOf(made), 200, {
      "Content-Type": "application/gzip",
      "Content-Length": String(made.bytes),
      "Repr-Digest": `sha-256=:${made.digest}:`,
      [BACKUP_AT]: time(made.at),
      [BACKUP_ROWS]: String(made.rows),
    });
  });
}

/** Read to its end or not, the file goes. */
function streamOf(made: BackUp): ReadableStream {
  const file = createReadStream(made.path);
  file.on("close", () => void made[Symbol.asyncDispose]());
  return Readable.toWeb(file);
}
