// The API on a real port, over the engine's world: memory store, simulated clouds, virtual clock. Nothing moves but by the
// test's requests and the test's clock.

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { expect, onTestFinished } from "vitest";
import type { z } from "zod";
import { Problem, type ProblemCode, PROBLEMS } from "../contract/problem.ts";
import { createWorld, type World, type WorldOptions } from "../engine/world.testsuite.ts";
import { ROLES, type Role } from "../core/people/grants.ts";
import { sampleToken } from "../ports/store.samples.ts";
import { watching } from "../store/outage.ts";
import { createApp } from "./app.ts";
import { hashToken } from "./auth.ts";
import type { App, HttpDeps } from "./http-deps.ts";
import { listen } from "./server.ts";
import { createCourier } from "../webhooks/courier.ts";
import { openWakes } from "./stream/wakes.ts";

export interface Asked {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose token is sent; admin's when left out, none for null. */
  readonly as?: Role | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Null for an empty body. */
  readonly body: unknown;
}

export interface Stand extends World {
  readonly app: App;
  readonly url: string;
  ask(asked: Asked): Promise<Answer>;
  /** The reply, which must have this status and be exactly what the schema says: nothing missing, nothing more. */
  reply<S extends z.ZodType>(schema: S, status: number, asked: Asked): Promise<z.output<S>>;
  /** The problem, which must have this code and its status. */
  problem(code: ProblemCode, asked: Asked): Promise<Problem>;
  /** Moves time in small steps, letting requests go on between them, until the promise settles. */
  meanwhile<T>(promise: Promise<T>): Promise<T>;
  /** Starts an engine and lets it read what the accounts offer. */
  startEngine(): Promise<void>;
  /** Ends all streams, as a server does that stops. */
  closeStreams(): void;
}

export async function createStand(options: WorldOptions = {}, given: Partial<HttpDeps> = {}): Promise<Stand> {
  return standOn(await createWorld(options), given);
}

/** For what is to be put between the API and its world. */
export async function standOn(world: World, given: Partial<HttpDeps> = {}): Promise<Stand> {
  const { providers, secrets, clock, events, installation } = world.deps;
  const { store, outage } = watching(given.store ?? world.store, { clock, events });
  const closing = new AbortController();
  const wakes = await openWakes(store);
  const constant = {
    version: "1.2.3",
    embedded: true,
    page: null,
    agents: { changes: false, maxHourly: null },
    closing: closing.signal,
    proxies: null,
    identities: null,
    ...ROOMY,
  };
  const courier = createCourier({ secrets, version: "1.2.3", toAny: true, now: () => Date.now() });
  const own = { courier, providers, secrets, clock, events, installation, wakes, ...constant };
  const app = createApp({ ...own, ...given, store, outage });
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  await world.store.write(async (tx) => {
    for (const role of ROLES)
      await tx.putToken(sampleToken({ name: `the-${role}`, hash: hashToken(role), role, createdAt: await tx.now() }));
  });
  onTestFinished(async () => {
    closing.abort();
    await server.close();
  });
  const ask = (asked: Asked) => send(url, asked);
  return {
    ...world,
    app,
    url,
    ask,
    async reply(schema, status, asked) {
      const answer = await ask(asked);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status });
      const parsed = schema.parse(answer.body);
      expect(parsed).toEqual(answer.body);
      return parsed;
    },
    async problem(code, asked) {
      const { status, headers, body } = await ask(asked);
      expect(headers.get("content-type")).toBe("application/problem+json");
      const problem = Problem.parse(body);
      expect(problem).toEqual(body);
      expect({ code: problem.code, status }).toEqual({ code, status: PROBLEMS[code].status });
      expect(problem.status).toBe(status);
      return problem;
    },
    async meanwhile(promise) {
      let isOpen = true;
      const settled = promise.finally(() => {
        isOpen = false;
      });
      while (isOpen) {
        // In small steps: on a busy machine a request takes many turns, and what is due in minutes has to stay so.
        await world.clock.advance(25);
        await ask({ path: "/livez" });
      }
      return settled;
    },
    async startEngine() {
      await world.engine().start();
      await world.clock.advance(1_000);
    },
    closeStreams: () => closing.abort(),
  };
}

const ROOMY = { schema: "memory", backUp: null, room: async () => ({ free: 5 * 1024 ** 3, total: 10 * 1024 ** 3 }) };

async function send(url: string, { method = "GET", path, body, headers = {}, as = "admin" }: Asked): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

function isRaw(body: unknown): body is string | Buffer<ArrayBuffer> {
  return typeof body === "string" || Buffer.isBuffer(body);
}

/** A request that `fetch` would not send: with a body in chunks, of unknown length. */
export async function sendChunked(url: string, path: string): Promise<number> {
  const headers = { authorization: "Bearer admin", "content-type": "application/json", "transfer-encoding": "chunked" };
  const request = httpRequest(url + path, { method: "POST", headers });
  request.end("{}");
  const [response] = await once(request, "response");
  response.resume();
  return response.statusCode;
}

export const SHOP = `slipway: 1
name: shop
parameters:
  greeting: { type: string, default: hello }
  password: { type: string, secret: true, default: hunter22 }
instances:
  db: { image: debian-12, profile: small }
  web:
    image: debian-12
    profile: small
    dependsOn: [db]
    userData: "\${{ params.greeting }} \${{ params.password }}"
`;
