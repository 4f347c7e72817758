// The other end of server.ts: the same TenantApi over fetch.

import { CloudError, CloudUnreachable, LostAnswer } from "./cloud-api.ts";
import { readErrorCode } from "./fault.ts";
import type { Credentials } from "./wire/call.ts";
import type { Change, TenantApi } from "./tenant-api.ts";
import { amount, nullable, shape, ShapeError, text } from "./shape.ts";

export type HttpAccess = Credentials & {
  /** As printed by main.ts. */
  readonly url: string;
};

export function connectOverHttp({ url, ...access }: HttpAccess): TenantApi {
  const authorization = "session" in access ? `Session ${access.session}` : `Bearer ${access.tenant}:${access.key}`;
  const machine = (id: string, action = ""): string => `/v1/machines/${encodeURIComponent(id)}${action}`;
  const part = (id: string, action = ""): string => `/v1/parts/${encodeURIComponent(id)}${action}`;
  const at = (path: string) => ({ url: url + path, authorization });
  return {
    login: (signal) => exchange({ ...at("/v1/sessions"), method: "POST" }, signal),
    logout: (token, signal) =>
      exchange({ ...at(`/v1/sessions/${encodeURIComponent(token)}`), method: "DELETE" }, signal),
    describe: (signal) => exchange({ ...at("/v1"), method: "GET" }, signal),
    create: (request, signal) => exchange({ ...at("/v1/machines"), method: "POST", body: request }, signal),
    get: (id, signal) => exchange({ ...at(machine(id)), method: "GET" }, signal),
    findByName: (name, signal) => exchange({ ...at(`/v1/names/${encodeURIComponent(name)}`), method: "GET" }, signal),
    findByNames: (names, signal) => exchange({ ...at("/v1/searches"), method: "POST", body: { names } }, signal),
    list: (query, signal) => exchange({ ...at(`/v1/machines${written(query)}`), method: "GET" }, signal),
    start: (id, signal) => exchange({ ...at(machine(id, "/start")), method: "POST" }, signal),
    stop: (id, signal) => exchange({ ...at(machine(id, "/stop")), method: "POST" }, signal),
    reboot: (id, signal) => exchange({ ...at(machine(id, "/reboot")), method: "POST" }, signal),
    remove: (id, signal) => exchange({ ...at(machine(id)), method: "DELETE" }, signal),
    console: (id, signal) => exchange({ ...at(machine(id, "/console")), method: "GET" }, signal),
    probe: (id, target, signal) => exchange({ ...at(machine(id, "/probe")), method: "POST", body: target }, signal),
    traits: (signal) => exchange({ ...at("/v1/traits"), method: "GET" }, signal),
    realms: (signal) => exchange({ ...at("/v1/realms"), method: "GET" }, signal),
    createPart: (request, signal) => exchange({ ...at("/v1/parts"), method: "POST", body: request }, signal),
    getPart: (id, signal) => exchange({ ...at(part(id)), method: "GET" }, signal),
    listParts: (query, signal) => exchange({ ...at(`/v1/parts${written(query)}`), method: "GET" }, signal),
    attachPart: (id, to, signal) =>
      exchange({ ...at(part(id, "/attach")), method: "POST", body: { machine: to } }, signal),
    detachPart: (id, signal) => exchange({ ...at(part(id, "/detach")), method: "POST" }, signal),
    removePart: (id, signal) => exchange({ ...at(part(id)), method: "DELETE" }, signal),
    things: (signal) => exchange({ ...at("/v1/things"), method: "GET" }, signal),
    importKey: (request, signal) => exchange({ ...at("/v1/ssh-keys"), method: "POST", body: request }, signal),
    removeKey: (name, signal) =>
      exchange({ ...at(`/v1/ssh-keys/${encodeURIComponent(name)}`), method: "DELETE" }, signal),
    getMany: (ids, signal) => exchange({ ...at("/v1/looks"), method: "POST", body: { ids } }, signal),
    changes: (query, signal) => exchange({ ...at(`/v1/changes${written(query)}`), method: "GET" }, signal),
    watch: (query, signal) => watch({ ...at(`/v1/watch${written(query)}`), method: "GET" }, signal),
    getOperation: (id, signal) =>
      exchange({ ...at(`/v1/operations/${encodeURIComponent(id)}`), method: "GET" }, signal),
    listOperations: (query, signal) => exchange({ ...at(`/v1/operations${written(query)}`), method: "GET" }, signal),
    usage: (signal) => exchange({ ...at("/v1/usage"), method: "GET" }, signal),
    sizes: (query, signal) => exchange({ ...at(`/v1/sizes${written(query)}`), method: "GET" }, signal),
    images: (query, signal) => exchange({ ...at(`/v1/images${written(query)}`), method: "GET" }, signal),
  };
}

/** `?a=b&labels={"k":"v"}`: texts as they are, whatever else as JSON. */
function written(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams();
  for (const [key, value] of given) search.set(key, typeof value === "string" ? value : JSON.stringify(value));
  return given.length === 0 ? "" : `?${search.toString()}`;
}

export interface Exchange {
  readonly url: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly authorization?: string;
  readonly body?: unknown;
}

const NEVER_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/** One request and its answer. Rejects with CloudError, LostAnswer, CloudUnreachable, or the signal's reason. */
export async function exchange<T>(asked: Exchange, signal?: AbortSignal): Promise<T> {
  const response = await send(asked, signal);
  const written = await sent(response.text(), signal);
  if (response.status !== 200) throw readRefusal(response.status, written);
  // Both ends are this workspace, and the tests run on both.
  const answer: T = JSON.parse(written);
  return answer;
}

function send(asked: Exchange, signal: AbortSignal | undefined): Promise<Response> {
  const request = fetch(asked.url, {
    method: asked.method,
    headers: { "content-type": "application/json", authorization: asked.authorization ?? "" },
    body: asked.body === undefined ? null : JSON.stringify(asked.body),
    signal: signal ?? null,
  });
  return sent(request, signal);
}

async function sent<T>(exchange: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await exchange;
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(error);
  }
}

async function watch(asked: Exchange, signal: AbortSignal | undefined): Promise<AsyncIterable<Change>> {
  const response = await send(asked, signal);
  if (response.status !== 200) throw readRefusal(response.status, await sent(response.text(), signal));
  return changesIn(response, signal);
}

async function* changesIn(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Change> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new LostAnswer("The stream has no body");
  try {
    for (let written = ""; ;) {
      const { done, value = "" } = await sent(reader.read(), signal);
      if (done) throw new LostAnswer("The stream has ended");
      const events = (written + value).split("\n\n");
      written = events.pop() ?? "";
      for (const event of events) yield changeIn(event);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function changeIn(event: string): Change {
  const [, written = ""] = /^data: (.*)$/m.exec(event) ?? [];
  // As in `exchange`.
  const change: Change = JSON.parse(written);
  return change;
}

function networkError(error: unknown): CloudUnreachable | LostAnswer {
  const cause = error instanceof Error ? error.cause : undefined;
  const text = cause instanceof Error ? cause.message : String(error);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : text;
  if (NEVER_SENT.includes(code)) return new CloudUnreachable(`The cloud cannot be reached (${code})`, { cause: error });
  return new LostAnswer(`The connection was lost before the answer came (${code})`, { cause: error });
}

const readError = shape({
  error: shape({ code: readErrorCode, message: text, retryAfterMs: nullable(amount) }),
});

function readRefusal(status: number, written: string): CloudError {
  try {
    const { code, message, retryAfterMs } = readError(JSON.parse(written), "answer").error;
    return new CloudError(code, message, { retryAfterMs });
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
    return new CloudError("internal_error", `Status ${status} from something that is no datacentre`);
  }
}
