// The server as the command line speaks to it: requests with a token, replies parsed with the contract's schemas, and every
// way to fail turned into one complaint with its place and its remedy.

import { Problem, type ProblemError } from "../contract/problem.ts";
import { TIME_HEADER } from "../contract/terms.ts";
import { Complaint, EXIT, type ExitCode } from "./complaint.ts";
import type { Connection } from "./connection.ts";
import { oneLine } from "./print.ts";

/** A schema of the contract. */
interface Schema<T> {
  readonly safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: Error };
}

/** Of replies without a body. */
export const NOTHING: Schema<void> = { safeParse: () => ({ success: true, data: undefined }) };

interface Asked<T> {
  readonly path: string;
  readonly reply: Schema<T>;
  readonly method?: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** Makes a repetition harmless, so that a lost answer is asked for again. */
  readonly idempotencyKey?: string;
  /** Who cannot wait asks once, for so long. */
  readonly withinMs?: number;
}

export interface Client {
  readonly url: string;
  /** The server's time, ms since 1970, as far as its replies have told. */
  readonly now: () => number;
  /** Throws a Complaint, or a Refused when the server said no. */
  readonly ask: <T>(request: Asked<T>) => Promise<T>;
  /** A reply that is a file. */
  readonly download: (path: string) => Promise<{ readonly headers: Headers; readonly body: AsyncIterable<Uint8Array> }>;
  /** Opens a stream of server-sent events after the event `lastId`. */
  readonly stream: (path: string, lastId: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
}

/** The server's no, with what it said. */
export class Refused extends Complaint {
  readonly problem: Problem;
  constructor(exitCode: ExitCode, problem: Problem, remedies: readonly string[] = []) {
    const { detail, errors, candidates = [] } = problem;
    // The sentence itself has the place of a single mistake.
    const places = errors.length > 1 ? errors.map(placeOf) : [];
    const ids = candidates.length > 0 ? [`name it by its id: ${candidates.join(", ")}`] : [];
    super(exitCode, detail, { details: [...places, ...ids, ...remedies] });
    this.problem = problem;
  }
}

/** A path from its template, every value escaped. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}

/** `?a=1&b=2` of what is given; nothing of nothing. */
export function query(given: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) pairs.append(name, String(value));
  return pairs.size === 0 ? "" : `?${pairs.toString()}`;
}

/** What `act` returns; the server's no to a filter is told by the option that gave it, which has the name that it has in the query. */
export async function byFilter<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const [, name, why] = /^query (\w+): (.*)$/s.exec(error.problem.errors[0]?.detail ?? "") ?? [];
    if (name === undefined || why === undefined) throw error;
    throw new Complaint(error.exitCode, `--${name}: ${why}`, { cause: error });
  }
}

const TRIES_MOST = 3;
/** A file is made before it is sent. */
const FILE_MS = 30 * 60_000;
/** The server answers everything within its own time-outs; beyond this the line is dead. */
const REPLY_MS = 60_000;

/** `sender`: headers of the trace that whoever calls is part of (W3C), where there is one. */
export function openClient(
  connection: Connection,
  clock: () => number,
  sender: Readonly<Record<string, string>> = {},
): Client {
  let aheadMs = 0;

  async function send(request: Omit<Asked<unknown>, "reply">, headers: Record<string, string>, signal: AbortSignal) {
    const { method = "GET", body, idempotencyKey } = request;
    const reply = await fetch(connection.url + request.path, {
      method,
      signal,
      // The token, and whatever secret is in the request, are for this address.
      redirect: "manual",
      headers: {
        authorization: `Bearer ${connection.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        ...sender,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    aheadMs = aheadOf(reply, clock()) ?? aheadMs;
    if (reply.status >= 300 && reply.status < 400) throw leadsElsewhere(reply, connection.url);
    if (!reply.ok) throw refusedOf(reply.status, await textOf(reply, connection.url), connection.url);
    return reply;
  }

  async function ask<T>(request: Asked<T>): Promise<T> {
    const { method, idempotencyKey, withinMs } = request;
    const mayRepeat = withinMs === undefined && (method === undefined || idempotencyKey !== undefined);
    const tries = mayRepeat ? TRIES_MOST : 1;
    for (let no = 1; ; no += 1) {
      try {
        const reply = await send(request, { accept: "application/json" }, AbortSignal.timeout(withinMs ?? REPLY_MS));
        return parsed(await textOf(reply, connection.url), request.reply, connection.url);
      } catch (error) {
        if (error instanceof Complaint) throw error;
        if (no >= tries || isRefusedConnection(error)) throw unreachable(connection.url, error);
      }
    }
  }

  async function stream(at: string, lastId: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { accept: "text/event-stream", ...(lastId === "" ? {} : { "last-event-id": lastId }) };
    const { body } = await send({ path: at }, headers, signal);
    if (body === null) throw new Error("the stream is empty");
    return body;
  }

  async function download(at: string): Promise<{ headers: Headers; body: AsyncIterable<Uint8Array> }> {
    try {
      const { headers, body } = await send({ path: at }, {}, AbortSignal.timeout(FILE_MS));
      if (body === null) throw new Error("the file is empty");
      return { headers, body };
    } catch (error) {
      throw error instanceof Complaint ? error : unreachable(connection.url, error);
    }
  }

  return { url: connection.url, now: () => clock() + aheadMs, ask, download, stream };
}

/** More than any reply has. */
const REPLY_BYTES_MOST = 64 * 1024 * 1024;

/** The body, decoded. What is larger comes from something that is no server of ours. */
async function textOf({ body }: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > REPLY_BYTES_MOST) throw noSlipway(url, new Error(`a reply of more than ${REPLY_BYTES_MOST} bytes`));
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function leadsElsewhere({ status, headers }: Response, url: string): Complaint {
  const to = URL.parse(headers.get("location") ?? "", url);
  const where = to === null ? "elsewhere" : `to ${to.origin}`;
  const details = to === null ? [] : [`if that is right: slipway login ${to.origin}`];
  return new Complaint(EXIT.noAccess, `${url} leads ${where} (status ${status}), and that is not followed`, {
    details,
  });
}

/** How far the server's time is ahead; the reply was on its way for a while, so that small differences do not count. */
function aheadOf(reply: Response, now: number): number | null {
  const date = Date.parse(reply.headers.get(TIME_HEADER) ?? "");
  if (Number.isNaN(date)) return null;
  return Math.abs(date - now) < 2_000 ? 0 : date - now;
}

function parsed<T>(text: string, schema: Schema<T>, url: string): T {
  let value: unknown;
  try {
    value = text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    throw noSlipway(url, error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw noSlipway(url, result.error);
  return result.data;
}

function noSlipway(url: string, cause: unknown): Complaint {
  const message = `${url} does not answer as this version of Slipway expects; is the address right, and the server of the same version?`;
  return new Complaint(EXIT.failed, message, { cause });
}

const EXIT_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.badInput,
  401: EXIT.noAccess,
  403: EXIT.noAccess,
  404: EXIT.badInput,
  413: EXIT.badInput,
};

function refusedOf(status: number, text: string, url: string): Complaint {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return noSlipway(url, error);
  }
  const problem = Problem.safeParse(value);
  if (!problem.success) return noSlipway(url, problem.error);
  const { code, detail } = problem.data;
  const remedy = `${url} does not accept the token: run \`slipway login ${url}\`, or set SLIPWAY_TOKEN`;
  const shown = { ...problem.data, detail: code === "not_authenticated" ? remedy : detail };
  return new Refused(EXIT_OF_STATUS[status] ?? EXIT.failed, shown, code === "not_permitted" ? [otherToken(url)] : []);
}

/** For whoever's role is not enough. */
export const otherToken = (url: string): string =>
  `use a token with a role that may: \`slipway login ${url}\`, or set SLIPWAY_TOKEN`;

/** A mistake with its place: line and column of a blueprint, else the pointer into the request. */
export function placeOf({ line, column, pointer, detail }: ProblemError): string {
  const text = oneLine(detail);
  if (line !== undefined) return `at ${line}:${column ?? 1}  ${text}`;
  return pointer === "" ? text : `${pointer}: ${text}`;
}

/** Another try will not mend it: the server has answered, and it is not in trouble itself. */
export const isFinal = (error: unknown): boolean => error instanceof Refused && error.problem.status < 500;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;

/** Nobody listens there: asking again would not help. */
const isRefusedConnection = (error: unknown): boolean =>
  codeOf(error) === "ECONNREFUSED" || codeOf(error) === "ENOTFOUND";

function unreachable(url: string, cause: unknown): Complaint {
  const text = reasonOf(cause);
  const question = isRefusedConnection(cause) ? "is `slipway serve` running?" : "is it the right address?";
  const reason = text === null ? "" : ` (${text})`;
  return new Complaint(EXIT.noAccess, `cannot reach ${url}: ${question}${reason}`, { cause });
}

/** What the system said, in its own words. */
export function reasonOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === "TimeoutError") return `no answer within ${REPLY_MS / 1000} s`;
  const inner = error.cause instanceof Error ? error.cause : error;
  return inner.message === "" ? null : oneLine(inner.message);
}
