// One account's session at an engine: a token of its single sign-on for all requests, asked for again where it is no longer good, and
// the engine's answers as values. Every request bears a Correlation-Id, which the engine itself sends back, and nothing before it does.

import { randomUUID } from "node:crypto";
import { readableJson } from "../../cloud-http/answer.ts";
import { unreadableFault } from "../../cloud-http/faults.ts";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import { type Answer, send, type Sent } from "../../cloud-http/send.ts";
import { keepToken } from "../../cloud-http/token.ts";
import { openWay } from "../../cloud-http/way.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Settings } from "./account.ts";
import { refusalFault } from "./faults.ts";
import { isFailedAction, readRefusal } from "./refusal.ts";
import { enter, leave } from "./sso.ts";

interface Asked<T> {
  readonly method: Sent["method"];
  /** Behind `/ovirt-engine/api`, with query. */
  readonly path: string;
  readonly body?: object;
  /** What the request is found by in the engine's events. */
  readonly correlation?: string;
  /** The body of a success, parsed; null where there is none. Throws UnreadableAnswer. */
  readonly read: (value: unknown) => T;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Session extends AsyncDisposable {
  readonly ask: <T>(asked: Asked<T>, signal: AbortSignal) => Promise<T>;
}

/** A thousand machines with all that is told of them have some megabytes. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;

/** The engine ends a token that was not used for half an hour, and no other; it tells no time of that. */
const TOKEN_LIFE_MS = 12 * 60 * 60_000;

const HEADER = "correlation-id";

export function openSession({ url, trust, user, password }: Settings): Session {
  const way = openWay({ to: url, trust, limits: { bodyBytes: ANSWER_BYTES_MOST } });
  let last: string | null = null;
  const keeper = keepToken({
    async login() {
      last = await enter(way, { user, password });
      return { text: last, livesMs: TOKEN_LIFE_MS };
    },
  });

  return {
    async ask({ method, path, body, correlation = randomUUID(), read }, signal) {
      const answer = await keeper.use(async (token) => {
        const headers = {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          "accept-language": "en-US",
          version: "4",
          [HEADER]: correlation,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        };
        const written = body === undefined ? {} : { body: JSON.stringify(body) };
        const sent = await send(way, { method, path: `/api${path}`, headers, ...written }, signal);
        // Only this is worth another token; what a user may not do, it may not do with the next one either.
        return sent.status === 401 ? succeeded(sent, correlation) : sent;
      }, signal);
      const value = readableJson(succeeded(answer, correlation), read);
      if (method === "GET" && !isEngine(answer, correlation)) throw unreadableFault(NOT_THE_ENGINE);
      return value;
    },
    async [Symbol.asyncDispose]() {
      if (last !== null) await leave(way, last);
    },
  };
}

const isEngine = ({ headers }: Answer, correlation: string): boolean => headers[HEADER] === correlation;

/** Throws a ProviderFault for a refusal. */
function succeeded(answer: Answer, correlation: string): Answer {
  if (answer.status < 400 && !isFailedAction(answer)) return answer;
  const refusal = readRefusal(answer, isEngine(answer, correlation));
  throw new ProviderFault(refusalFault(refusal, { retryAfterMs: pauseIn(answer.headers) }));
}

/** Empty lists lack their key, so that any object of another program's would be one: it proves something only where the engine says it. */
const NOT_THE_ENGINE = new UnreadableAnswer("head", "lacks the Correlation-Id that oVirt's engine sends back");
