// What this server is, and what it can be asked.

import { createRoute } from "@hono/zod-openapi";
import { About } from "../../contract/operation.ts";
import type { App, HttpDeps } from "../deps.ts";
import { documentOf } from "../document.ts";
import { PROBLEM, reply, SECURITY } from "../route.ts";
import { time } from "../terms.ts";

const about = createRoute({
  method: "get",
  path: "/v1/about",
  tags: ["server"],
  summary: "Show the server's version, its installation and the token that asks",
  security: SECURITY,
  responses: { 200: reply(About, "The server"), ...PROBLEM },
});

export function addAboutRoutes(app: App, deps: HttpDeps): void {
  const { store, version, installation, embedded, providers } = deps;
  app.openapi(about, async (c) => {
    const now = await store.read((tx) => tx.now());
    const names = [...providers.keys()].sort();
    const { name, role } = c.get("caller");
    return c.json({ version, installation, embedded, providers: names, now: time(now), token: { name, role } }, 200);
  });
  app.get("/v1/openapi.json", (c) => c.json(documentOf(app)));
}
