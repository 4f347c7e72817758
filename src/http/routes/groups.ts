// Groups: users who hold the same grants.

import { createRoute } from "@hono/zod-openapi";
import { Group, GroupList, GroupPatch, NewGroup } from "../../contract/access.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findNamed } from "../acts/find.ts";
import { checkGrants } from "../acts/people.ts";
import { badField } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showGroup } from "../show/access.ts";

const common = { tags: ["groups"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/groups",
  summary: "List groups",
  ...common,
  responses: { 200: reply(GroupList, "All groups"), ...PROBLEM },
});

const post = createRoute({
  method: "post",
  path: "/v1/groups",
  summary: "Add a group",
  ...common,
  request: body(NewGroup),
  responses: { 201: reply(Group, "The group"), ...PROBLEM },
});

const patch = createRoute({
  method: "patch",
  path: "/v1/groups/{name}",
  summary: "Change what a group may do",
  ...common,
  request: { params: NameInPath, ...body(GroupPatch) },
  responses: { 200: reply(Group, "The group"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/groups/{name}",
  summary: "Delete a group; its users stay",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addGroupRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { groups } = await store.read((tx) => tx.access());
    return c.json({ groups: groups.map(showGroup) }, 200);
  });

  app.openapi(post, async (c) => {
    const { name, claim, grants } = c.req.valid("json");
    const made = await store.write(async (tx) => {
      const { groups, now } = await tx.lockAccess();
      if (groups.some((one) => one.name === name)) {
        throw badField("/name", `group ${name} exists already`, "name_taken");
      }
      await checkGrants(tx, grants);
      const group = { name, claim, grants, createdAt: now };
      await tx.putGroup(group);
      return group;
    });
    return c.json(showGroup(made), 201);
  });

  app.openapi(patch, async (c) => {
    const { name } = c.req.valid("param");
    const { claim, grants } = c.req.valid("json");
    const changed = await store.write(async (tx) => {
      const { groups } = await tx.lockAccess();
      const before = findNamed("group", name, groups);
      await checkGrants(tx, grants ?? []);
      const group = {
        ...before,
        claim: claim === undefined ? before.claim : claim,
        grants: grants ?? before.grants,
      };
      await tx.putGroup(group);
      return group;
    });
    return c.json(showGroup(changed), 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      const { groups } = await tx.lockAccess();
      await tx.deleteGroup(findNamed("group", name, groups).name);
    });
    return c.body(null, 204);
  });
}
