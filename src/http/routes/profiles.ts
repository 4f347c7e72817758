// Hardware profiles: the names that blueprints use for what an instance needs.

import { createRoute } from "@hono/zod-openapi";
import { ProfileBody, ProfileList } from "../../contract/account.ts";
import { Profile } from "../../contract/deployment.ts";
import { Name } from "../../contract/terms.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findNamed } from "../acts/find.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY } from "../route.ts";

const common = { tags: ["profiles"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/profiles",
  summary: "List hardware profiles",
  ...common,
  responses: { 200: reply(ProfileList, "All profiles"), ...PROBLEM },
});

const put = createRoute({
  method: "put",
  path: "/v1/profiles/{name}",
  summary: "Make or replace a hardware profile; deployments that exist keep theirs",
  ...common,
  request: { params: NameInPath.extend({ name: Name }), ...body(ProfileBody) },
  responses: { 200: reply(Profile, "The profile"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/profiles/{name}",
  summary: "Delete a hardware profile",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addProfileRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const profiles = await store.read((tx) => tx.profiles());
    return c.json({ profiles: profiles.map((profile) => ({ ...profile })) }, 200);
  });

  app.openapi(put, async (c) => {
    const profile = { name: c.req.valid("param").name, ...c.req.valid("json") };
    await store.write((tx) => tx.putProfile(profile));
    return c.json(profile, 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      await tx.deleteProfile(findNamed("profile", name, await tx.profiles()).name);
    });
    return c.body(null, 204);
  });
}
