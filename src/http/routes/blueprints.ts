// Stored blueprints: every change is a new version, and nothing is stored that could not be launched.

import { createRoute, z } from "@hono/zod-openapi";
import {
  BlueprintList,
  BlueprintCheck,
  BlueprintText,
  CheckedBlueprint,
  PutBlueprint,
  StoredBlueprint,
} from "../../contract/blueprint.ts";
import { Name, WHOLE_MOST } from "../../contract/terms.ts";
import type { StoredBlueprint as BlueprintRow } from "../../ports/store.ts";
import { checkSource, parseKnown, parseSource } from "../blueprint/blueprint-source.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findBlueprint } from "../acts/find.ts";
import { badField } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY, wholeNumber } from "../route.ts";
import { showOutline } from "../show/blueprint.ts";
import { time } from "../show/terms.ts";

const common = { tags: ["blueprints"], security: SECURITY };

const check = createRoute({
  method: "post",
  path: "/v1/blueprints/check",
  summary: "Check a blueprint against the server's profiles and accounts, without storing it",
  ...common,
  request: body(BlueprintCheck),
  responses: { 200: reply(CheckedBlueprint, "What it says; it has no mistakes"), ...PROBLEM },
});

const list = createRoute({
  method: "get",
  path: "/v1/blueprints",
  summary: "List stored blueprints, the newest version of each",
  ...common,
  responses: { 200: reply(BlueprintList, "All blueprints"), ...PROBLEM },
});

const get = createRoute({
  method: "get",
  path: "/v1/blueprints/{name}",
  summary: "Show a stored blueprint",
  ...common,
  request: {
    params: NameInPath,
    query: z.object({
      version: wholeNumber({ least: 1, most: WHOLE_MOST })
        .optional()
        .openapi({ description: "The newest when left out" }),
    }),
  },
  responses: { 200: reply(StoredBlueprint, "The blueprint"), ...PROBLEM },
});

const versions = createRoute({
  method: "get",
  path: "/v1/blueprints/{name}/versions",
  summary: "List the versions of a blueprint, newest first",
  ...common,
  request: { params: NameInPath },
  responses: { 200: reply(BlueprintList, "All versions"), ...PROBLEM },
});

const put = createRoute({
  method: "put",
  path: "/v1/blueprints/{name}",
  summary: "Store a blueprint as its next version; the same text again makes none",
  ...common,
  request: { params: NameInPath.extend({ name: Name }), ...body(BlueprintText) },
  responses: { 200: reply(PutBlueprint, "The blueprint as stored"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/blueprints/{name}",
  summary: "Delete a blueprint with all versions; deployments keep their copy",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

export function addBlueprintRoutes(app: App, deps: HttpDeps): void {
  const { store } = deps;
  app.openapi(check, async (c) => {
    const { source, keepsNumbers = false } = c.req.valid("json");
    return c.json(await checkSource(deps, source, { keepsNumbers }), 200);
  });

  app.openapi(list, async (c) => {
    const rows = await store.read((tx) => tx.blueprints());
    return c.json({ blueprints: rows.map(showVersion) }, 200);
  });

  app.openapi(versions, async (c) => {
    const { name } = c.req.valid("param");
    const rows = await store.read(async (tx) => tx.blueprintVersions((await findBlueprint(tx, name)).name));
    return c.json({ blueprints: rows.map(showVersion) }, 200);
  });

  app.openapi(get, async (c) => {
    const { name } = c.req.valid("param");
    const { version } = c.req.valid("query");
    const row = await store.read((tx) => findBlueprint(tx, name, version));
    return c.json(showStored(row), 200);
  });

  app.openapi(put, async (c) => {
    const { name } = c.req.valid("param");
    const { source } = c.req.valid("json");
    const { row, isNew } = await store.write(async (tx) => {
      const own = parseKnown(source, await tx.profiles(), { keepsNumbers: false }).name;
      if (own !== name) {
        throw badField("/source", `the blueprint calls itself ${own}; store it under that name`, "bad_blueprint");
      }
      const newest = await tx.blueprint(name);
      if (newest?.source === source) return { row: newest, isNew: false };
      return { row: await tx.addBlueprint({ name, source, createdBy: c.get("caller").name }), isNew: true };
    });
    return c.json({ ...showStored(row), isNew }, 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      await tx.deleteBlueprint((await findBlueprint(tx, name)).name);
    });
    return c.body(null, 204);
  });
}

function showVersion({ name, version, createdAt, createdBy }: BlueprintRow) {
  return { name, version, createdAt: time(createdAt), createdBy };
}

function showStored(row: BlueprintRow): StoredBlueprint {
  return { ...showVersion(row), source: row.source, outline: showOutline(parseSource(row.source)) };
}
