// The API as one application: who may pass, what is refused before a route sees it, and all routes.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { textFrom } from "../contract/text-file.ts";
import type { Token } from "../ports/store.ts";
import { bearerOf, includes, roleNeeded, tokenFrom } from "./auth.ts";
import type { App, HttpDeps, HttpEnv } from "./deps.ts";
import { answerPage } from "./page.ts";
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
import { addSessionRoutes, SESSION_PATH } from "./routes/session.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";
import { refuseOtherSites, tokenOfSession } from "./session.ts";

const BODY_BYTES_MOST = 1024 * 1024;

export function createApp(deps: HttpDeps): App {
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw badRequest(result.error.issues, result.target);
    },
  });
  app.onError((error, c) => answerProblem(c, error, deps.events));
  app.use(async (c, next) => {
    for (const [name, value] of SAFE_HEADERS) c.header(name, value);
    await next();
  });
  app.notFound(async (c) => {
    const page = deps.page === null ? null : await answerPage(deps.page, c);
    if (page !== null) return page;
    const detail = `There is no ${c.req.method} ${c.req.path}; the document at /v1/openapi.json lists what there is.`;
    return answerProblem(c, new Refused("not_found", detail), deps.events);
  });
  app.use("/v1/*", async (c, next) => {
    // No name holds one, and the database takes none.
    if (/%00/.test(c.req.url)) throw new Refused("bad_request", "The address holds a NUL character.");
    await next();
  });
  addOpenRoutes(app, deps);
  addGates(app, deps);
  addSessionRoutes(app, deps);
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
    c.header("Cache-Control", "no-store");
    if (c.req.path === SESSION_PATH) return next();
    const { name, role, hash } = await tokenOf(c, deps);
    const needed = roleNeeded(c.req.method, c.req.path);
    if (!includes(role, needed)) {
      throw new Refused("not_permitted", `This needs the role ${needed}; token ${name} has ${role}.`);
    }
    c.set("caller", { name, role, hash });
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
    if (c.req.method !== "GET" && c.req.method !== "HEAD") {
      const bytes = new Uint8Array(await c.req.arrayBuffer());
      if (bytes.length > 0) checkJson(bytes, c.req.header("Content-Type") ?? "");
    }
    await next();
  });
}

/** Whose request this is: by the token it carries, else by the page's session. Throws not_authenticated. */
async function tokenOf(c: Context<HttpEnv>, deps: HttpDeps): Promise<Token> {
  const known = await deps.store.read(async (tx) => ({ tokens: await tx.tokens(), now: await tx.now() }));
  const bearer = bearerOf(c.req.header("Authorization"));
  const token = bearer === null ? tokenOfSession(c, deps, known) : tokenFrom(bearer, known.tokens);
  if (token === null) {
    const remedy = "send one as Authorization: Bearer TOKEN; `slipway login` keeps one for the command line";
    throw new Refused("not_authenticated", `No valid token was sent; ${remedy}.`);
  }
  if (bearer === null) refuseOtherSites(c);
  return token;
}

function checkJson(bytes: Uint8Array, contentType: string): void {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw new Refused("not_json", "The body must be JSON, sent with Content-Type: application/json.");
  }
  const read = textFrom(bytes);
  if ("wrong" in read) throw new Refused("bad_json", `The body ${read.wrong}; send it as UTF-8.`);
  try {
    JSON.parse(read.text);
  } catch (error) {
    throw badJson(read.text, error instanceof Error ? error.message : String(error));
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
