// Asking what a launch would do, and launching exactly that.

import { createRoute, z } from "@hono/zod-openapi";
import { Deployment } from "../../contract/deployment.ts";
import { KeptPlan } from "../../contract/kept-plan.ts";
import { Plan, PlanRequest } from "../../contract/plan.ts";
import { findDeployment } from "../acts/find.ts";
import { keptPlan } from "../acts/kept-plan.ts";
import { applyPlan, makePlan } from "../acts/plan.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { body, PROBLEM, reply, SECURITY } from "../route.ts";
import { readDeployment } from "./deployments.ts";
import { LaunchHeaders } from "./launches.ts";

const common = { tags: ["deployments"], security: SECURITY };
const PlanInPath = z.object({ plan: z.string().min(1).max(100) });

const make = createRoute({
  method: "post",
  path: "/v1/plan",
  summary: "Show what a launch would ask for, where it would go, and why not elsewhere",
  description: "What could be launched as it is gets an id, by which exactly that is launched within an hour.",
  ...common,
  request: body(PlanRequest),
  responses: {
    200: reply(
      Plan,
      "The plan; nothing was asked of any cloud but whether it has the images and what machines are placed by",
    ),
    ...PROBLEM,
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/plans/{plan}",
  summary: "Show a plan of a launch or of an update as it was made, and what became of it",
  description: "One of an update is for those who may change its deployment.",
  ...common,
  request: { params: PlanInPath },
  responses: { 200: reply(KeptPlan, "The plan"), ...PROBLEM },
});

const apply = createRoute({
  method: "post",
  path: "/v1/plans/{plan}/apply",
  summary: "Launch exactly what was planned",
  description:
    "Refused when the blueprint comes to something else now, when it would go elsewhere first, in other sizes or from other images, when a price differs, and when the plan has expired or was applied before. One with secret values is for who gave them, and for operators.",
  ...common,
  request: { params: PlanInPath, headers: LaunchHeaders },
  responses: {
    200: reply(Deployment, "The deployment that the same request made before"),
    201: reply(Deployment, "The new deployment"),
    ...PROBLEM,
  },
});

export function addPlanRoutes(app: App, deps: HttpDeps): void {
  app.openapi(make, async (c) => c.json(await makePlan(deps, c.req.valid("json"), c.get("caller")), 200));

  app.openapi(get, async (c) => {
    const { plan } = c.req.valid("param");
    return c.json(await deps.store.read((tx) => keptPlan(tx, plan, c.get("caller"))), 200);
  });

  app.openapi(apply, async (c) => {
    const { plan: id } = c.req.valid("param");
    const { "idempotency-key": key, ...sender } = c.req.valid("header");
    const by = c.get("caller");
    const { id: deployment, isNew } = await applyPlan(deps, { id, by, key, sender });
    const shown = await deps.store.read(async (tx) =>
      readDeployment(tx, (await findDeployment(tx, deployment, by)).id, by),
    );
    c.header("Location", `/v1/deployments/${deployment}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });
}
