// Remembered refusals: people may look at them, and lift one when they know better.

import { createRoute, z } from "@hono/zod-openapi";
import { BLOCK_REASONS, BlockList } from "../../contract/block.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { accountNames, findAccount } from "../acts/find.ts";
import { notFound } from "../problem.ts";
import { DONE, PROBLEM, reply, SECURITY } from "../route.ts";
import { showBlock } from "../show/account.ts";

const common = { tags: ["blocks"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/blocks",
  summary: "List remembered refusals",
  ...common,
  responses: { 200: reply(BlockList, "All blocks"), ...PROBLEM },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/blocks",
  summary: "Forget a refusal, so that launches try the offer again",
  ...common,
  request: {
    query: z.object({ account: z.string(), realm: z.string(), size: z.string(), reason: z.enum(BLOCK_REASONS) }),
  },
  responses: { ...DONE, ...PROBLEM },
});

export function addBlockRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { blocks, names, now } = await store.read(async (tx) => ({
      blocks: await tx.blocks(),
      names: await accountNames(tx),
      now: await tx.now(),
    }));
    return c.json({ blocks: blocks.map((block) => showBlock(block, names, now)) }, 200);
  });

  app.openapi(remove, async (c) => {
    const { account, realm, size, reason } = c.req.valid("query");
    await store.write(async (tx) => {
      const { id } = await findAccount(tx, account);
      const block = (await tx.blocks()).find(
        (one) => one.account === id && one.realm === realm && one.size === size && one.reason === reason,
      );
      if (block === undefined) throw notFound(`block of ${account} for ${realm}/${size} because of ${reason}`);
      await tx.clearBlock(block);
    });
    return c.body(null, 204);
  });
}
