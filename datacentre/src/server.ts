// A datacentre as a server of its own: plain JSON over HTTP, so that it outlives whatever uses it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ADMIN_ROUTES } from "./admin-routes.ts";
import { CloudError, LostAnswer } from "./cloud-api.ts";
import type { Datacentre } from "./datacentre.ts";
import { type Call, findRoute } from "./http-route.ts";
import { ShapeError } from "./shape.ts";
import { parseJson, TENANT_ROUTES } from "./tenant-routes.ts";

const BODY_BYTES_MAX = 1_048_576;

export interface ServeOptions {
  /** Only this machine unless told: whoever reaches the port may do everything under /admin. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** A lost answer: never answered (`hang`), or the connection is cut (`destroy`, the default). */
  readonly lostAnswers?: "hang" | "destroy";
}

export interface ServedDatacentre {
  readonly url: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

export async function serveDatacentre(datacentre: Datacentre, options: ServeOptions): Promise<ServedDatacentre> {
  const { host = "127.0.0.1", port, lostAnswers = "destroy" } = options;
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    answer(datacentre, { request, lostAnswers, signal: gone.signal }).then(
      (body) => reply(response, 200, body),
      (error: unknown) => refuse(response, error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly lostAnswers: "hang" | "destroy";
  readonly signal: AbortSignal;
}

async function answer(datacentre: Datacentre, { request, lostAnswers, signal }: Asked): Promise<unknown> {
  const [path = "/", query] = (request.url ?? "/").split("?", 2);
  const asked = { method: request.method ?? "GET", path };
  if (asked.path === "/livez") return { alive: true };
  const body = await readBody(request);
  const call = (params: Call["params"]): Call => ({ params, query: new URLSearchParams(query), body });

  const admin = findRoute(ADMIN_ROUTES, asked);
  if (admin !== null) return admin.run(datacentre, call(admin.params));

  const route = findRoute(TENANT_ROUTES, asked);
  if (route === null) throw new CloudError("not_found", `No route ${asked.method} ${asked.path}`);
  const [, tenant = "", key = ""] = /^Bearer ([^:]*):(.*)$/.exec(request.headers.authorization ?? "") ?? [];
  const api = datacentre.connect({ tenant, key, lostAnswers: lostAnswers === "destroy" ? "reject" : "hang" });
  return route.run(api, call(route.params), signal);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) throw new ShapeError("body", `may have ${BODY_BYTES_MAX} bytes at most`);
    chunks.push(piece);
  }
  return bytes === 0 ? undefined : parseJson(Buffer.concat(chunks).toString("utf8"), "body");
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof LostAnswer) {
    response.destroy();
  } else if (error instanceof CloudError) {
    const { code, message, retryAfterMs } = error;
    if (retryAfterMs !== null) response.setHeader("retry-after", Math.ceil(retryAfterMs / 1000));
    reply(response, error.status, { error: { code, message, retryAfterMs } });
  } else if (error instanceof ShapeError) {
    reply(response, 400, { error: { code: "invalid_request", message: error.message, retryAfterMs: null } });
  } else {
    const message = `A bug of the datacentre: ${String(error)}`;
    reply(response, 500, { error: { code: "internal_error", message, retryAfterMs: null } });
  }
}
