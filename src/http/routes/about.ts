// What this server is, and what it can be asked.

import { createRoute } from "@hono/zod-openapi";
import { About } from "../../contract/operation.ts";
import type { ClockState, Reads } from "../../ports/store.ts";
import { highestOf } from "../../core/people/grants.ts";
import { changeable, type Who } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { documentOf } from "../document.ts";
import { PROBLEM, reply, SECURITY } from "../route.ts";
import { time, timeOrNull } from "../show/terms.ts";

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
    const time = await deps.store.read(readTime);
    return c.json(aboutFor(deps, c.get("caller"), time), 200);
  });
  app.get("/v1/openapi.json", (c) => c.json(documentOf(app)));
}

export interface ServerTime {
  readonly now: number;
  readonly clock: ClockState;
}

export async function readTime(tx: Reads): Promise<ServerTime> {
  return { now: await tx.now(), clock: await tx.clock() };
}

/** What this server says of itself to whoever has a token. */
export function aboutFor(
  deps: HttpDeps,
  who: Pick<Who, "name" | "user" | "grants" | "token">,
  { now, clock }: ServerTime,
): About {
  const { version, installation, embedded, providers } = deps;
  return {
    version,
    installation,
    embedded,
    providers: [...providers.keys()].sort(),
    now: time(now),
    clock: { ...clock, lastAt: timeOrNull(clock.lastAt) },
    token: { name: who.token.name, role: highestOf(who.grants) ?? who.token.role },
    user: who.user,
    grants: who.grants.map(({ role, pool }) => ({ role, pool })),
    may: changeable(who),
  };
}
