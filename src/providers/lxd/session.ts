// One account's calls to LXD: answers out of their envelope, refusals as faults, operations waited for. LXD says of most requests only that
// it has begun; how it went is in the operation, which LXD forgets five seconds after its end.

import { readableJson } from "../../cloud-http/answer.ts";
import { messages } from "../../cloud-http/messages.ts";
import { jsonIn, UnreadableAnswer } from "../../cloud-http/read.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import { type Answer, send, type Sent } from "../../cloud-http/send.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Settings } from "./account.ts";
import { refusalFault } from "./faults.ts";
import { type Operation, readEnvelope, readOperation } from "./schema.ts";

interface Asked {
  readonly method: Sent["method"];
  /** Behind `/1.0`, without the project. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Session {
  /** Of an answer that is there at once. */
  readonly ask: <T>(asked: Asked & { readonly read: (value: unknown) => T }, signal: AbortSignal) => Promise<T>;
  /** Of one that LXD has begun with. */
  readonly begin: (asked: Asked, signal: AbortSignal) => Promise<Operation>;
  /** The operation as it is at its end, or after so many seconds, fewer than a request may take in all; what failed is no fault here. Null: LXD does not know it, or no longer. */
  readonly await: (id: string, mostS: number, signal: AbortSignal) => Promise<Operation | null>;
  /** A body without an envelope. */
  readonly bytes: (path: string, signal: AbortSignal) => Promise<Buffer>;
  /** What LXD announces, one JSON a message. */
  readonly announcements: (signal: AbortSignal) => Promise<AsyncIterable<string>>;
}

export const isUnderWay = ({ status_code: code }: Operation): boolean => code >= 100 && code < 200;

/** Throws what an operation says of why it failed. */
export function succeeded({ status_code: status, err }: Operation): void {
  if (status === 200) return;
  const message = err === "" ? `the operation ended with status ${status}` : err;
  throw new ProviderFault(refusalFault({ status, message, isLxd: true, retryAfterMs: null }));
}

export function openSession(settings: Settings): Session {
  const { way, project, trustToken } = settings;
  let introduction: Promise<string | null> | null = null;

  const pathOf = ({ path, query = {} }: Pick<Asked, "path" | "query">): string =>
    `/1.0${path}?${new URLSearchParams({ project, ...query }).toString().replaceAll("+", "%20")}`;

  async function sent(asked: Asked, signal: AbortSignal): Promise<Answer> {
    const { method, body } = asked;
    const headers = { "content-type": "application/json" };
    const request = {
      method,
      path: pathOf(asked),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const answer = await send(way, request, signal);
    if (answer.status !== 403 || trustToken === null) return answer;
    // Refused for want of trust, and so not done: it may be sent again.
    introduction ??= introduce(trustToken);
    const refusal = await introduction;
    if (refusal !== null) throw refused(answer, `${project}; nor does it take the trust token: ${refusal}`);
    return send(way, request, signal);
  }

  /** Makes LXD trust the certificate of this connection, by the token, once for all who ask at the same time. Resolves with its refusal. */
  async function introduce(password: string): Promise<string | null> {
    const body = JSON.stringify({ type: "client", password });
    try {
      const request = { method: "POST", path: "/1.0/certificates", body } as const;
      const answer = await send(way, request, new AbortController().signal);
      return answer.status < 400 ? null : (sentenceOf(answer) ?? `status ${answer.status}`);
    } catch (error) {
      introduction = null;
      throw error;
    }
  }

  function readTold<T>(answer: Answer, type: "sync" | "async", read: (value: unknown) => T): T {
    if (answer.status >= 400) throw refused(answer, project);
    return readableJson(answer, (value) => {
      const envelope = readEnvelope(value);
      if (envelope.type !== type) throw new UnreadableAnswer("answer", `is ${envelope.type} where ${type} belongs`);
      return read(envelope.metadata);
    });
  }

  return {
    ask: async (asked, signal) => readTold(await sent(asked, signal), "sync", asked.read),
    begin: async (asked, signal) => readTold(await sent(asked, signal), "async", readOperation),
    async await(id, mostS, signal) {
      const path = `/operations/${encodeURIComponent(id)}/wait`;
      const answer = await sent({ method: "GET", path, query: { timeout: String(mostS) } }, signal);
      return isForgotten(answer) ? null : readTold(answer, "sync", readOperation);
    },
    async bytes(path, signal) {
      const answer = await sent({ method: "GET", path }, signal);
      if (answer.status >= 400) throw refused(answer, project);
      return answer.body;
    },
    announcements: (signal) => messages(way, pathOf({ path: "/events", query: { type: "lifecycle" } }), signal),
  };
}

function refused(answer: Answer, project: string): ProviderFault {
  const { status, statusText, headers } = answer;
  const said = sentenceOf(answer);
  const told = said ?? `status ${status} ${statusText}`.trim();
  const isUntrusted = status === 401 || status === 403;
  const message = isUntrusted
    ? `${told}: LXD does not trust the account's certificate for the project ${project}`
    : told;
  return new ProviderFault(refusalFault({ status, message, isLxd: said !== null, retryAfterMs: pauseIn(headers) }));
}

/** Null for what is no refusal of LXD's form, such as a proxy's page. */
function sentenceOf({ status, body }: Answer): string | null {
  try {
    const envelope = readEnvelope(jsonIn(body));
    return envelope.type === "error" && envelope.error_code === status ? envelope.error : null;
  } catch (error) {
    if (error instanceof UnreadableAnswer) return null;
    throw error;
  }
}

const isForgotten = (answer: Answer): boolean =>
  answer.status === 404 && /^operation not found$/i.test(sentenceOf(answer) ?? "");
