// Launching a blueprint.

import { createRoute, z } from "@hono/zod-openapi";
import { Deployment, LaunchRequest } from "../../contract/deployment.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findDeployment } from "../acts/find.ts";
import { launch, requestKeyOf } from "../acts/launch-request.ts";
import { body, PROBLEM, reply, SECURITY } from "../route.ts";
import { readDeployment } from "./deployments.ts";

/** Of requests that launch. */
export const LaunchHeaders = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({
    description: "Any text of your own: the same request of the same user with the same key launches once",
  }),
  traceparent: z.string().optional().openapi({
    description: "Of the trace that the launch goes on with (W3C Trace Context); what is none counts as not sent",
  }),
  tracestate: z.string().optional().openapi({
    description: "What goes with traceparent: it is kept, and handed on to clouds",
  }),
});

const common = { tags: ["deployments"], security: SECURITY };

const post = createRoute({
  method: "post",
  path: "/v1/deployments",
  summary: "Launch a blueprint",
  ...common,
  request: {
    ...body(LaunchRequest),
    headers: LaunchHeaders,
  },
  responses: {
    200: reply(Deployment, "The deployment that the same request made before"),
    201: reply(Deployment, "The new deployment"),
    ...PROBLEM,
  },
});

export function addLaunchRoutes(app: App, deps: HttpDeps): void {
  app.openapi(post, async (c) => {
    const request = c.req.valid("json");
    const by = c.get("caller");
    const { "idempotency-key": given, ...sender } = c.req.valid("header");
    const key = requestKeyOf(given, request, by);
    const { id, isNew } = await launch(deps, { request, by, key, sender, relaunchOf: null, plan: null });
    const shown = await deps.store.read(async (tx) => readDeployment(tx, (await findDeployment(tx, id, by)).id, by));
    c.header("Location", `/v1/deployments/${id}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });
}
