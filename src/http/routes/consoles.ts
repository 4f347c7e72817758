import { createRoute, z } from "@hono/zod-openapi";
import { Console } from "../../contract/console.ts";
import { readConsole } from "../acts/console.ts";
import { findDeployment } from "../acts/find.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { DeploymentInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { time } from "../show/terms.ts";

const get = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}/instances/{instance}/console",
  tags: ["deployments"],
  summary: "Read the console of an instance",
  description:
    "Of a machine that is there its cloud is asked, each time; of one that is not, what was kept when it was undone. Secrets are taken out.",
  security: SECURITY,
  request: { params: DeploymentInPath.extend({ instance: z.string().min(1).max(100) }) },
  responses: { 200: reply(Console, "The console"), ...PROBLEM },
});

export function addConsoleRoutes(app: App, deps: HttpDeps): void {
  app.openapi(get, async (c) => {
    const { deployment, instance } = c.req.valid("param");
    const asked = { instance, left: c.req.raw.signal };
    const read = await readConsole(deps, (tx) => findDeployment(tx, deployment, c.get("caller")), asked);
    return c.json({ ...read, at: time(read.at) }, 200);
  });
}
