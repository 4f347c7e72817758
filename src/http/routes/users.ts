// The people who use the server, and what each may do. What they come in with are tokens of theirs.

import { createRoute } from "@hono/zod-openapi";
import { NewUser, User, UserList, UserPatch } from "../../contract/access.ts";
import { UNLIMITED } from "../../core/market/amount.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findNamed, heldBy } from "../acts/find.ts";
import { checkGrants, checkGroups, refuseTakenName } from "../acts/people.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showUser } from "../show/access.ts";
import { readLimit } from "../show/terms.ts";

const common = { tags: ["users"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/users",
  summary: "List users",
  ...common,
  responses: { 200: reply(UserList, "All users"), ...PROBLEM },
});

const post = createRoute({
  method: "post",
  path: "/v1/users",
  summary: "Add a user",
  ...common,
  request: body(NewUser),
  responses: { 201: reply(User, "The user"), ...PROBLEM },
});

const patch = createRoute({
  method: "patch",
  path: "/v1/users/{name}",
  summary: "Change a user; what is left out stays as it is",
  ...common,
  request: { params: NameInPath, ...body(UserPatch) },
  responses: { 200: reply(User, "The user"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/users/{name}",
  summary: "Delete a user with their tokens, which count no more",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addUserRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const shown = await store.read(async (tx) => {
      const [{ users }, held] = [await tx.access(), await heldBy(tx, "user")];
      return users.map((user) => showUser(user, held.get(user.name) ?? {}));
    });
    return c.json({ users: shown }, 200);
  });

  app.openapi(post, async (c) => {
    const { name, enabled, groups, grants, limit: asked } = c.req.valid("json");
    const made = await store.write(async (tx) => {
      const access = await tx.lockAccess();
      refuseTakenName("user", name, access);
      checkGroups(groups, access);
      await checkGrants(tx, grants);
      const limit = asked === undefined ? UNLIMITED : readLimit(asked);
      const user = { name, enabled, groups, subject: null, claims: [], grants, limit, createdAt: access.now };
      await tx.putUser(user);
      return showUser(user, {});
    });
    return c.json(made, 201);
  });

  app.openapi(patch, async (c) => {
    const { name } = c.req.valid("param");
    const { enabled, groups, grants, limit } = c.req.valid("json");
    const changed = await store.write(async (tx) => {
      const access = await tx.lockAccess();
      const before = findNamed("user", name, access.users);
      checkGroups(groups ?? [], access);
      await checkGrants(tx, grants ?? []);
      const user = {
        ...before,
        enabled: enabled ?? before.enabled,
        groups: groups ?? before.groups,
        grants: grants ?? before.grants,
        limit: limit === undefined ? before.limit : readLimit(limit),
      };
      await tx.putUser(user);
      return showUser(user, (await heldBy(tx, "user")).get(name) ?? {});
    });
    return c.json(changed, 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      const { users } = await tx.lockAccess();
      await tx.deleteUser(findNamed("user", name, users).name);
    });
    return c.body(null, 204);
  });
}
