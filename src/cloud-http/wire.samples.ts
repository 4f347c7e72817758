// For tests at the wire: clouds that behave as badly as they can, on real sockets, and a record of what reached them.

import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createRawServer, type Server, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { ProviderFault } from "../ports/provider.ts";
import { openWay, type Way, type WayForm } from "./way.ts";

export interface Cloud extends AsyncDisposable {
  readonly port: number;
  /** Connections that were made to it. */
  readonly connections: () => number;
  /** Requests that reached it whole, as `METHOD path body`. */
  readonly asked: readonly string[];
}

export const calm = (): AbortSignal => new AbortController().signal;

/** The way to a port of this machine. */
export function wayTo(
  { port }: Pick<Cloud, "port">,
  given: Partial<WayForm> & { readonly protocol?: string } = {},
): Way {
  const { protocol = "http", ...form } = given;
  return openWay({ to: new URL(`${protocol}://127.0.0.1:${port}`), trust: { ca: null, proxy: null }, ...form });
}

type Act = (request: IncomingMessage, response: ServerResponse) => void;

/** A cloud that reads each request whole and then does as it is told. */
export async function cloudThat(act: Act, tls?: TlsOptions): Promise<Cloud> {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${Buffer.concat(pieces).toString()}`.trim());
      act(request, response);
    });
    response.on("error", () => undefined);
  };
  return listening(tls === undefined ? createServer(listener) : createSecureServer(tls, listener), asked);
}

/** A cloud of which each connection is the test's own. */
export function rawCloud(act: (socket: Socket) => void): Promise<Cloud> {
  return listening(createRawServer(act), []);
}

async function listening(server: Server, asked: readonly string[]): Promise<Cloud> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket.on("error", () => undefined));
  });
  // A line that was given up in the middle of the handshake is what some tests are about.
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    asked,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const cloud = await rawCloud(() => undefined);
  await cloud[Symbol.asyncDispose]();
  return cloud.port;
}

/** Sends pieces for as long as somebody takes them; `gone` resolves with their number when nobody does any more. */
export function pour(into: ServerResponse | Socket, piece: Buffer | string): Promise<number> {
  const gone = Promise.withResolvers<number>();
  let poured = 0;
  const more = (): void => {
    while (!into.destroyed && into.write(piece)) poured += 1;
    poured += 1;
  };
  into.on("drain", more);
  into.on("error", () => undefined);
  into.on("close", () => gone.resolve(poured));
  more();
  return gone.promise;
}

/** The fault that a call ends with. */
export async function faultOf(call: Promise<unknown>): Promise<ProviderFault["fault"]> {
  const error: unknown = await call.then(
    (value) => new Error(`no fault but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderFault) return error.fault;
  throw error;
}
