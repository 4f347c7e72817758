// Launching once more what has ended, as another deployment.

import { createRoute } from "@hono/zod-openapi";
import { BlueprintText } from "../../contract/blueprint.ts";
import { Deployment, RelaunchRequest } from "../../contract/deployment.ts";
import { findDeployment } from "../acts/find.ts";
import { launch, requestKeyOf } from "../acts/launch-request.ts";
import { launchSourceOf, relaunchRequestOf } from "../acts/relaunch-request.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { body, DeploymentInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { readDeployment } from "./deployments.ts";
import { LaunchHeaders } from "./launches.ts";

const common = { tags: ["deployments"], security: SECURITY };

const post = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/relaunch",
  summary: "Launch a deployment that has ended once more, as another one that has its name from then on",
  description:
    "Blueprint, values, pool and name are as they were, but what the request says. It is refused while the one that has the name has not ended.",
  ...common,
  request: { params: DeploymentInPath, ...body(RelaunchRequest), headers: LaunchHeaders },
  responses: {
    200: reply(Deployment, "The deployment that the same request made before"),
    201: reply(Deployment, "The new deployment"),
    ...PROBLEM,
  },
});

const source = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}/blueprint",
  summary: "The text that a deployment was launched from, for who may launch it once more",
  ...common,
  request: { params: DeploymentInPath },
  responses: { 200: reply(BlueprintText, "The blueprint as it was given, comments included"), ...PROBLEM },
});

export function addRelaunchRoutes(app: App, deps: HttpDeps): void {
  app.openapi(source, async (c) => {
    const key = c.req.valid("param").deployment;
    return c.json({ source: await launchSourceOf(deps, { key, by: c.get("caller") }) }, 200);
  });
  app.openapi(post, async (c) => {
    const { deployment } = c.req.valid("param");
    const asked = c.req.valid("json");
    const by = c.get("caller");
    const { "idempotency-key": given, ...sender } = c.req.valid("header");
    const key = requestKeyOf(given, { relaunch: deployment, ...asked }, by);
    const { id, isNew } = await launch(deps, {
      ...(await relaunchRequestOf(deps, by, { key: deployment, ...asked })),
      by,
      key,
      sender,
      plan: null,
    });
    const shown = await deps.store.read(async (tx) => readDeployment(tx, (await findDeployment(tx, id, by)).id, by));
    c.header("Location", `/v1/deployments/${id}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });
}
