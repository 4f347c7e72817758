// Launching a blueprint, and asking what a launch would do.

import { createRoute, z } from "@hono/zod-openapi";
import type { Block } from "../../contract/block.ts";
import { Deployment, LaunchRequest } from "../../contract/deployment.ts";
import { Plan, type PlannedMatch } from "../../contract/plan.ts";
import type { Block as BlockRow } from "../../core/account.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { ANY } from "../../core/market/blocks.ts";
import { invariant } from "../../core/invariant.ts";
import { pauseLeftMs } from "../../core/world/limiter.ts";
import { PUBLIC_URL } from "../../ports/store.ts";
import { type Candidates, candidates, type Match, type Question } from "../../core/market/candidates.ts";
import type { Market } from "../../core/market/market.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { launch, preparePlan, requestKeyOf } from "../acts/launch-request.ts";
import { askUntil } from "../blueprint/asking.ts";
import { missingForPlan } from "../blueprint/offered.ts";
import { body, PROBLEM, reply, SECURITY } from "../route.ts";
import { showBlock } from "../show/account.ts";
import { showSpec } from "../show/deployment.ts";
import { showPlannedOutput } from "../show/output.ts";
import { dollars, dollarsOrNull, timeOrNull } from "../show/terms.ts";
import { readDeployment } from "./deployments.ts";

/** Of requests that launch. */
export const KeyInHeader = z.object({
  "idempotency-key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .openapi({ description: "Any text of your own: the same request with the same key launches once" }),
});

const common = { tags: ["deployments"], security: SECURITY };

const post = createRoute({
  method: "post",
  path: "/v1/deployments",
  summary: "Launch a blueprint",
  ...common,
  request: {
    ...body(LaunchRequest),
    headers: KeyInHeader,
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
  responses: {
    200: reply(
      Plan,
      "The plan; nothing was asked of any cloud but whether it has the images and what machines are placed by",
    ),
    ...PROBLEM,
  },
});

export function addLaunchRoutes(app: App, deps: HttpDeps): void {
  app.openapi(post, async (c) => {
    const request = c.req.valid("json");
    const key = requestKeyOf(c.req.valid("header")["idempotency-key"], request);
    const { id, isNew } = await launch(deps, { request, by: c.get("caller").name, key, relaunchOf: null });
    const shown = await deps.store.read((tx) => readDeployment(tx, id, c.get("caller")));
    c.header("Location", `/v1/deployments/${id}`);
    return isNew ? c.json(shown, 201) : c.json(shown, 200);
  });

  app.openapi(plan, async (c) => {
    const request = c.req.valid("json");
    const prepared = await deps.store.read((tx) => preparePlan(tx, request));
    const { blueprint, pool, spared } = prepared;
    const notOffered = await missingForPlan(deps, prepared);
    const { question, matches, refused } = await answered(deps, prepared);
    const { market, now } = question;
    const unblocked = candidates({ ...question, market: { ...market, blocks: [] } }).matches;
    const ranked = matches.map((match, place) => ({ match, place, usual: usualOf(match, unblocked, blueprint) }));
    const shown: Plan = {
      blueprint: blueprint.name,
      pool,
      parameters: { ...blueprint.parameters },
      mistakes: [...spared],
      notOffered: [...notOffered],
      leaseMs: blueprint.policy.leaseMs,
      instances: blueprint.instances.map(showSpec),
      outputs: blueprint.outputs.map(showPlannedOutput),
      matches: ranked.map((one) => showMatch(blueprint, one, { market, now })),
      refused: [...refused],
      blocks: blocksAmong(ranked, market, now),
    };
    return c.json(shown, 200);
  });
}

/** Where it could go, once the clouds have said whether what machines are placed by is there. */
function answered(
  deps: HttpDeps,
  { blueprint, pool }: { readonly blueprint: ResolvedBlueprint; readonly pool: string },
): Promise<Candidates & { readonly question: Question }> {
  const history = { placements: [], attempts: [], bounds: blueprint.policy.refusals };
  return askUntil(deps, async (tx) => {
    const market = await tx.market(pool);
    invariant(market !== null, `pool ${pool} has no market`);
    const asked = {
      blueprint,
      market,
      history,
      now: await tx.now(),
      callbackBase: (await tx.setting(PUBLIC_URL)) ?? "",
    };
    const question = { ...asked, deployment: null, draw: "plan" };
    const found = candidates(question);
    return { report: { ...found, question }, unread: found.unread.filter(({ kind }) => kind === "where") };
  });
}

interface Ranked {
  readonly match: Match;
  readonly place: number;
  /** What it would be if no refusal were remembered. */
  readonly usual: Match;
}

/** Of the same account, and of the same realm where all goes into one. */
function usualOf(match: Match, unblocked: readonly Match[], { policy }: ResolvedBlueprint): Match {
  const isSameUnit = ({ account, realms }: Match): boolean =>
    account === match.account && (policy.realms !== "same" || realms[0] === match.realms[0]);
  return unblocked.find(isSameUnit) ?? match;
}

/** Refusals still remembered where a launch could go, or would: why it may take a dearer size, or another realm, than it needs. */
function blocksAmong(ranked: readonly Ranked[], { blocks, accounts }: Market, now: number): Block[] {
  const names = new Map(accounts.map(({ account }) => [account.id, account.name]));
  const isAmong = (block: BlockRow): boolean =>
    ranked.some(({ match, usual }) => {
      const isThere = block.realm === ANY || [...match.realms, ...usual.realms].includes(block.realm);
      return match.account === block.account && isThere;
    });
  return blocks.filter((block) => block.until > now && isAmong(block)).map((block) => showBlock(block, names, now));
}

function showMatch(
  { instances }: ResolvedBlueprint,
  { match, place, usual }: Ranked,
  { market, now }: { readonly market: Market; readonly now: number },
): PlannedMatch {
  const { account, accountName, realms, hourlyMicros, unpriced, places, passedOver } = match;
  const limiter = market.accounts.find((one) => one.account.id === account)?.account.limiter;
  const usualOffers = new Map(usual.places.map(({ instance, fit }) => [instance, fit.offer]));
  const specs = new Map(instances.map((spec) => [spec.name, spec]));
  const shown = places.map(({ instance, image, fit, alternative }) => {
    const { realm, size } = fit.offer;
    const profile = specs.get(instance)?.profiles[alternative.profile]?.name ?? "";
    const other = usualOffers.get(instance) ?? fit.offer;
    const usually = other.realm === realm && other.size === size ? null : { realm: other.realm, size: other.size };
    return [instance, { realm, size, image, profile, hourlyCost: dollarsOrNull(fit.hourlyMicros), usually }] as const;
  });
  return {
    rank: place + 1,
    account: accountName,
    realms: [...realms],
    hourlyCost: dollars(hourlyMicros),
    usualHourlyCost: unpriced + usual.unpriced > 0 ? null : dollars(usual.hourlyMicros),
    unpriced,
    placements: Object.fromEntries(shown),
    passedOver: [...passedOver].map(([group, because]) => ({ group, because })),
    pausedUntil: limiter === undefined || pauseLeftMs(limiter, now) === 0 ? null : timeOrNull(limiter.pausedUntil),
  };
}
