// What people ask of a deployment that exists: the core decides whether, the engine carries it out.

import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Deployment } from "../../contract/deployment.ts";
import { Extension } from "../../contract/extension.ts";
import { RepairRequest, RollbackRetry } from "../../contract/repair.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import {
  askCancel,
  askDelete,
  type Asked,
  type Asker,
  askExtend,
  askRelease,
  askRepair,
  askRetryInstance,
  askRetryRollback,
  askStop,
} from "../../core/people/requests.ts";
import { askReboot } from "../../core/people/reboot.ts";
import { askReleaseInstance } from "../../core/people/release.ts";
import type { App, HttpDeps, HttpEnv } from "../http-deps.ts";
import type { Reads } from "../../ports/store.ts";
import { findToAct } from "../acts/find.ts";
import { notFound, refusedBy } from "../problem.ts";
import { body, DeploymentInPath, Flag, optionalBody, PROBLEM, reply, SECURITY } from "../route.ts";
import { writeWaves } from "../acts/waves.ts";
import { readDeployment } from "./deployments.ts";

const common = { tags: ["deployments"], security: SECURITY };
const responses = { 200: reply(Deployment, "The deployment, with the request recorded"), ...PROBLEM };

function postTo<P extends string>(action: P, summary: string) {
  const path = `/v1/deployments/{deployment}/${action}` as const;
  return createRoute({ method: "post", path, summary, ...common, request: { params: DeploymentInPath }, responses });
}

const cancel = postTo(
  "cancel",
  "Cancel a launch: roll it back and do not launch it again; or an update: remove only what it has added",
);
const release = postTo("release", "Roll back at once what a failed attempt holds for study, and go on");
const stop = postTo("stop", "Stop a deployment that runs");

const retryRollback = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/retry-rollback",
  summary: "Try a rollback again that got stuck, all of it or without machines that are given up as debt",
  ...common,
  request: { params: DeploymentInPath, ...optionalBody(RollbackRetry) },
  responses,
});

const retryInstance = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/instances/{name}/retry",
  summary: "Try a failed instance again",
  ...common,
  request: { params: DeploymentInPath.extend({ name: z.string() }) },
  responses,
});

const releaseInstance = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/instances/{name}/release",
  summary: "Remove at once what is kept of an instance in quarantine: the machine that an attempt failed for",
  ...common,
  request: { params: DeploymentInPath.extend({ name: z.string() }) },
  responses,
});

const reboot = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/instances/{name}/reboot",
  summary: "Boot an instance's machine again: asked of its cloud once, and never repeated",
  ...common,
  request: { params: DeploymentInPath.extend({ name: z.string() }) },
  responses,
});

const extend = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/extend",
  summary: "Let a deployment run longer before it stops by itself",
  ...common,
  request: { params: DeploymentInPath, ...body(Extension) },
  responses,
});

const repair = createRoute({
  method: "post",
  path: "/v1/deployments/{deployment}/repair",
  summary: "Replace members of a deployment that is up: those named, or all that have failed",
  ...common,
  request: { params: DeploymentInPath, ...body(RepairRequest) },
  responses,
});

const remove = createRoute({
  method: "delete",
  path: "/v1/deployments/{deployment}",
  summary: "Delete a deployment that has ended; what is left of it is removed first",
  ...common,
  request: {
    params: DeploymentInPath,
    query: z.object({
      stop: Flag.openapi({ description: "Stop or cancel it first" }),
      abandonDebt: Flag.openapi({ description: "Hide it although machines are not proven gone; they are tried on" }),
    }),
  },
  responses,
});

export function addRequestRoutes(app: App, deps: HttpDeps): void {
  app.openapi(cancel, async (c) => c.json(await ask(deps, c, askCancel), 200));
  app.openapi(release, async (c) => c.json(await ask(deps, c, askRelease), 200));
  app.openapi(stop, async (c) => c.json(await ask(deps, c, askStop), 200));
  app.openapi(retryRollback, async (c) => {
    const { skip = [] } = c.req.valid("json");
    return c.json(await ask(deps, c, (snapshot, asker) => askRetryRollback(snapshot, { ...asker, skip })), 200);
  });
  app.openapi(retryInstance, async (c) => {
    const instance = c.req.valid("param").name;
    return c.json(await ask(deps, c, (snapshot, asker) => askRetryInstance(snapshot, { ...asker, instance })), 200);
  });
  app.openapi(releaseInstance, async (c) => {
    const instance = c.req.valid("param").name;
    return c.json(await ask(deps, c, (snapshot, asker) => askReleaseInstance(snapshot, { ...asker, instance })), 200);
  });
  app.openapi(reboot, async (c) => {
    const instance = c.req.valid("param").name;
    return c.json(await ask(deps, c, (snapshot, asker) => askReboot(snapshot, { ...asker, instance })), 200);
  });
  app.openapi(extend, async (c) => {
    const until = Date.parse(c.req.valid("json").until);
    const shown = await ask(deps, c, async (snapshot, asker, tx) => {
      const pool = (await tx.pools()).find(({ name }) => name === snapshot.deployment.pool);
      return askExtend(snapshot, { ...asker, until, mostMs: pool?.maxLeaseMs ?? null });
    });
    return c.json(shown, 200);
  });
  app.openapi(repair, async (c) => {
    const { instances = [], allowReplace = [] } = c.req.valid("json");
    const wish = { instances, allowReplace };
    return c.json(await ask(deps, c, (snapshot, asker) => askRepair(snapshot, { ...asker, ...wish })), 200);
  });
  app.openapi(remove, async (c) => {
    const wishes = c.req.valid("query");
    return c.json(await ask(deps, c, (snapshot, asker) => askDelete(snapshot, { ...asker, ...wishes })), 200);
  });
}

/** Asks under the deployment's lock, so that the answer is about what is stored and not about what was. */
async function ask(
  { store }: HttpDeps,
  c: Context<HttpEnv>,
  asks: (snapshot: Snapshot, asker: Asker, tx: Reads) => Asked | Promise<Asked>,
): Promise<Deployment> {
  const key = c.req.param("deployment") ?? "";
  const caller = c.get("caller");
  return store.write(async (tx) => {
    const { id } = await findToAct(tx, key, caller);
    const { now, ids } = await tx.lock([id]);
    const [snapshot] = await tx.snapshots(ids);
    if (snapshot === undefined) throw notFound(`deployment ${key}`);
    const asked = await asks(snapshot, { by: caller.name, now }, tx);
    if ("refused" in asked) throw refusedBy(asked.refused);
    await writeWaves(tx, asked.changes);
    return readDeployment(tx, id, caller);
  });
}
