// A client that does not give up: the server that it talks to is killed, paused and cut off from its database.

import type { z } from "zod";
import type { Route } from "../stage/server.ts";

export interface Client {
  /** The reply of a server that could answer: repeated while it is away, busy, or has no database. */
  persist(route: Route, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Persists, expects success, and parses. */
  read<T extends z.ZodType>(schema: T, route: Route): Promise<z.output<T>>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const PATIENCE_MS = 180_000;
const REPLY_MS = 8_000;
const PAUSE_MS = 200;

export function clientOf(url: string, token: string): Client {
  const once = async (
    route: Route,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply | null> => {
    const [method = "GET", path = "/"] = route.split(" ");
    try {
      const reply = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(REPLY_MS),
      });
      const text = await reply.text();
      return reply.status === 503 ? null : { status: reply.status, body: text === "" ? null : JSON.parse(text) };
    } catch {
      return null;
    }
  };
  const persist: Client["persist"] = async (route, body, headers = {}) => {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const reply = await once(route, body, headers);
      if (reply !== null) return reply;
      await pause(PAUSE_MS);
    }
    throw new Error(`${route}: no answer within ${PATIENCE_MS} ms`);
  };
  return {
    persist,
    async read(schema, route) {
      const { status, body } = await persist(route);
      if (status >= 300) throw new Error(`${route}: ${status} ${JSON.stringify(body)}`);
      return schema.parse(body);
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
