// The Docker Engine API over HTTP.

import { readableJson } from "../../cloud-http/answer.ts";
import { beforehand } from "../../cloud-http/faults.ts";
import { jsonIn, UnreadableAnswer } from "../../cloud-http/read.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import { type Answer, flow, send, type Sent } from "../../cloud-http/send.ts";
import type { Way } from "../../cloud-http/way.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Endpoint } from "./endpoint.ts";
import { refusalFault, versionFault } from "./faults.ts";
import { readMessage, readVersion } from "./schema.ts";

/** Oldest API that has all that is asked for (Docker 20.10), and the newest that this provider was written against. */
const API_OLDEST = "1.41";
const API_NEWEST = "1.51";

interface EngineCall {
  readonly method: Sent["method"];
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
  const { way } = endpoint;
  let version: string | null = null;

  async function versioned<T>(call: EngineCall, signal: AbortSignal, act: (request: Sent) => Promise<T>): Promise<T> {
    version ??= await beforehand(negotiate(way, signal));
    try {
      return await act(requestOf({ ...call, path: `/v${version}${call.path}` }));
    } catch (error) {
      // The engine was replaced meanwhile: the next call asks it again.
      if (error instanceof ProviderFault && error.fault.code === "api_version") version = null;
      throw error;
    }
  }

  return {
    endpoint,
    ask: (call, read, signal) =>
      versioned(call, signal, async (request) => readableJson(succeeded(await send(way, request, signal)), read)),
    follow: (call, signal) =>
      versioned(call, signal, async (request) => {
        const answer = await flow(way, request, signal);
        if ("chunks" in answer) return answer.chunks;
        throw new ProviderFault(refusalOf(answer));
      }),
  };
}

async function negotiate(way: Way, signal: AbortSignal): Promise<string> {
  const answer = succeeded(await send(way, { method: "GET", path: "/version" }, signal));
  const { apiVersion, minApiVersion } = readableJson(answer, readVersion);
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

function requestOf({ method, path, body }: EngineCall): Sent {
  const headers = { "content-type": "application/json" };
  return { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

function succeeded(answer: Answer): Answer {
  if (answer.status < 400) return answer;
  throw new ProviderFault(refusalOf(answer));
}

function refusalOf({ status, statusText, headers, body }: Answer): ProviderFault["fault"] {
  const message = messageIn(body) ?? tlsWanted(body) ?? `status ${status} ${statusText}`.trim();
  return refusalFault({ status, message, retryAfterMs: pauseIn(headers) });
}

/** What answers so is an engine behind TLS that was spoken with in the open. */
function tlsWanted(body: Buffer): string | null {
  const says = "HTTP request to an HTTPS server";
  return body.includes(says) ? `${says}: the endpoint has to begin with https://` : null;
}

/** Null for what is no refusal of an engine (a proxy's page): its status has to do. */
function messageIn(body: Buffer): string | null {
  try {
    return readMessage(jsonIn(body));
  } catch (error) {
    if (error instanceof UnreadableAnswer) return null;
    throw error;
  }
}
