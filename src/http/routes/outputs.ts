// What a deployment tells about itself. Secret outputs are told here alone, to those who may change deployments.

import { createRoute } from "@hono/zod-openapi";
import { OutputList } from "../../contract/output.ts";
import { mayActOn } from "../../core/people/grants.ts";
import { formerInForce, outputsOf } from "../../core/story/outputs.ts";
import { invariant } from "../../core/invariant.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { openTexts } from "../../ports/sealing.ts";
import type { Reads } from "../../ports/store.ts";
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
    const caller = c.get("caller");
    const { id, outputs, mayKnow } = await store.read(async (tx) => {
      const head = await findDeployment(tx, deployment, caller);
      const found = head.id;
      const mayKnow = mayActOn(caller.grants, caller, head);
      const snapshot = await tx.snapshot(found);
      invariant(snapshot !== null, `deployment ${found} has no snapshot`);
      const sealed = mayKnow ? await sealedInForce(tx, snapshot) : null;
      return {
        id: found,
        mayKnow,
        outputs: outputsOf(snapshot, await tx.machinesOf(found), openTexts(secrets, sealed)),
      };
    });
    const told = outputs.map((output) => showOutput(output, mayKnow));
    if (told.some(({ secret, value }) => secret && value !== null)) events.secretsTold(id, caller.name);
    return c.json({ outputs: told }, 200);
  });
}

/** Null: no output shows one, or there is none. */
async function sealedInForce(tx: Reads, snapshot: Snapshot): Promise<string | null> {
  const { id, blueprint } = snapshot.deployment;
  const former = formerInForce(snapshot);
  if (!(former?.blueprint ?? blueprint).outputs.some(({ secret }) => secret)) return null;
  return former === null ? ((await tx.secretsOf([id])).get(id) ?? null) : tx.asideSecrets(id);
}
