// What waits since the database was put back from a backup, and for how long.

import { createRoute } from "@hono/zod-openapi";
import { Hold, NewHold } from "../../contract/hold.ts";
import type { Reads } from "../../ports/store.ts";
import { type Asking, maySee } from "../acts/find.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { badField, Refused } from "../problem.ts";
import { body, DONE, PROBLEM, reply, SECURITY } from "../route.ts";
import { time } from "../show/terms.ts";

const common = { path: "/v1/hold", tags: ["server"], security: SECURITY };

const get = createRoute({
  method: "get",
  ...common,
  summary: "What waits since the database was put back from a backup, and which machines it does not know",
  responses: { 200: reply(Hold, "The hold; without one its times are null"), ...PROBLEM },
});

const put = createRoute({
  method: "put",
  ...common,
  summary: "Let the hold last until another time",
  request: body(NewHold),
  responses: { 200: reply(Hold, "The hold"), ...PROBLEM },
});

const end = createRoute({
  method: "delete",
  ...common,
  summary: "End the hold: what is not known is removed, and launches go on",
  responses: { ...DONE, ...PROBLEM },
});

const MOST_MS = 30 * 24 * 3_600_000;

export function addHoldRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(get, async (c) => c.json(await store.read((tx) => shown(tx, c.get("caller"))), 200));

  app.openapi(put, async (c) => {
    const until = Date.parse(c.req.valid("json").until);
    const hold = await store.write(async (tx) => {
      const now = await tx.now();
      if (until < now || until > now + MOST_MS) throw badField("/until", "must be a time from now to 30 days ahead");
      if ((await tx.hold()) === null) throw new Refused("not_in_this_state", NOTHING_HELD);
      await tx.setHold(until);
      return shown(tx, c.get("caller"));
    });
    return c.json(hold, 200);
  });

  app.openapi(end, async (c) => {
    await store.write(async (tx) => tx.setHold(await tx.now()));
    return c.body(null, 204);
  });
}

const NOTHING_HELD = "Nothing is held: there is a hold only after the database was put back from a backup.";

/** Strays are in no pool. */
async function shown(tx: Reads, asking: Asking): Promise<Hold> {
  const hold = await tx.hold();
  const strays = (maySee(asking, null) ? await tx.strays() : []).map(({ machine, accountName, deploymentName }) => ({
    machine: machine.id,
    externalId: machine.externalId,
    account: accountName,
    realm: machine.realm,
    foundAt: time(machine.intentAt),
    observed: machine.observed,
    deploymentName,
  }));
  const deployments = await tx.heldDeployments();
  if (hold === null) return { restoredAt: null, until: null, deployments, strays };
  return { restoredAt: time(hold.restoredAt), until: time(hold.until), deployments, strays };
}
