// Agents over HTTP: the Model Context Protocol, each request by itself, so that any server answers any of them.
//
// Tools ask this very application with the token that the request came with: grants, refusals and the log are those of people.

import type { Context } from "hono";
import { Problem } from "../../contract/problem.ts";
import { TIME_HEADER } from "../../contract/terms.ts";
import { type Api, ToolRefused } from "../../mcp/api.ts";
import { problemText } from "../../mcp/mistakes.ts";
import { bearerOf } from "../auth.ts";
import type { App, HttpDeps, HttpEnv } from "../http-deps.ts";
import { Refused } from "../problem.ts";

const AGENTS_PATH = "/v1/mcp";

export function addAgentRoutes(app: App, deps: HttpDeps): void {
  app.post(AGENTS_PATH, async (c) => {
    const { agentServer, WebStandardStreamableHTTPServerTransport } = await theProtocol();
    const server = agentServer({
      api: apiOf(app, deps, c),
      terms: deps.agents,
      version: deps.version,
      closing: deps.closing,
    });
    const transport = new WebStandardStreamableHTTPServerTransport({});
    await server.connect(transport);
    // Whoever asked has gone: nobody waits for the answer.
    c.req.raw.signal.addEventListener("abort", () => void transport.close(), { once: true });
    return await transport.handleRequest(c.req.raw, { parsedBody: await c.req.json() });
  });
  app.on(["GET", "DELETE"], AGENTS_PATH, () => {
    const remedy = "send each message with POST; there are no sessions, and nothing is sent unasked";
    throw new Refused("method_not_allowed", `Agents are answered one request at a time: ${remedy}.`);
  });
}

/** A hundred files, which nobody waits for at the start, and most servers never need. */
async function theProtocol() {
  const [agents, transport] = await Promise.all([
    import("../../mcp/agents.ts"),
    import("@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"),
  ]);
  return { ...agents, ...transport };
}

function apiOf(app: App, { clock }: HttpDeps, c: Context<HttpEnv>): Api {
  const authorization = c.req.header("Authorization");
  if (bearerOf(authorization) === null || authorization === undefined) {
    throw new Refused(
      "not_authenticated",
      "Agents send a token, as Authorization: Bearer TOKEN; a session of the page is none.",
    );
  }
  let now = 0;
  return {
    ask: async ({ method = "GET", path, body, idempotencyKey, reply }) => {
      const sent = {
        method,
        headers: {
          authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const response = await app.request(path, sent, c.env);
      now = Date.parse(response.headers.get(TIME_HEADER) ?? "") || now;
      const value: unknown = await response.json();
      if (response.ok) return reply.parse(value);
      throw new ToolRefused(problemText(Problem.parse(value)));
    },
    now: () => now,
    monotonic: () => clock.monotonic(),
    pause: (ms, signal) => clock.sleep(ms, signal),
  };
}
