// What anyone may ask without a token: whether the server lives, and a machine that calls home.

import { recordCallback } from "../../core/record.ts";
import { isOpen } from "../../core/states.ts";
import type { App, HttpDeps } from "../deps.ts";
import { notFound, Refused } from "../problem.ts";
import { writeWaves } from "../waves.ts";

export function addOpenRoutes(app: App, { store }: HttpDeps): void {
  app.get("/livez", (c) => c.body(null, 204));
  app.get("/readyz", async (c) => {
    await store.read((tx) => tx.now());
    return c.body(null, 204);
  });
  // Boot scripts call with whatever they have: wget sends GET, curl may POST.
  app.on(["GET", "POST", "PUT"], "/v1/callback/:nonce", async (c) => {
    const machine = await store.read((tx) => tx.machineByNonce(c.req.param("nonce")));
    const deployment = machine?.deployment ?? null;
    if (machine === null || deployment === null || !isOpen(machine)) throw notFound("machine with this nonce");
    const known = await store.write(async (tx) => {
      const { now, ids } = await tx.lock([deployment]);
      const [snapshot] = await tx.snapshots(ids);
      if (snapshot === undefined) return false;
      const recorded = recordCallback(snapshot, machine.id, now);
      await writeWaves(tx, recorded.changes);
      return recorded.known;
    });
    // A fast machine calls before its create has been answered; "unavailable" makes curl --retry come again.
    if (!known) throw new Refused("unavailable", "The machine is not known to be made yet; call again in a moment.");
    return c.body(null, 204);
  });
}
