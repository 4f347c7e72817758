// Launching a blueprint, and asking what a launch would do.

import { createRoute, z } from "@hono/zod-openapi";
import type { Block } from "../../contract/block.ts";
import { Deployment, LaunchRequest, Plan, type PlannedMatch } from "../../contract/deployment.ts";
import type { Block as BlockRow, Market } from "../../core/account.ts";
import { ANY } from "../../core/blocks.ts";
import type { Match } from "../../core/deployment.ts";
import { invariant } from "../../core/invariant.ts";
import { pauseLeftMs } from "../../core/limiter.ts";
import { candidates } from "../../core/select.ts";
import { PUBLIC_URL } from "../../ports/store.ts";
import type { App, HttpDeps } from "../deps.ts";
import { launch, prepare } from "../launch.ts";
import { body, PROBLEM, reply, SECURITY } from "../route.ts";
import { showBlock } from "../show-account.ts";
import { showSpec } from "../show-deployment.ts";
import { dollars, timeOrNull } from "../terms.ts";
import { readDeployment } from "./deployments.ts";

const common = { tags: ["deployments"], security: SECURITY };

const post = createRoute({
  method: "post",
  path: "/v1/deployments",
  summary: "Launch a blueprint",
  ...common,
  request: {
    ...body(LaunchRequest),
    headers: z.object({
      "idempotency-key": z
        .string()
        .min(1)
        .max(255)
        .optional()
        .openapi({ description: "Any text of your own: the same request with the same key launches once" }),
    }),
  },
  responses: {
    200: reply(Deployment, "The deployment that the same request made before"),
    201: reply(Deployment, "The new deployment"),
    ...PROBLEM,
  },
});

const plan = createRoute({
  method: "post",
  path: "/v1/plan",
  summary: "Show what a launch would ask for, where it would go, and why not elsewhere",
  ...common,
  request: body(LaunchRequest),
  responses: { 200: reply(Plan, "The plan; nothing was asked of any cloud"), ...PROBLEM },
});

export function addLaunchRoutes(app: App, deps: HttpDeps): void {
  app.openapi(post, async (c) => {
    const key = c.req.valid("header")["idempotency-key"] ?? null;
    const asked = { request: c.req.valid("json"), by: c.get("caller").name, key };
    const { id, isNew } = await launch(deps, asked);
    const shown = await deps.store.read((tx) => readDeployment(tx, id, c.get("caller")));
    c.header("Location", `/v1/deployments/${id}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });

  app.openapi(plan, async (c) => {
    const request = c.req.valid("json");
    const { prepared, market, now, callbackBase } = await deps.store.read(async (tx) => {
      const ready = await prepare(tx, request);
      const at = { now: await tx.now(), callbackBase: (await tx.setting(PUBLIC_URL)) ?? "" };
      return { prepared: ready, market: await tx.market(ready.pool), ...at };
    });
    const { blueprint, pool } = prepared;
    invariant(market !== null, `pool ${pool} has no market`);
    const question = { blueprint, market, tried: [], now, deployment: null, callbackBase, draw: "plan" };
    const { matches, refused } = candidates(question);
    const shown: Plan = {
      blueprint: blueprint.name,
      pool,
      parameters: { ...blueprint.parameters },
      instances: blueprint.instances.map(showSpec),
      matches: matches.map((match, place) => showMatch(match, { place, market, now })),
      refused: [...refused],
      blocks: blocksAmong(matches, market, now),
    };
    return c.json(shown, 200);
  });
}

/** Refusals still remembered where a launch could go: why it may take a dearer size there than it needs. */
function blocksAmong(matches: readonly Match[], { blocks, accounts }: Market, now: number): Block[] {
  const names = new Map(accounts.map(({ account }) => [account.id, account.name]));
  const isAmong = (block: BlockRow): boolean =>
    matches.some(({ account, realm }) => account === block.account && (block.realm === ANY || block.realm === realm));
  return blocks.filter((block) => block.until > now && isAmong(block)).map((block) => showBlock(block, names));
}

function showMatch(
  { account, accountName, realm, hourlyMicros, placements }: Match,
  { place, market, now }: { readonly place: number; readonly market: Market; readonly now: number },
): PlannedMatch {
  const limiter = market.accounts.find((one) => one.account.id === account)?.account.limiter;
  const shown = Object.entries(placements).map(([name, placement]) => {
    const { size, image } = placement;
    return [name, { size, image, hourlyCost: dollars(placement.hourlyMicros) }] as const;
  });
  return {
    rank: place + 1,
    account: accountName,
    realm,
    hourlyCost: dollars(hourlyMicros),
    placements: Object.fromEntries(shown),
    pausedUntil: limiter === undefined || pauseLeftMs(limiter, now) === 0 ? null : timeOrNull(limiter.pausedUntil),
  };
}
