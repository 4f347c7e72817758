// The API as one application: who may pass, what is refused before a route sees it, and all routes.

import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { mistakeWords } from "../contract/mistake-words.ts";
import { TIME_HEADER } from "../contract/terms.ts";
import { bearerOf, mayAsk, needOf, passOf, type Who, whoIs } from "./auth.ts";
import type { App, Caller, HttpDeps, HttpEnv } from "./http-deps.ts";
import { checkJson } from "./json-body.ts";
import { addressOf } from "./address.ts";
import { asAsked, audited } from "./audited.ts";
import { answerPage } from "./console-page.ts";
import { notPermitted } from "./acts/find.ts";
import { answerProblem, badRequest, Refused } from "./problem.ts";
import { addAboutRoutes } from "./routes/about.ts";
import { addAccountRoutes } from "./routes/accounts.ts";
import { addOfferRoutes } from "./routes/offers.ts";
import { addAuditRoutes } from "./routes/audit.ts";
import { addAgentRoutes } from "./routes/agents.ts";
import { addBackupRoutes } from "./routes/backup.ts";
import { addBlockRoutes } from "./routes/blocks.ts";
import { addBlueprintRoutes } from "./routes/blueprints.ts";
import { addCheckupRoutes } from "./routes/checkup.ts";
import { addConsoleRoutes } from "./routes/consoles.ts";
import { addDebtRoutes } from "./routes/debt.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addHoldRoutes } from "./routes/hold.ts";
import { addExportRoutes } from "./routes/export.ts";
import { addLaunchRoutes } from "./routes/launches.ts";
import { addOidcRoutes, OIDC_PATHS } from "./routes/oidc.ts";
import { addOpenRoutes } from "./routes/open.ts";
import { addOutputRoutes } from "./routes/outputs.ts";
import { addRelaunchRoutes } from "./routes/relaunch.ts";
import { addPlanRoutes } from "./routes/plans.ts";
import { addPoolRoutes } from "./routes/pools.ts";
import { addProfileRoutes } from "./routes/profiles.ts";
import { addProviderRoutes } from "./routes/providers.ts";
import { addRequestRoutes } from "./routes/requests.ts";
import { addSessionRoutes, SESSION_PATH } from "./routes/session.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { addGroupRoutes } from "./routes/groups.ts";
import { addUpdateRoutes } from "./routes/update.ts";
import { addUserRoutes } from "./routes/users.ts";
import { addWebhookRoutes } from "./routes/webhooks.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";
import { passOfSession, refuseOtherSites, renewSession } from "./session.ts";
import { time } from "./show/terms.ts";

const BODY_BYTES_MOST = 1024 * 1024;

export function createApp(given: HttpDeps): App {
  const deps = { ...given, store: audited(given.store) };
  z.config({ customError: mistakeWords });
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
  addOidcRoutes(app, deps);
  addAboutRoutes(app, deps);
  addCheckupRoutes(app, deps);
  addLaunchRoutes(app, deps);
  addPlanRoutes(app, deps);
  addRelaunchRoutes(app, deps);
  addUpdateRoutes(app, deps);
  addDeploymentRoutes(app, deps);
  addOutputRoutes(app, deps);
  addExportRoutes(app, deps);
  addConsoleRoutes(app, deps);
  addRequestRoutes(app, deps);
  addEventRoutes(app, deps);
  addBlueprintRoutes(app, deps);
  addAccountRoutes(app, deps);
  addOfferRoutes(app, deps);
  addProviderRoutes(app, deps);
  addPoolRoutes(app, deps);
  addProfileRoutes(app, deps);
  addBlockRoutes(app, deps);
  addDebtRoutes(app, deps);
  addTokenRoutes(app, deps);
  addUserRoutes(app, deps);
  addGroupRoutes(app, deps);
  addWebhookRoutes(app, deps);
  addHoldRoutes(app, deps);
  addBackupRoutes(app, deps);
  addAuditRoutes(app, deps);
  addAgentRoutes(app, deps);
  return app;
}

/** What every request to the API passes: the token first, so that strangers learn nothing else. */
function addGates(app: App, deps: HttpDeps): void {
  app.use("/v1/*", async (c, next) => {
    c.header("Cache-Control", "no-store");
    if (c.req.path === SESSION_PATH || OIDC_PATHS.test(c.req.path)) return next();
    const caller = await callerOf(c, deps);
    const needed = needOf(c.req.method, c.req.path);
    if (!mayAsk(caller, needed)) throw notPermitted(caller, { role: needed.role, pool: null });
    c.set("caller", caller);
    const { name: by, token, pass } = caller;
    const via = pass.session === null ? "token" : "session";
    const request = `${c.req.method} ${c.req.path}`;
    await asAsked({ by, token: token.name, via, address: addressOf(c, deps.proxies), request }, next);
  });
  app.use("/v1/*", async (c, next) => {
    // Node takes no more than was announced, so that a body without a length is the only one that could grow.
    if (c.req.header("Transfer-Encoding") !== undefined) {
      throw new Refused("length_required", "Send the body in one piece, with a Content-Length.");
    }
    if (Number(c.req.header("Content-Length") ?? 0) > BODY_BYTES_MOST) {
      throw new Refused(
        "too_large",
        `The body is larger than ${BODY_BYTES_MOST / 1024} KiB: let machines fetch large files themselves.`,
      );
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

/** Who asks: by the token that the request carries, else by the page's session. Throws not_authenticated. */
async function callerOf(c: Context<HttpEnv>, deps: HttpDeps): Promise<Caller> {
  const bearer = bearerOf(c.req.header("Authorization"));
  const noted = bearer === null ? passOfSession(c, deps) : { ...passOf(bearer), until: Infinity };
  if (noted === null) throw notAuthenticated();
  const { until, ...pass } = noted;
  const access = await deps.store.read((tx) => tx.accessOf({ hash: pass.hash, session: pass.session?.id ?? null }));
  const who = until <= access.now ? null : whoIs(access, pass);
  if (who === null) throw notAuthenticated();
  if (bearer === null) {
    refuseOtherSites(c);
    renewSession(c, deps, access.now);
  }
  c.header(TIME_HEADER, time(access.now));
  noteUse(who, access.now, deps);
  return { ...who, pass };
}

function notAuthenticated(): Refused {
  const remedy = "send one as Authorization: Bearer TOKEN; `slipway login` keeps one for the command line";
  return new Refused("not_authenticated", `No valid token was sent; ${remedy}.`);
}

const USED_EVERY_MS = 60_000;

/** Nobody waits for it, and where the database takes nothing whoever only reads is served all the same. */
function noteUse({ token }: Who, now: number, { store }: HttpDeps): void {
  if (token.lastUsedAt !== null && now - token.lastUsedAt < USED_EVERY_MS) return;
  void store.write((tx) => tx.useToken(token.hash)).catch(() => undefined);
}
