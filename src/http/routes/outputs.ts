// What a deployment tells about itself. Secret outputs are told here alone, to those who may change deployments.

import { createRoute } from "@hono/zod-openapi";
import { OutputList } from "../../contract/output.ts";
import { outputsOf } from "../../core/story/outputs.ts";
import { invariant } from "../../core/invariant.ts";
import { openTexts } from "../../ports/sealing.ts";
import { changeable } from "../auth.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findDeployment } from "../acts/find.ts";
import { DeploymentInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { showOutput } from "../show/output.ts";

const list = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}/outputs",
  tags: ["deployments"],
  summary: "List what a deployment tells about itself",
  description:
    "The only reply that has the values of secret outputs, for those who may change deployments; each time that is noted in the server's log.",
  security: SECURITY,
  request: { params: DeploymentInPath },
  responses: { 200: reply(OutputList, "The outputs"), ...PROBLEM },
});

export function addOutputRoutes(app: App, { store, secrets, events }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { deployment } = c.req.valid("param");
    const { role, name } = c.get("caller");
    const mayKnow = changeable(role).includes("deployments");
    const { id, outputs } = await store.read(async (tx) => {
      const found = (await findDeployment(tx, deployment)).id;
      const snapshot = await tx.snapshot(found);
      invariant(snapshot !== null, `deployment ${found} has no snapshot`);
      const tellsSecrets = mayKnow && snapshot.deployment.blueprint.outputs.some(({ secret }) => secret);
      const sealed = tellsSecrets ? (await tx.secretsOf([found])).get(found) : undefined;
      return { id: found, outputs: outputsOf(snapshot, await tx.machinesOf(found), openTexts(secrets, sealed)) };
    });
    const told = outputs.map((output) => showOutput(output, mayKnow));
    if (told.some(({ secret, value }) => secret && value !== null)) events.secretsTold(id, name);
    return c.json({ outputs: told }, 200);
  });
}
