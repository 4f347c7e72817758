// Tokens and their roles. A token is shown once, when it is made.

import { createRoute } from "@hono/zod-openapi";
import { MadeToken, NewToken, TokenList } from "../../contract/operation.ts";
import { hashToken, makeToken } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findNamed } from "../acts/find.ts";
import { badField, Refused } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { time } from "../show/terms.ts";

const common = { tags: ["tokens"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/tokens",
  summary: "List tokens",
  ...common,
  responses: { 200: reply(TokenList, "All tokens, without the secret part"), ...PROBLEM },
});

const make = createRoute({
  method: "post",
  path: "/v1/tokens",
  summary: "Make a token; it is shown this once",
  ...common,
  request: body(NewToken),
  responses: { 201: reply(MadeToken, "The token"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/tokens/{name}",
  summary: "Delete a token; it counts no more",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addTokenRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const tokens = await store.read((tx) => tx.tokens());
    return c.json(
      { tokens: tokens.map(({ name, role, createdAt }) => ({ name, role, createdAt: time(createdAt) })) },
      200,
    );
  });

  app.openapi(make, async (c) => {
    const { name, role } = c.req.valid("json");
    const token = makeToken();
    const createdAt = await store.write(async (tx) => {
      const tokens = await tx.lockTokens();
      if (tokens.some((one) => one.name === name)) {
        throw badField("/name", `token ${name} exists already; delete it first, or take another name`, "name_taken");
      }
      const now = await tx.now();
      await tx.putToken({ name, hash: hashToken(token), role, createdAt: now });
      return now;
    });
    return c.json({ name, role, createdAt: time(createdAt), token }, 201);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      const tokens = await tx.lockTokens();
      const token = findNamed("token", name, tokens);
      const admins = tokens.filter(({ role }) => role === "admin");
      if (token.role === "admin" && admins.length === 1) {
        throw new Refused("in_use", `Token ${name} is the last with the role admin; make another one first.`);
      }
      await tx.deleteToken(name);
    });
    return c.body(null, 204);
  });
}
