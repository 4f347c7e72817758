// The application on a port.

import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { App } from "./http-deps.ts";
import { answerUnhanded, answerUnheard } from "./unheard.ts";

/** How long answers under way may take once the server closes. */
const ANSWERS_MS = 5_000;
const SWEEP_MS = 50;
/**
 * How long a connection may be idle: longer than any proxy in front keeps it (nginx and AWS 60 s, Caddy 2 min, Azure 4 min, Google 10 min).
 * Whoever closes first must be the one who asks, or a request is sent into a connection that has just been closed, and nobody answers it.
 */
const IDLE_MS = 620_000;

/** In PEM; the certificate with those that lead to its authority. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Listening {
  readonly port: number;
  /** From the next connection on. Of no effect without TLS. */
  renew(certificate: Certificate): void;
  /** Takes no more requests; resolves when those under way are answered, after 5 s at most. */
  close(): Promise<void>;
}

export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** Throws the socket's error when nobody could listen there now: to be known before anything is made for a server. */
export async function tryListening({ host, port }: ListenAt): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

/** With a certificate over TLS. Throws the socket's error, such as EADDRINUSE. */
export async function listen(
  app: Pick<App, "fetch">,
  at: ListenAt,
  certificate: Certificate | null = null,
): Promise<Listening> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: answerUnhanded });
  const answer = (request: IncomingMessage, response: ServerResponse): void => void listener(request, response);
  // Without a Host header Node would answer by itself.
  const options = { requireHostHeader: false, keepAliveTimeout: IDLE_MS };
  const secure: HttpsServer | null =
    certificate === null ? null : createHttpsServer({ ...options, ...certificate }, answer);
  const server = secure ?? createHttpServer(options, answer);
  answerUnheard(server, answer);
  const unused = unusedConnections(server);
  server.listen(at.port, at.host);
  await once(server, "listening");
  return {
    port: portOf(server),
    renew: (next) => secure?.setSecureContext({ ...next }),
    close: () => close(server, unused),
  };
}

/** Connections on which nothing was asked yet: browsers open them ahead, and Node does not count them as idle. */
function unusedConnections(server: Server | HttpsServer): ReadonlyMap<string, Socket> {
  const unused = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const name = nameOf(socket);
    unused.set(name, socket);
    socket.once("close", () => unused.delete(name));
  });
  server.on("request", ({ socket }) => unused.delete(nameOf(socket)));
  return unused;
}

/** With TLS requests come on another socket than the connection did. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function portOf(server: Server | HttpsServer): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

async function close(server: Server | HttpsServer, unused: ReadonlyMap<string, Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    for (const socket of unused.values()) socket.destroy();
  }, SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), ANSWERS_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
