// Tokens and what they may do. A token is shown once, when it is made.

import { createRoute } from "@hono/zod-openapi";
import { MadeToken, NewToken, TokenList } from "../../contract/access.ts";
import { noSuch } from "../../contract/no-such.ts";
import { hashToken, makeToken } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findNamed, poolsSeen } from "../acts/find.ts";
import { endOf, isTheirs, makeRoom, ownerOf, refuseLastKey, refuseStronger, refuseTakenName } from "../acts/people.ts";
import { badField } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showToken } from "../show/access.ts";

const common = { tags: ["tokens"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/tokens",
  summary: "List tokens: an admin's all of them, a user's their own",
  ...common,
  responses: { 200: reply(TokenList, "All tokens, without the secret part"), ...PROBLEM },
});

const make = createRoute({
  method: "post",
  path: "/v1/tokens",
  summary: "Make a token; it is shown this once",
  description:
    "An admin makes any; a user makes their own, that may do no more and last no longer than the token which asks. A user may have 100, all together 1000; those that ended 30 days ago are forgotten when another is made.",
  ...common,
  request: body(NewToken),
  responses: { 201: reply(MadeToken, "The token"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/tokens/{name}",
  summary: "Delete a token; it counts no more",
  description: "An admin deletes any; a user their own, by a token that is it or could have made it.",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addTokenRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const caller = c.get("caller");
    const tokens = await store.read((tx) => tx.tokens());
    return c.json({ tokens: tokens.filter((one) => isTheirs(caller, one)).map(showToken) }, 200);
  });

  app.openapi(make, async (c) => {
    const { name, role, pool = null, owner, expiresAt } = c.req.valid("json");
    const caller = c.get("caller");
    const text = makeToken();
    const made = await store.write(async (tx) => {
      const access = await tx.lockAccess();
      refuseTakenName("token", name, access);
      const pools = (await poolsSeen(tx, caller)).map((one) => one.name);
      if (pool !== null && !pools.includes(pool)) throw badField("/pool", noSuch("pool", pool, pools), "bad_pool");
      const asked = { role, pool, expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt) };
      const whose = ownerOf(caller, owner, access);
      await makeRoom(tx, whose, access);
      const token = {
        name,
        hash: hashToken(text),
        role,
        pool,
        owner: whose,
        createdBy: caller.name,
        createdAt: access.now,
        expiresAt: endOf(caller, asked, access.now),
        lastUsedAt: null,
      };
      await tx.putToken(token);
      return token;
    });
    return c.json({ ...showToken(made), token: text }, 201);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    const caller = c.get("caller");
    await store.write(async (tx) => {
      const access = await tx.lockAccess();
      const token = findNamed(
        "token",
        name,
        access.tokens.filter((one) => isTheirs(caller, one)),
      );
      refuseStronger(caller, token);
      refuseLastKey(token, access);
      await tx.deleteToken(name);
    });
    return c.body(null, 204);
  });
}
