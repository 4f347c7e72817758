// The API as one application: who may pass, what is refused before a route sees it, and all routes.

import { OpenAPIHono } from "@hono/zod-openapi";
import { callerFrom, includes, roleNeeded } from "./auth.ts";
import type { App, HttpDeps, HttpEnv } from "./deps.ts";
import { answerProblem, badRequest, Refused } from "./problem.ts";
import { addAboutRoutes } from "./routes/about.ts";
import { addAccountRoutes } from "./routes/accounts.ts";
import { addBlockRoutes } from "./routes/blocks.ts";
import { addBlueprintRoutes } from "./routes/blueprints.ts";
import { addDebtRoutes } from "./routes/debt.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addLaunchRoutes } from "./routes/launches.ts";
import { addOpenRoutes } from "./routes/open.ts";
import { addPoolRoutes } from "./routes/pools.ts";
import { addProfileRoutes } from "./routes/profiles.ts";
import { addRequestRoutes } from "./routes/requests.ts";
import { addTokenRoutes } from "./routes/tokens.ts";

const BODY_BYTES_MOST = 1024 * 1024;

export function createApp(deps: HttpDeps): App {
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw badRequest(result.error.issues, result.target);
    },
  });
  app.onError((error, c) => answerProblem(c, error, deps.events));
  app.notFound((c) => {
    const detail = `There is no ${c.req.method} ${c.req.path}; the document at /v1/openapi.json lists what there is.`;
    return answerProblem(c, new Refused("not_found", detail), deps.events);
  });
  addOpenRoutes(app, deps);
  addGates(app, deps);
  addAboutRoutes(app, deps);
  addLaunchRoutes(app, deps);
  addDeploymentRoutes(app, deps);
  addRequestRoutes(app, deps);
  addEventRoutes(app, deps);
  addBlueprintRoutes(app, deps);
  addAccountRoutes(app, deps);
  addPoolRoutes(app, deps);
  addProfileRoutes(app, deps);
  addBlockRoutes(app, deps);
  addDebtRoutes(app, deps);
  addTokenRoutes(app, deps);
  return app;
}

/** What every request to the API passes: the token first, so that strangers learn nothing else. */
function addGates(app: App, deps: HttpDeps): void {
  app.use("/v1/*", async (c, next) => {
    const tokens = await deps.store.read((tx) => tx.tokens());
    const caller = callerFrom(c.req.header("Authorization"), tokens);
    if (caller === null) {
      const remedy = "send one as Authorization: Bearer TOKEN; `slipway login` keeps one for the command line";
      throw new Refused("not_authenticated", `No valid token was sent; ${remedy}.`);
    }
    const needed = roleNeeded(c.req.method, c.req.path);
    if (!includes(caller.role, needed)) {
      throw new Refused("not_permitted", `This needs the role ${needed}; token ${caller.name} has ${caller.role}.`);
    }
    c.set("caller", caller);
    c.header("Cache-Control", "no-store");
    await next();
  });
  app.use("/v1/*", async (c, next) => {
    // Node takes no more than was announced, so that a body without a length is the only one that could grow.
    if (c.req.header("Transfer-Encoding") !== undefined) {
      throw new Refused("length_required", "Send the body in one piece, with a Content-Length.");
    }
    if (Number(c.req.header("Content-Length") ?? 0) > BODY_BYTES_MOST) {
      throw new Refused("too_large", `The body is larger than ${BODY_BYTES_MOST / 1024} KiB.`);
    }
    await next();
  });
  app.use("/v1/*", async (c, next) => {
    const text = c.req.method === "GET" || c.req.method === "HEAD" ? "" : await c.req.text();
    if (text !== "") checkJson(text, c.req.header("Content-Type") ?? "");
    await next();
  });
}

function checkJson(text: string, contentType: string): void {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw new Refused("not_json", "The body must be JSON, sent with Content-Type: application/json.");
  }
  try {
    JSON.parse(text);
  } catch (error) {
    throw badJson(text, error instanceof Error ? error.message : String(error));
  }
}

/** V8 names the place by offset, or by nothing but the end. */
function badJson(text: string, message: string): Refused {
  const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, offset).split("\n");
  const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
  const detail = `line ${line}, column ${column}: ${message.replace(/ in JSON at position.*$| \(line.*$/s, "")}`;
  return new Refused("bad_json", `The body is not JSON: ${detail}.`, {
    errors: [{ pointer: "", line, column, detail }],
  });
}
