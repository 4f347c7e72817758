// A small engine at the wire: answers one request after the other as its script says, with bodies recorded from a real one.
// A request that the script does not expect next, and an answer that nobody asked for, fail the test.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import recorded from "./recorded.json" with { type: "json" };
import { readForm } from "../../ports/account-form.ts";
import { type Endpoint, parseEndpoint } from "./client.ts";
import { FORM } from "./form.ts";

/** What a request was, for answers that depend on it. */
export interface Asked {
  readonly path: string;
  /** Of the API, as the path has it; null where it has none. */
  readonly version: string | null;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Of the last create. */
  readonly name: string;
  readonly labels: unknown;
}

export interface Exchange {
  /** Method and path without version and query: `POST /containers/create`. `*` stands for one part of a path. */
  readonly on: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body, when it depends on what was asked. */
  readonly answer?: (asked: Asked) => unknown;
  /** Sent as it is. */
  readonly bytes?: Uint8Array;
  /** `hang`: no answer. `cut`: the connection ends without one. `cut_body`: it ends within the body. `open`: the body does not end. */
  readonly end?: "hang" | "cut" | "cut_body" | "open";
  readonly optional?: boolean;
}

export interface EngineReplay extends AsyncDisposable {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  /** Resolves when a request has come whose exchange hangs. */
  readonly hanging: Promise<void>;
}

const VERSION_PART = /^\/v([0-9.]+)(?=\/)/;

export const VERSION: Exchange = { on: "GET /version", body: recorded.version };

/** A refusal in the engine's form. */
export function refusal(on: string, status: number, message: string): Exchange {
  return { on, status, body: { message } };
}

/** A recorded container under the name and labels of the last create. */
export function asCreated(container: {
  readonly State: object;
  readonly Config: object;
}): NonNullable<Exchange["answer"]> {
  return ({ name, labels }) => ({ ...container, Name: `/${name}`, Config: { ...container.Config, Labels: labels } });
}

export async function openReplay(script: readonly Exchange[]): Promise<EngineReplay> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-engine-"));
  const left = [...script];
  const wrong: string[] = [];
  const asked: Asked[] = [];
  const hanging = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void readAsked(request, asked.at(-1)).then((one) => {
      asked.push(one);
      const what = `${request.method} ${one.path}`;
      const exchange = take(left, what);
      if (exchange?.end === "hang") return hanging.resolve();
      if (exchange !== undefined) return play(exchange, one, response);
      wrong.push(`unexpected: ${what}; expected next: ${left[0]?.on ?? "nothing"}`);
      response.writeHead(599).end("{}");
    });
  });
  const socketPath = join(folder, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    endpoint: `unix://${socketPath}`,
    asked,
    hanging: hanging.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
      wrong.push(...left.filter(({ optional }) => optional !== true).map(({ on }) => `never asked: ${on}`));
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    },
  };
}

/** The next exchange of the script, passing over optional ones that do not fit. */
function take(left: Exchange[], what: string): Exchange | undefined {
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

async function readAsked(request: IncomingMessage, before: Asked | undefined): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://docker");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const body: unknown = text === "" ? null : JSON.parse(text);
  const labels = typeof body === "object" && body !== null && "Labels" in body ? body.Labels : before?.labels;
  return {
    path: url.pathname.replace(VERSION_PART, ""),
    version: VERSION_PART.exec(url.pathname)?.[1] ?? null,
    query: url.searchParams,
    body,
    name: url.searchParams.get("name") ?? before?.name ?? "",
    labels,
  };
}

function play(exchange: Exchange, asked: Asked, response: ServerResponse): void {
  if (exchange.end === "cut") return void response.destroy();
  const value = exchange.answer === undefined ? exchange.body : exchange.answer(asked);
  const bytes = exchange.bytes ?? Buffer.from(value === undefined ? "" : JSON.stringify(value));
  response.writeHead(exchange.status ?? 200, exchange.headers);
  if (exchange.end === "open") return void response.write(bytes);
  if (exchange.end === "cut_body") return void response.write(bytes, () => response.destroy());
  response.end(bytes);
}

type Given = Readonly<Record<string, unknown>>;

/** Of an account with these fields. */
export function endpointOf(settings: Given, credentials: Given = {}): Endpoint {
  return parseEndpoint(readForm(FORM, { settings, credentials }));
}
