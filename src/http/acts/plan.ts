// Planning a launch, and launching exactly what was planned.

import { randomBytes, randomInt } from "node:crypto";
import { LaunchRequest } from "../../contract/deployment.ts";
import { Plan, type PlanRequest } from "../../contract/plan.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { invariant } from "../../core/invariant.ts";
import { type Candidates, candidates, type Question } from "../../core/market/candidates.ts";
import { allows, mayActOn, roleIn } from "../../core/people/grants.ts";
import type { TraceHeaders } from "../../core/traceparent.ts";
import { PLAN_MS, type PlanRow } from "../../ports/plans.ts";
import { openTexts, sealTexts } from "../../ports/sealing.ts";
import type { Reads } from "../../ports/store.ts";
import type { PlannedSource } from "../blueprint/blueprint-source.ts";
import { askUntil } from "../blueprint/asking.ts";
import { missingForPlan, type PoolAsked } from "../blueprint/offered.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Refused } from "../problem.ts";
import { showSpec } from "../show/deployment.ts";
import { showPlan, type UnkeptPlan } from "../show/plan.ts";
import { time } from "../show/terms.ts";
import { type Asking, maySee, notPermitted } from "./find.ts";
import { launchQuestion, marketIn, throwOverQuota } from "./launch-question.ts";
import { digestOf, earlierOf, launch, type Launched, preparePlan, requestKeyOf } from "./launch-request.ts";
import { appliedBefore, changed, expired, noSuchPlan, offerChange, ofUpdate, otherForm } from "./plan-refusals.ts";

/** The plan, kept where it can be launched as it is and nobody says otherwise. Asks clouds only what machines are placed by. */
export async function makePlan(deps: HttpDeps, { keep = true, ...request }: PlanRequest, by: Asking): Promise<Plan> {
  const seed = randomInt(2 ** 31);
  const { shown, prepared } = await planned(deps, { request, by, seed });
  const isWhole = shown.mistakes.length === 0 && (shown.notOffered.length === 0 || request.anyway === true);
  if (!keep || !isWhole || shown.matches.length === 0) return { ...shown, id: null, expiresAt: null };
  const { stored, secrets } = withoutSecrets({ ...request, pool: prepared.pool }, prepared.written);
  const sealed = Object.keys(secrets).length === 0 ? null : sealTexts(deps.secrets, secrets);
  const id = randomBytes(8).toString("hex");
  const expiresAt = await deps.store.write(async (tx) => {
    const now = await tx.now();
    await tx.insertPlan({
      id,
      kind: "launch",
      pool: prepared.pool,
      target: null,
      createdBy: by.name,
      createdAt: now,
      expiresAt: now + PLAN_MS,
      request: stored,
      secrets: sealed,
      seed,
      basis: basisOf(prepared),
      shown,
      appliedAt: null,
      deployment: null,
    });
    return now + PLAN_MS;
  });
  return { ...shown, id, expiresAt: time(expiresAt) };
}

interface Planned {
  readonly prepared: PoolAsked;
  readonly shown: UnkeptPlan;
}

async function planned(
  deps: HttpDeps,
  { request, by, seed }: { readonly request: LaunchRequest; readonly by: Asking; readonly seed: number },
): Promise<Planned> {
  const prepared = await deps.store.read((tx) => preparePlan(tx, request, by));
  const notOffered = await missingForPlan(deps, prepared);
  const found = await answered(deps, { ...prepared, by }, seed);
  return { prepared, shown: showPlan({ ...prepared, notOffered, found }) };
}

/** Where it could go, once the clouds have said whether what machines are placed by is there. Draws as the launch with this seed will. */
function answered(
  deps: HttpDeps,
  { blueprint, pool, by }: { readonly blueprint: ResolvedBlueprint; readonly pool: string; readonly by: Asking },
  seed: number,
): Promise<Candidates & { readonly question: Question }> {
  return askUntil(deps, async (tx) => {
    const market = await marketIn(tx, pool, by);
    const question = await launchQuestion(tx, { blueprint, market, by: by.name, seed });
    const found = candidates(question);
    return { report: { ...found, question }, unread: found.unread.filter(({ kind }) => kind === "where") };
  });
}

/** The request as it may lie in the open, and what may not. */
export function withoutSecrets<R extends Pick<LaunchRequest, "parameters">>(
  request: R,
  { parameters }: Blueprint,
): { readonly stored: R; readonly secrets: Readonly<Record<string, string>> } {
  const names = new Set(parameters.filter(({ secret }) => secret).map(({ name }) => name));
  const given = Object.entries(request.parameters ?? {});
  return {
    stored: { ...request, parameters: Object.fromEntries(given.filter(([name]) => !names.has(name))) },
    secrets: Object.fromEntries(given.flatMap(([name, value]) => (names.has(name) ? [[name, String(value)]] : []))),
  };
}

/** Of either kind, for those who see its pool. Throws not_found. */
export async function findPlan(tx: Reads, id: string, by: Asking): Promise<PlanRow> {
  const plan = await tx.plan(id);
  if (plan === null || !maySee(by, plan.pool)) throw noSuchPlan(id);
  return plan;
}

interface Applying {
  readonly id: string;
  readonly by: Asking;
  readonly key: string | undefined;
  readonly sender: TraceHeaders;
}

/** Launches what was planned, or throws what keeps it from being just that. The same key launches once and answers the same. */
export async function applyPlan(deps: HttpDeps, { id, by, key, sender }: Applying): Promise<Launched> {
  const { store, secrets } = deps;
  const requestKey = requestKeyOf(key, { plan: id }, by);
  const earlier = requestKey === null ? null : await store.write((tx) => earlierOf(tx, requestKey, by));
  if (earlier !== null) return earlier;
  const { row, now } = await store.read(async (tx) => ({ row: await findPlan(tx, id, by), now: await tx.now() }));
  const needed = { role: "launcher", pool: row.pool } as const;
  if (!allows(by.grants, needed)) throw notPermitted(by, needed);
  if (row.kind === "update") throw ofUpdate(row);
  if (row.appliedAt !== null) throw appliedBefore(row);
  if (row.expiresAt <= now) throw expired(row);
  if (row.secrets !== null) refuseOthers(row, by);
  const { request: stored, shown: was } = readPlan(row);
  const request = { ...stored, parameters: { ...stored.parameters, ...openTexts(secrets, row.secrets) } };
  const refuseOther = (is: Basis): void => {
    if (basisOf(is) !== row.basis) throw changed(id, blueprintChange(was, is.blueprint));
  };
  const prepared = await store.read((tx) => preparePlan(tx, request, by));
  refuseOther(prepared);
  const [first] = was.matches;
  invariant(first !== undefined, `plan ${id} was kept without a match`);
  const found = await answered(deps, { ...prepared, by }, row.seed);
  throwOverQuota(found.question, found);
  const change = offerChange(first, found.matches[0]);
  if (change !== null) throw changed(id, change);
  const plan = { id, seed: row.seed, refuseOther };
  return launch(deps, { request, by, key: requestKey, sender, relaunchOf: null, plan });
}

/** What is launched may tell its secrets to whoever launched it, and those of a plan were told by whoever made it. */
export function refuseOthers({ id, pool, createdBy, createdAt }: PlanRow, by: Asking): void {
  if (mayActOn(by.grants, by, { pool, createdBy, createdAt })) return;
  const detail = `Plan ${id} holds secret values that ${createdBy} gave: it is for them to apply, or for the role operator in pool ${pool}, and ${by.name} has ${roleIn(by.grants, pool)}. Plan the same with values of your own.`;
  throw new Refused("not_permitted", detail);
}

type Basis = Pick<PlannedSource, "blueprint" | "written">;

/** What a plan stands on. Values of secret parameters are in no digest that lies in the open; their defaults lie there as they are. */
function basisOf({ blueprint, written }: Basis): string {
  return digestOf({ blueprint, secretParameters: written.parameters.filter(({ secret }) => secret) });
}

function blueprintChange(was: UnkeptPlan, is: ResolvedBlueprint): string {
  const planned = new Map(was.instances.map((one) => [one.name, JSON.stringify(one)]));
  const shown = is.instances.map(showSpec);
  const other = shown.find((one) => planned.get(one.name) !== JSON.stringify(one));
  const what =
    other === undefined
      ? "its launch section, outputs, placement, user data or secret parameters"
      : `what it asks for ${other.name}`;
  return `blueprint ${is.name} has changed since, or a profile or rule that it goes by, or Slipway was upgraded and reads it otherwise: ${what}`;
}

/** One of a launch as it was made. Throws plan_changed for one that another version of Slipway wrote in another form. */
export function readPlan({ id, request, shown }: PlanRow): {
  readonly request: LaunchRequest;
  readonly shown: UnkeptPlan;
} {
  const [asked, told] = [LaunchRequest.safeParse(request), Plan.omit({ id: true, expiresAt: true }).safeParse(shown)];
  if (asked.success && told.success) return { request: asked.data, shown: told.data };
  throw otherForm(id);
}
