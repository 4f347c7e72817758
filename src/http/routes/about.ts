// What this server is, and what it can be asked.

import { createRoute } from "@hono/zod-openapi";
import { About } from "../../contract/operation.ts";
import { changeable } from "../auth.ts";
import type { App, Caller, HttpDeps } from "../deps.ts";
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
  app.openapi(about, async (c) => {
    const now = await deps.store.read((tx) => tx.now());
    return c.json(aboutFor(deps, c.get("caller"), now), 200);
  });
  app.get("/v1/openapi.json", (c) => c.json(documentOf(app)));
}

/** What this server says of itself to whoever has a token. */
export function aboutFor(deps: HttpDeps, { name, role }: Pick<Caller, "name" | "role">, now: number): About {
  const { version, installation, embedded, providers } = deps;
  const names = [...providers.keys()].sort();
  return {
    version,
    installation,
    embedded,
    providers: names,
    now: time(now),
    token: { name, role },
    may: changeable(role),
  };
}
