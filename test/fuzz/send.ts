// Requests as bytes, and what comes back.

import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { connect } from "node:net";
import type { Wire } from "./requests.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Of a stream, its beginning. */
  readonly text: string;
}

export interface Sender {
  send(wire: Wire, token: string | null): Promise<Reply>;
  /** Whatever comes back for bytes that need be no HTTP; null when the server hangs up. */
  sendBytes(bytes: Buffer): Promise<Reply | null>;
  close(): void;
}

const ANSWER_MS = 20_000;

export function senderTo(url: string): Sender {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async send({ method, path, headers, body }, token) {
      const asked = httpRequest({
        agent,
        hostname,
        port,
        method,
        path,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
          // Without it Node would send the body in pieces.
          ...(body === null ? {} : { "content-length": String(body.length) }),
        },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      asked.end(body ?? undefined);
      const [answer]: [IncomingMessage] = await answered(asked);
      return await replyFrom(answer);
    },
    async sendBytes(bytes) {
      const socket = connect(Number(port), hostname);
      const pieces: Buffer[] = [];
      socket.on("data", (piece: Buffer) => pieces.push(piece));
      const closed = new Promise<void>((resolve) =>
        socket.once("close", () => resolve()).once("error", () => undefined),
      );
      socket.end(bytes);
      await closed;
      // The answer to an expectation comes before the reply.
      return replyIn(Buffer.concat(pieces).toString().replace("HTTP/1.1 100 Continue\r\n\r\n", ""));
    },
    close: () => agent.destroy(),
  };
}

async function answered(asked: ReturnType<typeof httpRequest>): Promise<[IncomingMessage]> {
  const [answer] = await once(asked, "response");
  return [answer];
}

async function replyFrom(answer: IncomingMessage): Promise<Reply> {
  const headers = new Headers();
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    headers.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
  }
  const isStream = (headers.get("content-type") ?? "").startsWith("text/event-stream");
  let text = "";
  for await (const piece of answer) {
    text += String(piece);
    // A stream has no end of its own.
    if (isStream && text.includes("\n\n")) break;
  }
  return { status: answer.statusCode ?? 0, headers, text };
}

function replyIn(text: string): Reply | null {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(first) ?? [];
  if (status === undefined) return null;
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(":", 1)[0] ?? "", line.replace(/^[^:]*: ?/, "")]),
  );
  return { status: Number(status), headers, text: rest.join("\r\n\r\n") };
}
