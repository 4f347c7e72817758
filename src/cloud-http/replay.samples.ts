// A script at the wire: a server that answers one request after the other as it was told, with bodies recorded from a real cloud. A
// request that the script does not expect next, and an answer that nobody asked for, fail the test.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ListenOptions } from "node:net";

export interface Exchange<Asked> {
  /** Method and path without query: `POST /containers/create`. `*` stands for one part of a path. */
  readonly on: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that depend on what was asked. */
  readonly headersFor?: (asked: Asked) => Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body, when it depends on what was asked. */
  readonly answer?: (asked: Asked) => unknown;
  /** Sent as it is. */
  readonly bytes?: Uint8Array;
  /** `hang`: no answer. `cut`: the connection ends without one. `cut_body`: it ends within the body. `open`: the body does not end. */
  readonly end?: "hang" | "cut" | "cut_body" | "open";
  readonly optional?: boolean;
}

export const optional = <Asked>(exchange: Exchange<Asked>): Exchange<Asked> => ({ ...exchange, optional: true });

export interface Replay<Asked> extends AsyncDisposable {
  readonly asked: readonly Asked[];
  /** Zero for a socket of a path. */
  readonly port: number;
  /** Resolves when a request has come whose exchange hangs. */
  readonly hanging: Promise<void>;
}

export interface ReplayForm<Asked> {
  /** Any free port when left out. */
  readonly listen?: ListenOptions;
  /** What a request was; `before`: the one before it. */
  readonly read: (request: IncomingMessage, before: Asked | undefined) => Promise<Asked>;
}

export async function playScript<Asked extends { readonly path: string }>(
  script: readonly Exchange<Asked>[],
  { listen = { port: 0, host: "127.0.0.1" }, read }: ReplayForm<Asked>,
): Promise<Replay<Asked>> {
  const left = [...script];
  const wrong: string[] = [];
  const asked: Asked[] = [];
  const hanging = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void read(request, asked.at(-1)).then((one) => {
      asked.push(one);
      const what = `${request.method} ${one.path}`;
      const exchange = take(left, what);
      if (exchange?.end === "hang") return hanging.resolve();
      if (exchange !== undefined) return play(exchange, one, response);
      wrong.push(`unexpected: ${what}; expected next: ${left[0]?.on ?? "nothing"}`);
      response.writeHead(599).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(listen, resolve));
  const address = server.address();
  return {
    asked,
    port: typeof address === "object" && address !== null ? address.port : 0,
    hanging: hanging.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      wrong.push(...left.filter(({ optional }) => optional !== true).map(({ on }) => `never asked: ${on}`));
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    },
  };
}

/** The body of a request as JSON; null where there is none. */
export async function bodyIn(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? null : JSON.parse(text);
}

/** The next exchange of the script, passing over optional ones that do not fit. */
function take<Asked>(left: Exchange<Asked>[], what: string): Exchange<Asked> | undefined {
  const at = left.findIndex((exchange) => isMeant(exchange.on, what) || exchange.optional !== true);
  const found = left[at];
  if (found === undefined || !isMeant(found.on, what)) return undefined;
  left.splice(0, at + 1);
  return found;
}

function isMeant(on: string, what: string): boolean {
  const [wanted, given] = [on.split("/"), what.split("/")];
  return wanted.length === given.length && wanted.every((part, index) => part === "*" || part === given[index]);
}

function play<Asked>(exchange: Exchange<Asked>, asked: Asked, response: ServerResponse): void {
  if (exchange.end === "cut") return void response.destroy();
  const value = exchange.answer === undefined ? exchange.body : exchange.answer(asked);
  const bytes = exchange.bytes ?? Buffer.from(value === undefined ? "" : JSON.stringify(value));
  response.writeHead(exchange.status ?? 200, { ...exchange.headers, ...exchange.headersFor?.(asked) });
  if (exchange.end === "open") return void response.write(bytes);
  if (exchange.end === "cut_body") return void response.write(bytes, () => response.destroy());
  response.end(bytes);
}
