// A datacentre as a server of its own, so that it outlives whatever uses it: one face for tenants, and the hands of the owner.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { CloudError, LostAnswer, ScriptedAnswer } from "./cloud-api.ts";
import type { Datacentre } from "./datacentre.ts";
import type { Answer, Face, FaceReply, FaceRequest } from "./faces/face.ts";
import { plainFace } from "./faces/plain/face.ts";
import { ShapeError } from "./shape.ts";
import { ADMIN_ROUTES } from "./wire/admin-routes.ts";
import { findRoute } from "./wire/http-route.ts";
import { parseJson } from "./wire/json.ts";

const BODY_BYTES_MAX = 1_048_576;

export interface ServeOptions {
  /** Only this machine unless told: whoever reaches the port may do everything under /admin. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** A lost answer: never answered (`hang`), or the connection is cut (`destroy`, the default). */
  readonly lostAnswers?: "hang" | "destroy";
  /** What tenants see: the datacentre's own JSON unless told. */
  readonly face?: Face;
}

export interface ServedDatacentre {
  readonly url: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

export async function serveDatacentre(datacentre: Datacentre, options: ServeOptions): Promise<ServedDatacentre> {
  const { host = "127.0.0.1", port, lostAnswers = "destroy", face = plainFace } = options;
  const served: Served = { datacentre, lostAnswers, answer: face.open(datacentre) };
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    let isCut = false;
    replyTo(served, request, { signal: gone.signal, onCut: () => (isCut = true) })
      .catch((error: unknown) => failure(error))
      .then((reply) => (isCut ? breakOff(response, reply) : send(response, reply)))
      // The connection is cut: by a lost answer, or since there is nobody left to tell.
      .catch(() => response.destroy());
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

interface Served {
  readonly datacentre: Datacentre;
  readonly lostAnswers: "hang" | "destroy";
  readonly answer: Answer;
}

interface Exchange {
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  readonly onCut: () => void;
}

async function replyTo(served: Served, incoming: IncomingMessage, exchange: Exchange): Promise<FaceReply> {
  const { datacentre, lostAnswers, answer } = served;
  const request = await read(incoming);
  if (request.path === "/livez") return json(200, { alive: true });
  const admin = findRoute(ADMIN_ROUTES, request);
  if (admin !== null) {
    const { params, run } = admin;
    return json(200, run(datacentre, { params, query: request.query, body: parseJson(request.body, "body") }));
  }
  const door = datacentre.door({ lostAnswers: lostAnswers === "destroy" ? "reject" : "hang", ...exchange });
  return answer(request, door);
}

async function read(incoming: IncomingMessage): Promise<FaceRequest> {
  const [path = "/", query] = (incoming.url ?? "/").split("?", 2);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  const body = await readBody(incoming);
  return { method: incoming.method ?? "GET", path, query: new URLSearchParams(query), headers, body };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) throw new ShapeError("body", `may have ${BODY_BYTES_MAX} bytes at most`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function send(response: ServerResponse, { status, headers, body }: FaceReply): Promise<void> {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers });
  if (typeof body === "string") return void response.end(body);
  response.flushHeaders();
  for await (const piece of body) response.write(piece);
  response.end();
}

/** The head says how long the answer is, and half of it comes. */
async function breakOff(response: ServerResponse, { status, headers, body }: FaceReply): Promise<void> {
  if (typeof body === "string") {
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, "content-length": bytes.length });
    await new Promise<void>((resolve) => {
      response.write(bytes.subarray(0, bytes.length / 2), () => resolve());
    });
  }
  response.destroy();
}

/** Of the owner's hands, and of what a face did not catch. */
function failure(error: unknown): FaceReply {
  const refuse = (status: number, code: string, message: string): FaceReply =>
    json(status, { error: { code, message, retryAfterMs: null } });
  if (error instanceof LostAnswer) throw error;
  if (error instanceof ScriptedAnswer) return { status: error.status, headers: error.headers, body: error.body };
  if (error instanceof CloudError) return refuse(error.status, error.code, error.message);
  if (error instanceof ShapeError) return refuse(400, "invalid_request", error.message);
  return refuse(500, "internal_error", `A bug of the datacentre: ${String(error)}`);
}

function json(status: number, body: unknown): FaceReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
