// What anyone may ask without a token: whether the server lives, and a machine that calls home.

import { recordCallback } from "../../core/world/record.ts";
import { isOpen } from "../../core/states.ts";
import type { Tx } from "../../ports/store.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { notFound, Refused } from "../problem.ts";
import { writeWaves } from "../acts/waves.ts";

/** Setting with the time of the last trial, ms since 1970. */
const TRIAL = "write_trial";
const TRIAL_MS = 1_000;

export function addOpenRoutes(app: App, deps: HttpDeps): void {
  const { store, outage } = deps;
  const triedLately = trialOf(deps);
  app.get("/livez", (c) => c.body(null, 204));
  app.get("/readyz", async (c) => {
    await triedLately();
    const away = outage();
    if (away !== null) throw away;
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

/** A database that only answers is not one that work can be done on. */
async function tryWriting(tx: Tx): Promise<void> {
  await tx.setSetting(TRIAL, String(await tx.now()));
  await tx.tryRoom();
}

/** Anyone may ask, so all who do within a second share one trial. */
function trialOf({ store, clock }: HttpDeps): () => Promise<void> {
  let last: { readonly at: number; readonly trial: Promise<void> } | null = null;
  return () => {
    const at = clock.monotonic();
    if (last === null || at - last.at >= TRIAL_MS) {
      last = { at, trial: store.write(tryWriting) };
    }
    return last.trial;
  };
}
