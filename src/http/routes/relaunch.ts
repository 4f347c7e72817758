// Launching once more what has ended, as another deployment.

import { createRoute } from "@hono/zod-openapi";
import { Deployment, RelaunchRequest } from "../../contract/deployment.ts";
import { launch, requestKeyOf } from "../acts/launch-request.ts";
import { relaunchRequestOf } from "../acts/relaunch-request.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { body, DeploymentInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { readDeployment } from "./deployments.ts";
import { KeyInHeader } from "./launches.ts";

const common = { tags: ["deployments"], security: SECURITY };

const post = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/relaunch",
  summary: "Launch a deployment that has ended once more, as another one that has its name from then on",
  description:
    "Blueprint, values, pool and name are as they were, but what the request says. It is refused while the one that has the name has not ended.",
  ...common,
  request: { params: DeploymentInPath, ...body(RelaunchRequest), headers: KeyInHeader },
  responses: {
    200: reply(Deployment, "The deployment that the same request made before"),
    201: reply(Deployment, "The new deployment"),
    ...PROBLEM,
  },
});

export function addRelaunchRoutes(app: App, deps: HttpDeps): void {
  app.openapi(post, async (c) => {
    const { deployment } = c.req.valid("param");
    const asked = c.req.valid("json");
    const { name: by } = c.get("caller");
    const key = requestKeyOf(c.req.valid("header")["idempotency-key"], { relaunch: deployment, ...asked });
    const { id, isNew } = await launch(deps, { ...(await relaunchRequestOf(deps, deployment, asked)), by, key });
    const shown = await deps.store.read((tx) => readDeployment(tx, id, c.get("caller")));
    c.header("Location", `/v1/deployments/${id}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });
}
