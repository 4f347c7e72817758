// Changing a deployment that is up: what an update would do, and the update.

import { createRoute } from "@hono/zod-openapi";
import { Deployment } from "../../contract/deployment.ts";
import { Update, UpdatePlan, UpdateRequest } from "../../contract/update.ts";
import { makeUpdatePlan } from "../acts/update-plan.ts";
import { findUpdatePlan, update } from "../acts/update.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { body, DeploymentInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { readDeployment } from "./deployments.ts";

const common = { tags: ["deployments"], security: SECURITY };

const plan = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/update/plan",
  summary: "Show what another blueprint, or other values, would change in a deployment that is up",
  description:
    "Nothing is changed. It is for those who may change the deployment: it tells whether a secret value is the one that is kept. What could be carried out as it is gets an id, by which exactly that is done within an hour.",
  ...common,
  request: { params: DeploymentInPath, ...body(UpdateRequest) },
  responses: { 200: reply(UpdatePlan, "The plan"), ...PROBLEM },
});

const apply = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/update",
  summary: "Update a deployment that is up, to another blueprint, other values or other counts",
  description:
    "What is new comes up beside what is there; only when all of it is ready what was before is removed. Whatever fails until then leads back: what was added is removed, and the former machines are untouched. By the id of a plan exactly that is done, or nothing.",
  ...common,
  request: { params: DeploymentInPath, ...body(Update) },
  responses: { 200: reply(Deployment, "The deployment, with its update begun"), ...PROBLEM },
});

export function addUpdateRoutes(app: App, deps: HttpDeps): void {
  app.openapi(plan, async (c) => {
    const { deployment: key } = c.req.valid("param");
    return c.json(await makeUpdatePlan(deps, { key, by: c.get("caller"), request: c.req.valid("json") }), 200);
  });

  app.openapi(apply, async (c) => {
    const { deployment: key } = c.req.valid("param");
    const by = c.get("caller");
    const { plan: planId, ...asked } = c.req.valid("json");
    const found =
      planId === undefined ? { plan: null, request: asked } : await findUpdatePlan(deps, { id: planId, key, by });
    const id = await update(deps, { key, by, ...found });
    return c.json(await deps.store.read((tx) => readDeployment(tx, id, by)), 200);
  });
}
