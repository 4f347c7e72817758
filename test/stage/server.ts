// A real `slipway serve` in a folder of its own, and what a client does with it.

import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Deployment } from "../../src/contract/deployment.ts";
import { type Event, EventPage } from "../../src/contract/event.ts";
import { preparedFolder } from "../../src/store/pglite.samples.ts";
import { type Child, freePort, ROOT, startChild } from "./child.ts";
import type { DatacentreStage } from "./datacentre.ts";
import { until } from "./poll.ts";
import { untilMoved } from "./stream.ts";

/** As in "GET /v1/about". */
export type Route = `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;

export interface ServerStage {
  readonly url: string;
  readonly token: string;
  readonly child: Child;
  /** Environment for the command line against this server. */
  readonly env: NodeJS.ProcessEnv;
  /** Sends JSON, expects success, and parses the reply by its schema. */
  call<T extends z.ZodType>(schema: T, route: Route, body?: unknown): Promise<z.output<T>>;
  /** The bare reply, for refusals. */
  ask(route: Route, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  addAccounts(datacentre: DatacentreStage, names: readonly string[]): Promise<void>;
  /** `key`: under which it may be asked for again. */
  launch(source: string, given?: object, key?: string): Promise<Deployment>;
  deployment(id: string): Promise<Deployment>;
  events(id: string): Promise<readonly Event[]>;
  /** Waits for one of these states; told that the database is away, it asks again. */
  reaches(id: string, states: readonly Deployment["state"][], deadlineMs?: number): Promise<Deployment>;
}

export interface ServerOptions {
  /** Kept over restarts; a fresh one when left out. */
  readonly home?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly port?: number;
}

export const freshHome = (): string => mkdtempSync(join(tmpdir(), "slipway-home-"));

export async function startServer({ home = freshHome(), env = {}, port }: ServerOptions = {}): Promise<ServerStage> {
  if (env["DATABASE_URL"] === undefined && !existsSync(join(home, "data"))) await preparedFolder(join(home, "data"));
  const at = port ?? (await freePort());
  const url = `http://127.0.0.1:${at}`;
  const config = join(home, "config.json");
  const all = { SLIPWAY_DATA: join(home, "data"), SLIPWAY_CONFIG: config, SLIPWAY_PORT: String(at), ...env };
  const child = startChild(join(ROOT, "bin/slipway"), ["serve"], all);
  void child.ended.catch(() => {});
  await until(() => isReady({ url, config, child }), {
    deadlineMs: 120_000,
    otherwise: () => `the server is not ready:\n${child.output()}`,
    everyMs: 25,
  });
  const { token } = z.object({ token: z.string() }).parse(JSON.parse(readFileSync(config, "utf8")));
  return { url, token, child, env: { ...all, SLIPWAY_URL: url, SLIPWAY_TOKEN: token }, ...clientOf(url, token) };
}

async function isReady({ url, config, child }: { url: string; config: string; child: Child }): Promise<true | null> {
  const over = await Promise.race([child.ended.then(() => true), Promise.resolve(false)]);
  if (over) throw new Error(`the server ended:\n${child.output()}`);
  // On first start it answers a moment before it has made its token.
  if (!existsSync(config)) return null;
  const reply = await fetch(`${url}/readyz`).catch(() => null);
  return reply?.ok === true ? true : null;
}

const AWAY = 503;
/** What nobody tells of is seen after so long. */
const LISTEN_MS = 1_000;

async function parsed<T extends z.ZodType>(schema: T, route: Route, reply: Response): Promise<z.output<T>> {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${route}: ${reply.status} ${text}`);
  return schema.parse(text === "" ? null : JSON.parse(text));
}

function clientOf(
  url: string,
  token: string,
): Pick<ServerStage, "ask" | "call" | "addAccounts" | "launch" | "deployment" | "events" | "reaches"> {
  const ask: ServerStage["ask"] = (route, body, headers = {}) => {
    const [method = "GET", path = "/"] = route.split(" ");
    return fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const call: ServerStage["call"] = async (schema, route, body) => parsed(schema, route, await ask(route, body));
  const deployment = (id: string): Promise<Deployment> => call(Deployment, `GET /v1/deployments/${id}`);
  return {
    ask,
    call,
    deployment,
    async addAccounts(datacentre, names) {
      const members = names.map((account, group) => ({ account, group }));
      const add = async (name: string): Promise<void> => {
        const settings = { url: datacentre.url, tenant: name };
        const credentials = { key: `${name}-key` };
        await call(z.unknown(), "POST /v1/accounts", { name, provider: "sim", settings, credentials });
        await call(z.unknown(), `POST /v1/accounts/${name}/check`);
      };
      await Promise.all(names.map(add));
      await call(z.unknown(), "PATCH /v1/pools/default", { members });
    },
    async launch(source, given = {}, key?: string) {
      const route = "POST /v1/deployments";
      const headers = key === undefined ? {} : { "idempotency-key": key };
      return parsed(Deployment, route, await ask(route, { blueprint: { source }, ...given }, headers));
    },
    events: async (id) => (await call(EventPage, `GET /v1/deployments/${id}/events?limit=5000`)).events,
    async reaches(id, states, deadlineMs = 45_000) {
      const route: Route = `GET /v1/deployments/${id}`;
      let last: Deployment | null = null;
      const look = async (): Promise<Deployment | null> => {
        if (last !== null) await untilMoved({ url, token }, { deployment: id, lastId: last.eventNo }, LISTEN_MS);
        const reply = await ask(route);
        if (reply.status === AWAY) return null;
        last = await parsed(Deployment, route, reply);
        return states.includes(last.state) ? last : null;
      };
      return until(look, {
        deadlineMs,
        everyMs: 50,
        otherwise: () => `${id} is ${last?.state}, not ${states.join(" or ")}: ${last?.failure}`,
      });
    },
  };
}
