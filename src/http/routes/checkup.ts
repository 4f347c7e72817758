import { createRoute } from "@hono/zod-openapi";
import { Checkup } from "../../contract/checkup.ts";
import { checkUp } from "../acts/checkup.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { PROBLEM, reply, SECURITY } from "../route.ts";
import { time } from "../show/terms.ts";

const get = createRoute({
  method: "get",
  path: "/v1/checkup",
  tags: ["server"],
  summary: "Look whether the server has what it needs, and whether something waits for a person",
  security: SECURITY,
  responses: { 200: reply(Checkup, "What was found"), ...PROBLEM },
});

export function addCheckupRoutes(app: App, deps: HttpDeps): void {
  app.openapi(get, async (c) => {
    const { now, checks } = await checkUp(deps);
    return c.json({ version: deps.version, at: time(now), checks: [...checks] }, 200);
  });
}
