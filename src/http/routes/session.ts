// Signing in to the page and out of it. Not in the API's document: programs send their token with each request.

import { SignIn } from "../../contract/operation.ts";
import type { Context } from "hono";
import { StoreAway } from "../../ports/store.ts";
import { addressOf } from "../address.ts";
import { asAsked, type Asked, noteSession } from "../audited.ts";
import { passOf, type Who, whoIs } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { badRequest, Refused } from "../problem.ts";
import { beginSession, cameOverTls, endSession, passOfSession, refuseOtherSites } from "../session.ts";
import { aboutFor, readTime } from "./about.ts";

export const SESSION_PATH = "/v1/session";

export function addSessionRoutes(app: App, deps: HttpDeps): void {
  app.post(SESSION_PATH, async (c) => {
    refuseOtherSites(c);
    const given = SignIn.safeParse(await c.req.json());
    if (!given.success) throw badRequest(given.error.issues, "json");
    const pass = passOf(given.data.token);
    const { access, time } = await deps.store.read(async (tx) => ({
      access: await tx.accessOf({ hash: pass.hash, session: null }),
      time: await readTime(tx),
    }));
    const who = whoIs(access, pass);
    if (who === null)
      throw new Refused(
        "not_authenticated",
        "This is no token of this server, or it was deleted; whoever runs it makes one with `slipway token add NAME`.",
      );
    const begun = beginSession(c, deps, {
      token: who.token,
      now: time.now,
      isSecure: cameOverTls(c),
    });
    // Nobody is kept out because the database takes nothing at the moment.
    await noteSession(deps.store, askedBy(c, deps, who), begun).catch(passOver);
    return c.json(aboutFor(deps, who, time), 200);
  });

  app.delete(SESSION_PATH, async (c) => {
    refuseOtherSites(c);
    const pass = passOfSession(c, deps);
    const seen = pass === null ? null : { hash: pass.hash, session: pass.session?.id ?? null };
    const who = pass === null || seen === null ? null : whoIs(await deps.store.read((tx) => tx.accessOf(seen)), pass);
    // Of somebody who is not let in any more there is nothing to end that is not over.
    if (who === null) await endSession(c, deps);
    else await asAsked(askedBy(c, deps, who), () => endSession(c, deps));
    return c.body(null, 204);
  });
}

function askedBy(c: Context, { proxies }: HttpDeps, { name: by, token }: Who): Asked {
  const request = `${c.req.method} ${SESSION_PATH}`;
  return { by, token: token.name, via: "session", address: addressOf(c, proxies), request };
}

function passOver(error: unknown): void {
  if (!(error instanceof StoreAway)) throw error;
}
