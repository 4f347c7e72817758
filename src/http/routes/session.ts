// Signing in to the page and out of it. Not in the API's document: programs send their token with each request.

import { SignIn } from "../../contract/operation.ts";
import { passOf, tokenOf } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { badRequest, Refused } from "../problem.ts";
import { beginSession, endSession, refuseOtherSites } from "../session.ts";
import { aboutFor, readTime } from "./about.ts";

export const SESSION_PATH = "/v1/session";

export function addSessionRoutes(app: App, deps: HttpDeps): void {
  app.post(SESSION_PATH, async (c) => {
    refuseOtherSites(c);
    const given = SignIn.safeParse(await c.req.json());
    if (!given.success) throw badRequest(given.error.issues, "json");
    const { access, time } = await deps.store.read(async (tx) => ({
      access: await tx.access(),
      time: await readTime(tx),
    }));
    const token = tokenOf(access, passOf(given.data.token));
    if (token === null)
      throw new Refused(
        "not_authenticated",
        "This is no token of this server, or it was deleted; whoever runs it makes one with `slipway token add NAME`.",
      );
    beginSession(c, deps, { token, now: time.now });
    return c.json(aboutFor(deps, token, time), 200);
  });

  app.delete(SESSION_PATH, async (c) => {
    refuseOtherSites(c);
    await endSession(c, deps);
    return c.body(null, 204);
  });
}
