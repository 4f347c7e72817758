// One request to a cloud and its answer. Nothing is sent twice, but for a read that met a kept connection which the cloud had closed;
// nothing is followed elsewhere; and whatever goes wrong is a fault whose effect says whether the request can have had one.

import { once } from "node:events";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from "node:http";
import type { Socket } from "node:net";
import { ProviderFault } from "../ports/provider.ts";
import { ACCEPTED, chunksOf, readBody, readStart } from "./body.ts";
import { connect, NotConnected } from "./connect.ts";
import { errandHeaders, noteAnswer } from "./errand.ts";
import { codeOf, isOfTheLine, lateFault, lineFault, redirectFault, unreadableFault } from "./faults.ts";
import { deadlinesFirst } from "./pause.ts";
import { UnreadableAnswer } from "./read.ts";
import type { Way } from "./way.ts";

export interface Sent {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Behind the address, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Some clouds answer what they have accepted with the address where it can be read: then a redirect is an answer as any other. */
  readonly takesRedirects?: boolean;
}

interface Head {
  readonly status: number;
  /** In the cloud's words: `Bad Gateway`. */
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

/** An answer that is here as a whole; of a refusal, its beginning. */
export interface Answer extends Head {
  readonly body: Buffer;
}

/** An answer whose body is read while it comes. */
export interface Flow extends Head {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A refusal is one however much is written about it; this much holds its code in every form that clouds have. */
const REFUSAL_BYTES_MOST = 1024 * 1024;
/** Answers before the answer (status 1xx). */
const NOTICES_MOST = 10;

/** The answer, of whatever status that is no redirect, unless one is taken. Rejects with a ProviderFault, or the signal's reason. */
export function send(way: Way, request: Sent, signal: AbortSignal): Promise<Answer> {
  return within(way, signal, async (tried) => {
    const isRead = request.method === "GET";
    const message = await (isRead ? readKept(way, request, tried) : sendAlone(way, request, tried));
    if (request.takesRedirects === true && isRedirect(message.statusCode ?? 0)) return redirectAnswer(message);
    return wholeAnswer(way, message);
  });
}

/** What it says besides where it leads is not read. */
function redirectAnswer(message: IncomingMessage): Answer {
  const { statusCode: status = 0, statusMessage: statusText = "", headers } = message;
  message.destroy();
  return { status, statusText, headers, body: Buffer.alloc(0) };
}

/** Has no limit of time or size once it has begun: the caller ends it, by the signal or by reading no more. Rejects as `send` does. */
export function flow(way: Way, request: Sent, signal: AbortSignal): Promise<Answer | Flow> {
  return within(way, signal, async (tried) => {
    const message = await sendAlone(way, request, tried);
    if (isRefusal(message)) return wholeAnswer(way, message);
    return { ...headOf(way, message), chunks: flowing(way, message, signal) };
  });
}

/** What is known of a request that failed. */
interface Tried {
  /** A line was there and the request went into it: from then on it may have been carried out. */
  hasLeft: boolean;
  /** Aborts with the caller's signal, and when it takes too long in all. */
  readonly over: AbortSignal;
}

async function within<T>(way: Way, signal: AbortSignal, act: (tried: Tried) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const tried: Tried = { hasLeft: false, over: over.signal };
  const stop = (): void => over.abort(signal.reason);
  const timer = setTimeout(() => over.abort(new Error("late")), way.limits.totalMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await act(tried);
  } catch (error) {
    signal.throwIfAborted();
    throw asFault(way, error, tried);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Bugs stay what they are. */
function asFault(way: Way, error: unknown, { hasLeft, over }: Tried): unknown {
  const { name, remedies, limits, client } = way;
  if (error instanceof ProviderFault) return error;
  if (error instanceof UnreadableAnswer) return unreadableFault(error);
  const effect = hasLeft ? "unknown" : "none";
  if (over.aborted) return lateFault({ name, effect, ms: limits.totalMs });
  const at = { name, remedies, hasCertificate: client !== null };
  if (error instanceof NotConnected) return lineFault(error.why, { ...at, effect: "none" });
  return error instanceof Error && isOfTheLine(error) ? lineFault(error, { ...at, effect }) : error;
}

/** On a connection of its own: on a kept one, that the cloud may just have closed, nobody could say whether it arrived. */
async function sendAlone(way: Way, request: Sent, tried: Tried): Promise<IncomingMessage> {
  const socket = await connect(way, tried.over);
  try {
    if (request.method !== "GET") await dueFirst(socket, tried.over);
    return await answerTo(begin(way, request, { tried, socket }));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Deadlines that are over are told before anything is made; what becomes of the line meanwhile is heard. */
async function dueFirst(socket: Socket, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const closed = once(socket, "close", { signal: over.signal }).then(() => {
    throw Object.assign(new Error("the connection ended"), { code: "ECONNRESET" });
  });
  closed.catch(() => undefined);
  try {
    await Promise.race([deadlinesFirst(signal), closed]);
  } finally {
    over.abort();
  }
}

/** On a connection that may be an old one; where that is found closed, once more on a new one: reading twice does no harm. */
async function readKept(way: Way, request: Sent, tried: Tried): Promise<IncomingMessage> {
  const reading = begin(way, request, { tried, socket: null });
  try {
    return await answerTo(reading);
  } catch (error) {
    const isStale = reading.reusedSocket && ["ECONNRESET", "EPIPE"].includes(codeOf(error) ?? "");
    if (!isStale || tried.over.aborted) throw error;
    return sendAlone(way, request, tried);
  }
}

/** `socket`: null takes a kept connection, or one that will be kept. */
function begin(way: Way, request: Sent, { tried, socket }: { tried: Tried; socket: Socket | null }): ClientRequest {
  const { address, trust, limits } = way;
  const path = `${address?.pathname.replace(/\/+$/, "") ?? ""}${request.path}`;
  const isProxied = address?.protocol === "http:" && trust.proxy !== null;
  const begun = sendRequest({
    method: request.method,
    path: isProxied ? `${address.origin}${path}` : path,
    headers: {
      host: address?.host ?? "localhost",
      "user-agent": "slipway",
      "accept-encoding": ACCEPTED,
      ...(request.method === "GET" ? {} : { "content-length": Buffer.byteLength(request.body ?? "") }),
      ...(way.tellsTrace ? errandHeaders() : {}),
      ...request.headers,
    },
    maxHeaderSize: limits.headerBytes,
    signal: tried.over,
    ...(socket === null ? { agent: way.kept } : { createConnection: () => socket }),
  });
  begun.on("socket", () => {
    tried.hasLeft = true;
  });
  begun.end(request.body);
  return begun;
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let notices = 0;
    request.on("error", reject);
    request.on("response", resolve);
    request.on("information", () => {
      notices += 1;
      if (notices > NOTICES_MOST) request.destroy(new UnreadableAnswer("head", "comes again and again without an end"));
    });
  });
}

async function wholeAnswer(way: Way, message: IncomingMessage): Promise<Answer> {
  const head = headOf(way, message);
  const body = isRefusal(message)
    ? await readStart(message, REFUSAL_BYTES_MOST)
    : await readBody(message, way.limits.bodyBytes);
  return { ...head, body };
}

const isRefusal = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 400;
/** 304 answers a question; all others of its kind lead elsewhere. */
const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304;

function headOf(way: Way, message: IncomingMessage): Head {
  const { statusCode: status = 0, statusMessage: statusText = "", headers } = message;
  noteAnswer(headers);
  if (isRedirect(status)) {
    message.destroy();
    const { location } = headers;
    throw redirectFault({ status, location }, { name: way.name, base: way.address?.href ?? "http://localhost" });
  }
  return { status, statusText, headers };
}

async function* flowing(way: Way, message: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stop = (): void => void message.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    yield* chunksOf(message, Infinity);
  } catch (error) {
    signal.throwIfAborted();
    throw asFault(way, error, { hasLeft: true, over: signal });
  } finally {
    signal.removeEventListener("abort", stop);
    message.destroy();
  }
}
