// HTTP to one Docker Engine over its Unix socket or TCP. One connection per request: on a kept connection that the engine
// has just closed, nobody could say whether the request was sent.

import { type IncomingMessage, request as sendRequest } from "node:http";
import { accountFormFault } from "../../ports/account-form.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { connectionFault, refusalFault, unreadableFault, versionFault } from "./faults.ts";
import { readMessage, readVersion, UnreadableAnswer } from "./schema.ts";

/** Oldest API that has all that is asked for (Docker 20.10), and the newest that this provider was written against. */
const API_OLDEST = "1.41";
const API_NEWEST = "1.51";

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface Endpoint {
  /** As the account has it, for people. */
  readonly text: string;
  readonly socketPath: string | null;
  readonly host: string;
  readonly port: number;
  /** Where ports that the engine's host publishes are reached. */
  readonly hostAddress: string;
}

/** Throws a ProviderFault that tells the forms which are known. */
export function parseEndpoint(text: string): Endpoint {
  if (/^unix:\/\/\/./.test(text)) {
    const socketPath = text.slice("unix://".length);
    return { text, socketPath, host: "docker", port: 80, hostAddress: "127.0.0.1" };
  }
  const url = URL.parse(text.replace(/^tcp:/, "http:"));
  if (url?.protocol !== "http:" || url.port === "" || url.pathname !== "/") {
    throw accountFormFault("endpoint", "must be unix:///path/docker.sock or http://host:port");
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { text, socketPath: null, host, port: Number(url.port), hostAddress: host };
}

interface EngineCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Behind the version, with query. */
  readonly path: string;
  readonly body?: unknown;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Engine {
  readonly endpoint: Endpoint;
  /** The parsed body of a success; null where there is none. */
  ask<T>(call: EngineCall, read: (body: unknown) => T, signal: AbortSignal): Promise<T>;
  /** The body of a success as it comes in. */
  follow(call: EngineCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export function connectEngine(endpoint: Endpoint): Engine {
  let version: string | null = null;

  async function exchange(call: EngineCall, signal: AbortSignal): Promise<IncomingMessage> {
    version ??= await negotiate(endpoint, signal);
    try {
      return await succeeded(await send(endpoint, { ...call, path: `/v${version}${call.path}` }, signal));
    } catch (error) {
      // The engine was replaced meanwhile: the next call asks it again.
      if (error instanceof ProviderFault && error.fault.code === "api_version") version = null;
      throw error;
    }
  }

  return {
    endpoint,
    ask: (call, read, signal) =>
      guarded(endpoint, signal, async () => read(parseBody(await readBody(await exchange(call, signal))))),
    follow: (call, signal) =>
      guarded(endpoint, signal, async () => guardedChunks(endpoint, signal, await exchange(call, signal))),
  };
}

/** Asked for before anything else is sent: whatever fails here, nothing was done. */
async function negotiate(endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  try {
    return await guarded(endpoint, signal, () => askVersion(endpoint, signal));
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    throw new ProviderFault({ ...error.fault, effect: "none" }, { cause: error });
  }
}

async function askVersion(endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  const answer = await succeeded(await send(endpoint, { method: "GET", path: "/version" }, signal));
  const { apiVersion, minApiVersion } = readVersion(parseBody(await readBody(answer)));
  if (isOlder(apiVersion, API_OLDEST)) {
    throw versionFault(`the engine speaks API ${apiVersion}; ${API_OLDEST} (Docker 20.10) or newer is needed`);
  }
  if (isOlder(API_NEWEST, minApiVersion)) {
    throw versionFault(
      `the engine wants API ${minApiVersion} at the least; this version of Slipway speaks ${API_NEWEST}`,
    );
  }
  return isOlder(apiVersion, API_NEWEST) ? apiVersion : API_NEWEST;
}

/** `1.9` is older than `1.41`. */
function isOlder(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function send(endpoint: Endpoint, { method, path, body }: EngineCall, signal: AbortSignal): Promise<IncomingMessage> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = { host: "docker", "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const place =
    endpoint.socketPath === null ? { host: endpoint.host, port: endpoint.port } : { socketPath: endpoint.socketPath };
  return new Promise((resolve, reject) => {
    const request = sendRequest({ ...place, method, path, headers, signal, agent: false }, resolve);
    request.on("error", reject);
    request.end(text);
  });
}

async function succeeded(answer: IncomingMessage): Promise<IncomingMessage> {
  const status = answer.statusCode ?? 0;
  if ((status >= 200 && status < 300) || status === 304) return answer;
  const text = (await readBody(answer)).toString("utf8");
  const message = messageIn(text) ?? `status ${status} ${answer.statusMessage ?? ""}`.trim();
  const seconds = Number(answer.headers["retry-after"] ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  throw new ProviderFault(refusalFault({ status, message, retryAfterMs }));
}

function messageIn(text: string): string | null {
  try {
    return readMessage(JSON.parse(text));
  } catch (error) {
    // A proxy's page: its status has to do.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    // Without an encoding set, chunks of a message are buffers.
    chunks.push(Buffer.from(chunk));
    size += chunks.at(-1)?.length ?? 0;
    if (size > ANSWER_BYTES_MAX) throw new UnreadableAnswer("body", `is larger than ${ANSWER_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks);
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableAnswer("body", "is no JSON");
    throw error;
  }
}

async function* guardedChunks(
  endpoint: Endpoint,
  signal: AbortSignal,
  answer: IncomingMessage,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) yield Buffer.from(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw asFault(error, endpoint);
  }
}

async function guarded<T>(endpoint: Endpoint, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    throw asFault(error, endpoint);
  }
}

/** Connections fail with errors that carry a code; anything else is a bug and stays one. */
function asFault(error: unknown, endpoint: Endpoint): unknown {
  if (error instanceof UnreadableAnswer) return unreadableFault(error);
  if (error instanceof Error && ("code" in error || error instanceof AggregateError)) {
    return connectionFault(error, endpoint.text);
  }
  return error;
}
