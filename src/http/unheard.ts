// What never becomes a request of the application: bytes that are no HTTP, a head that is too large, one that does not come to its
// end. Node answers these by itself, without a word and without our headers, so they are answered here.

import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";
import { problemWithoutContext, Refused } from "./problem.ts";

/** Answers them as short problems, and hands `answer` the requests of which Node would refuse an expectation. */
export function answerUnheard(
  server: Server | HttpsServer,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on("request", ({ socket }, response) => answers.set(socket, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const last = answers.get(socket);
    // Nobody is there any more, or an answer has begun that this would be written into.
    const isBegun = last?.headersSent === true && !last.writableFinished;
    if (error.code === "ECONNRESET" || !socket.writable || isBegun) return void socket.destroy();
    socket.end(textOf(refusalOf(error.code ?? "")));
  });
  // An expectation that we do not know may be left unmet.
  server.on("checkExpectation", answer);
}

/** The answer to a request that could not be handed to the application; this one answers its own errors, and else it has a bug. */
export function answerUnhanded(error: unknown): Response {
  const refused =
    error instanceof RequestError
      ? new Refused("bad_http", "The request's path or its Host header makes no address: send one Host and a path.")
      : new Refused("internal", "Slipway made a mistake.");
  const { status, headers, body } = problemWithoutContext(refused);
  return new Response(body, { status, headers });
}

function refusalOf(code: string): Refused {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new Refused(
        "head_too_large",
        "The request's address and headers are larger than 16 KiB together: send fewer or shorter ones.",
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Refused("too_slow", "The request did not arrive whole in time: send it again.");
    default:
      return new Refused("bad_http", "What came is no request of HTTP/1.1: this is a port for http://, not https://.");
  }
}

function textOf(refused: Refused): string {
  const { status, headers, body } = problemWithoutContext(refused);
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "connection: close", length, "", body].join("\r\n");
}
