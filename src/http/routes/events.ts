// The steps of a deployment: page by page, or as they happen.

import { createRoute, z } from "@hono/zod-openapi";
import { EventPage } from "../../contract/event.ts";
import { EVENTS_PER_PAGE } from "../../contract/deployment.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findDeployment } from "../acts/find.ts";
import { DeploymentInPath, EVENT_NO, PROBLEM, reply, SECURITY, wholeNumber, wholeNumberOr } from "../route.ts";
import { showEvent } from "../show/event.ts";
import { openStreams } from "../stream/stream.ts";

const list = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}/events",
  tags: ["deployments"],
  summary: "List the steps of a deployment, oldest first",
  security: SECURITY,
  request: {
    params: DeploymentInPath,
    query: z.object({
      after: wholeNumberOr(0, EVENT_NO).openapi({ description: "Number of the last event known" }),
      limit: wholeNumberOr(EVENTS_PER_PAGE.usual, { least: 1, most: EVENTS_PER_PAGE.most }),
    }),
  },
  responses: { 200: reply(EventPage, "A page"), ...PROBLEM },
});

const stream = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}/stream",
  tags: ["deployments"],
  summary: "Follow the steps of a deployment as server-sent events",
  description:
    "Sends `step` (an Event, its number as id) for all that happened and then as it happens, a comment every 15 s of " +
    "silence, `gone` (`oldest`: the number of the oldest event that is kept or, with none kept, of the next one) in place of " +
    "those that are not kept any more, and `end` (a StreamEnd) once the deployment is in a final state and everything was sent.",
  security: SECURITY,
  request: {
    params: DeploymentInPath,
    query: z.object({ after: wholeNumberOr(0, EVENT_NO).openapi({ description: "As Last-Event-ID, which wins" }) }),
    headers: z.object({
      "last-event-id": wholeNumber(EVENT_NO).optional().openapi({ description: "Number of the last event received" }),
    }),
  },
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: z.string() } } },
    ...PROBLEM,
  },
});

export function addEventRoutes(app: App, deps: HttpDeps): void {
  const streamOf = openStreams(deps);
  app.openapi(list, async (c) => {
    const { after, limit } = c.req.valid("query");
    const { deployment } = c.req.valid("param");
    const page = await deps.store.read(async (tx) => {
      const { id, eventNo } = await findDeployment(tx, deployment, c.get("caller"));
      const events = (await tx.events(id, after, limit)).map(showEvent);
      const oldest = (await tx.kept(id))?.stepsFrom ?? 1;
      return { events, last: Math.max(eventNo, events.at(-1)?.no ?? 0), oldest };
    });
    return c.json(page, 200);
  });

  app.openapi(stream, async (c) => {
    const caller = c.get("caller");
    const { id, pool } = await deps.store.read((tx) => findDeployment(tx, c.req.valid("param").deployment, caller));
    const after = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").after;
    // Nobody would ever read or leave the stream of an answer without a body.
    const isHead = c.req.raw.method === "HEAD";
    const steps = isHead ? null : await streamOf({ deployment: id, pool, after, pass: caller.pass });
    const sent: Record<string, string> = {
      "Content-Type": "text/event-stream; charset=utf-8",
      // Proxies that collect a reply before they pass it on would hold the steps back.
      "X-Accel-Buffering": "no",
    };
    return steps === null ? c.body(null, 200, sent) : c.body(steps, 200, sent);
  });
}
