// Webhooks, for admins: their addresses may hold something secret. Their own secret is shown once, when they are made.

import { randomBytes } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import {
  DELIVERIES_MOST,
  DELIVERY_STATES,
  MadeWebhook,
  NewWebhook,
  ReplayAsked,
  Replayed,
  Webhook,
  WebhookDeliveries,
  WebhookList,
  WebhookPatch,
  WEBHOOKS_MOST,
  WebhookTest,
} from "../../contract/webhook.ts";
import { noSuch } from "../../contract/no-such.ts";
import type { Reads } from "../../ports/store.ts";
import type { WebhookStanding } from "../../ports/webhooks.ts";
import { findDeployment, findNamed } from "../acts/find.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { badField, Refused } from "../problem.ts";
import { body, DONE, NameInPath, PROBLEM, reply, SECURITY, wholeNumberOr } from "../route.ts";
import { time } from "../show/terms.ts";

const common = { tags: ["webhooks"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/webhooks",
  summary: "List webhooks",
  ...common,
  responses: { 200: reply(WebhookList, "All webhooks, without their secrets"), ...PROBLEM },
});

const add = createRoute({
  method: "post",
  path: "/v1/webhooks",
  summary: "Add a webhook; its secret is shown this once",
  ...common,
  request: body(NewWebhook),
  responses: { 201: reply(MadeWebhook, "The webhook's secret"), ...PROBLEM },
});

const patch = createRoute({
  method: "patch",
  path: "/v1/webhooks/{name}",
  summary: "Change which events a webhook is told of",
  ...common,
  request: { params: NameInPath, ...body(WebhookPatch) },
  responses: { 200: reply(Webhook, "The webhook"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/webhooks/{name}",
  summary: "Remove a webhook, with what waits for it",
  ...common,
  request: { params: NameInPath },
  responses: { ...DONE, ...PROBLEM },
});

const test = createRoute({
  method: "post",
  path: "/v1/webhooks/{name}/test",
  summary: "Send a webhook a message that says nothing, and tell how it is answered",
  ...common,
  request: { params: NameInPath },
  responses: { 200: reply(WebhookTest, "How it was answered, also when it was not taken"), ...PROBLEM },
});

const deliveries = createRoute({
  method: "get",
  path: "/v1/webhooks/{name}/deliveries",
  summary: "What waits for a webhook, what it took, and what it did not take",
  ...common,
  request: {
    params: NameInPath,
    query: z.object({
      state: z.enum(DELIVERY_STATES).optional(),
      limit: wholeNumberOr(100, { least: 1, most: DELIVERIES_MOST }),
    }),
  },
  responses: { 200: reply(WebhookDeliveries, "Of each at most so many as asked for"), ...PROBLEM },
});

const replay = createRoute({
  method: "post",
  path: "/v1/webhooks/{name}/replay",
  summary: "Have dead letters told again, and what waits for its next try tried now",
  ...common,
  request: { params: NameInPath, ...body(ReplayAsked) },
  responses: { 200: reply(Replayed, "How many dead letters"), ...PROBLEM },
});

export function addWebhookRoutes(app: App, deps: HttpDeps): void {
  const { store, secrets, courier, clock } = deps;
  app.openapi(list, async (c) => {
    const webhooks = await store.read((tx) => tx.webhooks());
    return c.json({ webhooks: webhooks.map(showWebhook) }, 200);
  });

  app.openapi(add, async (c) => {
    const { name, url, pool, kinds } = c.req.valid("json");
    const refusal = courier.refusal(url);
    if (refusal !== null) throw badField("/url", refusal);
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    await store.write(async (tx) => {
      await refuseAnother(tx, pool);
      const webhook = { name, url, pool, kinds, createdAt: await tx.now(), createdBy: c.get("caller").name };
      if (await tx.addWebhook(webhook, secrets.seal(secret))) return;
      const text = `webhook ${name} exists already; remove it first, or take another name`;
      throw badField("/name", text, "name_taken");
    });
    return c.json({ name, secret }, 201);
  });

  app.openapi(patch, async (c) => {
    const { name } = c.req.valid("param");
    const { kinds } = c.req.valid("json");
    const changed = await store.write(async (tx) => {
      await findWebhook(tx, name);
      await tx.changeWebhook(name, kinds);
      return findWebhook(tx, name);
    });
    return c.json(showWebhook(changed), 200);
  });

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    await store.write(async (tx) => {
      await findWebhook(tx, name);
      await tx.deleteWebhook(name);
    });
    return c.body(null, 204);
  });

  app.openapi(test, async (c) => {
    const { name } = c.req.valid("param");
    const { webhook, sealed } = await store.read(async (tx) => ({
      ...(await findWebhook(tx, name)),
      sealed: await tx.webhookSecret(name),
    }));
    const from = clock.monotonic();
    const { isTaken, text } = await courier.test(webhook, sealed ?? "");
    return c.json({ taken: isTaken, text, ms: Math.round(clock.monotonic() - from) }, 200);
  });
  addDeliveryRoutes(app, deps);
}

function addDeliveryRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(deliveries, async (c) => {
    const { name } = c.req.valid("param");
    const { state = null, limit } = c.req.valid("query");
    const { lanes, ended } = await store.read(async (tx) => {
      await findWebhook(tx, name);
      return { lanes: await tx.lanes(name, limit), ended: await tx.deliveries(name, { state, limit }) };
    });
    const waiting = lanes.map(({ deployment, deploymentName, dueAt, tries, text }) => {
      return { deployment: { id: deployment, name: deploymentName }, nextTryAt: time(dueAt), tries, text };
    });
    const shown = ended.map(({ deployment, deploymentName, endedAt, ...rest }) => {
      return { deployment: { id: deployment, name: deploymentName }, at: time(endedAt), ...rest };
    });
    return c.json({ waiting, deliveries: shown }, 200);
  });

  app.openapi(replay, async (c) => {
    const { name } = c.req.valid("param");
    const { deployment } = c.req.valid("json");
    const letters = await store.write(async (tx) => {
      await findWebhook(tx, name);
      const of = deployment === null ? null : (await findDeployment(tx, deployment, c.get("caller"))).id;
      return await tx.replay(name, of);
    });
    return c.json({ letters }, 200);
  });
}

async function findWebhook(tx: Reads, name: string): Promise<WebhookStanding> {
  const all = await tx.webhooks();
  const named = all.map((one) => ({ ...one, name: one.webhook.name }));
  const { name: _, ...found } = findNamed("webhook", name, named);
  return found;
}

async function refuseAnother(tx: Reads, pool: string | null): Promise<void> {
  const pools = (await tx.pools()).map((one) => one.name);
  if (pool !== null && !pools.includes(pool)) throw badField("/pool", noSuch("pool", pool, pools));
  if ((await tx.webhooks()).length < WEBHOOKS_MOST) return;
  throw new Refused(
    "in_use",
    `There are ${WEBHOOKS_MOST} webhooks already, and no more are possible; remove one first.`,
  );
}

function showWebhook({ webhook, waiting, failing, dead }: WebhookStanding) {
  const { kinds, createdAt, ...rest } = webhook;
  return {
    ...rest,
    kinds: kinds === null ? null : [...kinds],
    createdAt: time(createdAt),
    waiting,
    failing: failing === null ? null : { since: time(failing.since), text: failing.text },
    dead,
  };
}
